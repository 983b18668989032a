"""The main job in the heap of a board: 32-bit words, as on the ESP32. Where that interpreter cannot be had: chosen_micropython.py."""

import contextlib
import gzip
import json
import time

import chosen_micropython
import pytest
from virtual_device import FORM, VirtualDevice

SMALLEST = "72k"
"""Enough with HTTPS off, from the box to the last page. With it, the heap of a board: tests/host/test_memory_story.py."""
BROWSER = {"Accept-Encoding": "gzip", "Accept": "text/html"}
LEAST_FREE_BYTES = 2048


@pytest.fixture
def board(tmp_path):
    """A board of this heap, still in its box."""
    device = VirtualDevice(tmp_path / "board", micropython=chosen_micropython.like_the_board())
    yield device
    device.stop()


def seen(device, path, headers=None, timeout=60):
    """The text of a page, asked for again as a person would: while the device is busy, when it says, and when it came only in part."""

    def answered():
        reply = device.get(path, {**BROWSER, **(headers or {})})
        if reply.status == 503:
            time.sleep(int(reply.headers["Retry-After"]))
        if reply.status != 200:
            return None
        with contextlib.suppress(EOFError):
            return (gzip.decompress(reply.body) if reply.headers.get("Content-Encoding") == "gzip" else reply.body).decode()

    return device.wait_for(answered, timeout)


def verdict(device):
    reply = device.get("/api/setup")
    progress = reply.json() if reply.status == 200 else {"state": "running"}
    return progress if progress["state"] in ("done", "failed") else None


def assert_works(device):
    """It measures, keeps, uploads, and shows all its pages."""
    readings = device.wait_for(lambda: _measured(device.readings()), 60)
    assert "21.4" in seen(device, "/readings")
    device.wait_for(lambda: _has_sent(device.readings()), 60)
    for path in ("/api/history?span=24h", "/readings.csv", "/metrics", "/login"):
        assert seen(device, path)
    password = json.loads(device.image().read("/state.json"))["hotspot_password"]
    reply = device.wait_for(lambda: _redirected(device.post("/login", {"password": password})), 20)
    session = {"Cookie": reply.headers["Set-Cookie"].partition(";")[0]}
    assert readings["name"] in seen(device, "/settings", session)
    assert "Dewlog" in seen(device, "/diagnostics.txt", session)
    free = device.wait_for(device.readings)["device"]["heap_free"]
    print("%d bytes of heap free" % free)
    assert free > LEAST_FREE_BYTES
    assert "Traceback" not in device.serial()


def _measured(readings):
    return readings if readings and readings["temperature_c"] is not None else None


def _has_sent(readings):
    return readings and readings["upload"]["sent"] > 0


def _redirected(reply):
    return reply if reply.status == 303 else None


def assert_works_from_the_box_on(device, form):
    device.wait_for("open http")
    assert "Home" in seen(device, "/")
    assert device.wait_for(lambda: _redirected(device.post("/setup", form, headers=BROWSER)), 20)
    assert device.wait_for(lambda: verdict(device), 90)["state"] == "done"
    assert_works(device)


def test_everything_works_in_the_heap_of_a_board(board):
    board.start()
    assert_works_from_the_box_on(board, FORM)


def test_all_but_https_works_in_less(board):
    board.start(heap=SMALLEST)
    assert_works_from_the_box_on(board, {**FORM, "https": "no"})
