"""Each of the chip's heaps is starved at every step: what comes of it has a name, it passes by itself, and nothing is lost."""

import chosen_micropython
import pytest
from virtual_device import FORM

HEAP = "88k"
"""What a board gives Python, see hardware/board.py."""
NO_PAGE = {"python": 32 * 1024}
NO_TLS = {"idf": 20 * 1024}
NO_THREAD = {"idf": 3 * 1024}
NO_SOCKET = {"idf": 200}
SPEED = 3


@pytest.fixture
def board(new_device):
    device = new_device(heap=HEAP, micropython=chosen_micropython.like_the_board(), speed=SPEED)
    device.wait_for("open http", 60)
    return device


def starve(device, heap):
    """Take so much of Python's heap, or leave so much of ESP-IDF's; {}: give it back."""
    device.chip(starve=heap)


def submit(device, path="/setup", **form):
    return device.post(path, {**FORM, "interval_s": "15", **form}, headers={"Accept": "text/html"})


def none_but_busy(*replies):
    return replies if {reply.status for reply in replies} == {503} else None


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


def test_pythons_heap(board):
    starve(board, NO_PAGE)
    busy = board.wait_for(lambda: none_but_busy(board.get("/"), board.get("/api/networks"), submit(board)), 60)
    assert busy[0].headers["Retry-After"]
    starve(board, {})
    board.unless_busy(lambda: board.get("/"))
    board.set_up(interval_s="15")
    board.wait_for(lambda: len(board.feed()) >= 2, 120)
    session = board.log_in()
    starve(board, NO_PAGE)
    board.wait_for("an upload had to be put off", 120)
    before = board.serial().count("kept")
    paths = ("/readings", "/readings.csv", "/api/history", "/api/readings")
    saved = board.post("/api/settings", json_body={"name": "Attic"}, headers=session)
    assert none_but_busy(saved, *[board.get(path) for path in paths])
    board.wait_for(lambda: board.serial().count("kept") > before + 1, 120)
    starve(board, {})
    assert board.wait_for(board.readings, 60)["name"] == "Dewlog"
    board.unless_busy(lambda: board.post("/api/settings", json_body={"name": "Attic"}, headers=session))
    assert board.wait_for(board.readings)["name"] == "Attic"
    arrived(board)
    assert board.serial().count("started by") == 2, "the set-up, and one start after it"


def test_the_heap_of_wifi_and_tls(board):
    starve(board, NO_SOCKET)
    with pytest.raises(OSError):  # nobody can be let in
        board.get("/")
    board.wait_for("a measurement had to be left out", 60)
    starve(board, {})
    assert board.get("/").status == 200
    submit(board)
    starve(board, NO_THREAD)
    assert refused(board)[1] == "memory"
    starve(board, NO_TLS)
    assert retried(board) == ("thingspeak", "memory")
    starve(board, {})
    assert retried(board) is None
    board.wait_for(board.readings_at_home, 120)
    board.wait_for(lambda: len(board.feed()) >= 2, 120)
    starve(board, NO_TLS)
    board.wait_for(lambda: board.readings()["upload"]["problem"] == "memory", 120)
    starve(board, {})
    arrived(board)
    assert board.serial().count("started by") == 2 and not board.memory()["panics"]
