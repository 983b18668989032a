"""Each heap is starved at every step: what comes of it has a name, it passes by itself, and nothing is lost."""

import contextlib
import http.client

import chosen_micropython
import pytest
from virtual_device import FORM

HEAP = "88k"
"""What a board gives Python, see hardware/board.py."""
NO_TLS, NO_THREAD, NO_SOCKET = 20 * 1024, 3 * 1024, 200
"""Bytes that are left of ESP-IDF's."""
NO_PAGE = 3 * 1024
"""Bytes that are left of Python's."""
PHONE = {"Accept-Encoding": "gzip"}
"""To unpack a page takes 4 kB in one piece, which a heap that was starved may not have any more."""
SPEED = 3
TRIES = 3


@pytest.fixture
def board(new_device):
    device = new_device(heap=HEAP, micropython=chosen_micropython.like_the_board(), speed=SPEED)
    device.wait_for("open http", 60)
    return device


def submit(device, path="/setup", **form):
    return device.post(path, {**FORM, "interval_s": "15", **form}, headers={"Accept": "text/html"})


def refused(device):
    """The proof's verdict: what it failed at, and by what name."""
    error = device.wait_for(device.verdict, 120)["error"]
    return error and (error["step"], error["code"])


def retried(device):
    """Try the same entries once more, as the page's button does; what that comes to."""
    device.unless_busy(lambda: submit(device, "/setup/retry"))
    return refused(device)


def arrived(device):
    """Wait until each reading that the device has kept is in the channel, once."""
    device.wait_for(lambda: device.readings()["upload"]["waiting"] == 0, 180)
    rows = device.unless_busy(lambda: device.get("/readings.csv")).text.split()[1:]
    fed = [entry["created_at"] for entry in device.feed()]
    assert len(set(fed)) == len(fed)
    assert {row.partition(",")[0] for row in rows[:-1]} <= set(fed)


def test_the_heap_of_wifi_and_tls(board):
    board.chip(leave=NO_SOCKET)
    with pytest.raises(OSError):  # nobody can be let in
        board.get("/")
    board.wait_for("a measurement had to be left out", 60)
    board.chip(leave=None)
    assert board.get("/").status == 200
    board.chip(leave=NO_THREAD)
    board.unless_busy(lambda: submit(board))
    assert refused(board)[1] == "memory"
    board.chip(leave=NO_TLS)
    assert retried(board) == ("thingspeak", "memory")
    board.chip(leave=None)
    assert retried(board) is None
    board.wait_for(board.readings_at_home, 120)
    board.wait_for(lambda: len(board.feed()) >= 2, 120)
    board.chip(leave=NO_TLS)
    board.wait_for(lambda: (board.readings() or {"upload": {"problem": None}})["upload"]["problem"] == "memory", 120)
    board.chip(leave=None)
    arrived(board)
    assert board.serial().count("started by") == 2 and not board.memory()["panics"]


def starved(board):
    """From now on Python has next to nothing; pages may say so, but none may look whole that is not."""
    board.chip(leave_python=NO_PAGE)
    board.wait_for(lambda: board.memory()["python"]["free"] < 2 * NO_PAGE, 30)
    for path in ("/", "/readings", "/api/readings", "/readings.csv", "/api/networks"):
        try:
            reply = board.get(path, PHONE)
            assert reply.status in (200, 302, 503), path
            assert reply.status != 503 or reply.headers["Retry-After"]
        except (OSError, http.client.HTTPException):
            pass  # it was seen to break off


def test_the_heap_of_python(board):
    starved(board)
    board.chip(leave_python=None)
    assert board.unless_busy(lambda: board.get("/", PHONE)).status == 200
    board.unless_busy(lambda: submit(board))
    starved(board)
    with contextlib.suppress(AssertionError):  # where the web app had been dropped already, the verdict waits for memory
        board.wait_for("failed: memory", 10)
    board.chip(leave_python=None)
    error = board.wait_for(board.verdict, 60)["error"]
    assert error is None or error["code"] == "memory"
    assert error is None or None in (retried(board) for _ in range(TRIES)), "as a person would: what was starved lies in pieces"
    board.wait_for(board.readings_at_home, 120)
    session = board.log_in()
    starved(board)
    with contextlib.suppress(OSError, http.client.HTTPException):
        assert board.post("/api/settings", json_body={"name": "Attic"}, headers=session).status == 503
    board.wait_for("an upload had to be put off", 120)
    board.chip(leave_python=None)
    assert board.unless_busy(lambda: board.get("/api/settings", session)).json()["name"] == "Dewlog"
    assert board.unless_busy(lambda: board.post("/api/settings", json_body={"name": "Attic"}, headers=session)).status == 200
    arrived(board)
    assert board.serial().count("started by") == 2
