"""Visitors that mean no good: what they send, byte for byte, and what a device answers to it."""

import collections
import contextlib
import random
import socket
import threading
import time

OWN_HOST = b"Host: 127.0.0.1\r\n"
LONGEST_END_S = 60


def say(device, *pieces, pause_s=0.0, finish=False, patience_s=120):
    """Send `pieces` over one connection (with `finish` the sending side is closed then). Returns what came until the device closed."""
    with socket.create_connection((device.host, device.port), timeout=patience_s) as visitor:
        received = b""
        try:
            for piece in pieces:
                visitor.sendall(piece)
                time.sleep(pause_s)
            if finish:
                visitor.shutdown(socket.SHUT_WR)
            while data := visitor.recv(4096):
                received += data
        except ConnectionError:
            pass  # closed over unread bytes
        return received


def status_of(received):
    """The last status in an answer, after any `100 Continue`; None when there is none."""
    heads = [head for head in received.split(b"\r\n\r\n") if head.startswith(b"HTTP/1.")]
    return int(heads[-1].split(b" ")[1]) if heads else None


def idle_connections(device, count):
    """`count` connections that never say anything (some still wait in the device's queue)."""
    visitors = []
    for _ in range(count):
        visitor = socket.socket()
        visitor.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            visitor.connect((device.host, device.port))
        visitors.append(visitor)
    return visitors


# What each does until it is thrown out, stroke by stroke; a stroke yields the seconds until the next one.


def _endless_line(visitor):
    while True:
        visitor.sendall(b"a" * 100)
        yield 0


def _endless_headers(visitor):
    visitor.sendall(b"GET / HTTP/1.1\r\n")
    while True:
        visitor.sendall(b"a: b\r\n")
        yield 0


def _one_byte_a_second(visitor):
    for byte in b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" * 20:
        visitor.sendall(bytes([byte]))
        yield 1


def _slow_reader(visitor):
    visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    visitor.sendall(b"GET / HTTP/1.1\r\n" + OWN_HOST + b"\r\n")
    while visitor.recv(1):
        yield 1


def _random_bytes(visitor):
    visitor.sendall(random.Random(0).randbytes(600))
    yield 0
    visitor.recv(100)


ATTACKS = {
    "an endless line": _endless_line,
    "an endless header list": _endless_headers,
    "one byte a second": _one_byte_a_second,
    "one byte a second read": _slow_reader,
    "random bytes": _random_bytes,
}


@contextlib.contextmanager
def under_attack(device, attack, visitors):
    """So many `visitors` that come back as soon as they are thrown out, for as long as the block lasts.

    It is given a Counter of their strokes: {number of the visitor: how many so far}.
    """
    over, strokes = threading.Event(), collections.Counter()

    def visit(number):
        while not over.is_set():
            with contextlib.suppress(OSError), socket.create_connection((device.host, device.port), timeout=3) as visitor:
                for pause_s in attack(visitor):
                    strokes[number] += 1
                    if over.wait(pause_s):
                        break

    threads = [threading.Thread(target=visit, args=(number,), daemon=True) for number in range(visitors)]
    for thread in threads:
        thread.start()
    try:
        yield strokes
    finally:
        over.set()
        for thread in threads:
            thread.join(LONGEST_END_S)
        assert not any(thread.is_alive() for thread in threads), "an attack does not end"
