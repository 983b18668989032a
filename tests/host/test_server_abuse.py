"""The server under abuse, on the whole firmware in its budgeted heap: it refuses, it goes on answering, and nothing leaks."""

import os
import random
import socket
import time
from pathlib import Path

import pytest
from hostile_visitors import ATTACKS, OWN_HOST, idle_connections, say, status_of, under_attack
from virtual_device import VirtualDevice

BROWSER = {"Accept-Encoding": "gzip"}
ATTACKERS = 8
PATIENCE_S, LOST_S = 60, 5
POST = b"POST /setup HTTP/1.1\r\n" + OWN_HOST


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    with VirtualDevice(tmp_path_factory.mktemp("abuse")) as device:
        device.wait_for(device.takes_set_up)
        yield device
        assert unexpected_errors(device.serial()) == []


def unexpected_errors(console):
    """The lines of the console that tell of an answer that failed, or are part of a traceback. One left out for want of memory is none."""
    signs = " failed, ", "an answer broke off", "Traceback"
    return [line for line in console.splitlines() if any(sign in line for sign in signs)]


def assert_page_answers(device):
    """A person who tries again gets the page: a flood may fill the queue before he is in it, or crowd him out."""
    began = time.monotonic()
    device.wait_for(lambda: device.get("/", BROWSER, timeout=LOST_S).status == 200, PATIENCE_S)
    print("page in %.2f s" % (time.monotonic() - began))


REQUESTS = {
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 302),
    "a request to a proxy": (b"GET http://evil.example/ HTTP/1.1\r\n" + OWN_HOST + b"\r\n", 400),
    "a long line": (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n", 414),
    "a line without end": (b"a" * 100_000, 414),
    "a long header": (b"GET / HTTP/1.1\r\n" + OWN_HOST + b"A: " + b"b" * 50_000 + b"\r\n\r\n", 431),
    "many headers": (b"GET / HTTP/1.1\r\n" + OWN_HOST + b"a: b\r\n" * 3000 + b"\r\n", 431),
    "a body over the limit": (POST + b"Content-Length: 50000\r\n\r\n" + b"x" * 50000, 413),
    "chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 411),
    "an expectation": (b"POST /nothing HTTP/1.1\r\n" + OWN_HOST + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx", 404),
    "a foreign origin": (POST + b"Origin: http://evil.example\r\nContent-Length: 1\r\n\r\nx", 403),
    "an unknown method": (b"BREW / HTTP/1.1\r\n" + OWN_HOST + b"\r\n", 405),
    "a path out of the folder": (b"GET /static/../../settings.json HTTP/1.1\r\n" + OWN_HOST + b"\r\n", 404),
    "random bytes": (random.Random(1).randbytes(3000), 400),
}
"""What portal/exchange.py reads is tested in tests/test_exchange.py: here it is the answer that arrives over unread bytes."""


@pytest.mark.parametrize("name", REQUESTS)
def test_a_bad_request_gets_its_status(device, name):
    request, status = REQUESTS[name]
    assert status_of(say(device, request)) == status


def test_half_closed_connections(device):
    whole = b"GET / HTTP/1.1\r\n" + OWN_HOST + b"Accept-Encoding: gzip\r\n\r\n"
    assert status_of(say(device, whole, finish=True)) == 200
    assert say(device, whole[:20], finish=True) == b""
    assert say(device, POST + b"Content-Length: 5\r\n\r\nab", finish=True) == b""


def test_a_silent_connection_is_closed(device):
    with socket.create_connection((device.host, device.port), timeout=PATIENCE_S) as silent:
        assert say(device, b"GET / HTTP/1.1\r\n") == b""
        assert silent.recv(1) == b""


def test_eighty_idle_connections(device):
    visitors = idle_connections(device, 80)
    try:
        assert_page_answers(device)
    finally:
        for visitor in visitors:
            visitor.close()


@pytest.mark.parametrize("name", ATTACKS)
def test_the_page_answers_while_under_attack(device, name):
    with under_attack(device, ATTACKS[name], ATTACKERS) as strokes:
        device.wait_for(lambda: len(strokes) == ATTACKERS)
        assert_page_answers(device)
        before = strokes.total()
        device.wait_for(lambda: strokes.total() > before)


def test_nothing_leaks_over_hundreds_of_rounds(device):
    pieces = (
        b"",
        b"GET",
        b"GET / HTTP/1.1\r\n",
        random.Random(2).randbytes(200),
        POST + b"Content-Length: 50\r\n\r\nabc",
        b"GET /nothing HTTP/1.1\r\n" + OWN_HOST + b"\r\n",
    )
    sockets_before = None
    for round_number in range(400):
        say(device, pieces[round_number % len(pieces)], finish=True)
        if round_number == 50:
            sockets_before = open_sockets(device)
    assert_page_answers(device)
    device.wait_for(lambda: open_sockets(device) <= sockets_before, 10)  # the last of them may still be closing


def open_sockets(device):
    """How many sockets the interpreter that plays the device holds."""
    links = []
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            if str(device.state).encode() in (folder.parent / "cmdline").read_bytes() + os.fsencode(os.readlink(folder.parent / "cwd")):
                links += [os.readlink(link) for link in folder.iterdir() if b"micropython" in (folder.parent / "cmdline").read_bytes()]
        except OSError:
            continue
    found = [link for link in links if link.startswith("socket:")]
    assert found, "the device's process was not found"
    return len(found)
