"""Each heap of the board made short at every step: the outcome has a name, the device recovers by itself, and nothing is lost."""

import chosen_micropython
import pytest
from virtual_device import FORM

pytestmark = pytest.mark.timeout(1200)
HEAP = "88k"
PYTHON_LEFT = 3 * 1024
"""Less than any page takes."""
IDF_LEFT = 30 * 1024
"""Enough for sockets and threads, too little for a TLS session."""
PAGES = ("/readings", "/api/history?span=1h", "/readings.csv", "/metrics", "/api/networks", "/api/setup")


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    from virtual_device import VirtualDevice

    heap = {"heap": HEAP, "micropython": chosen_micropython.like_the_board()}
    with VirtualDevice(tmp_path_factory.mktemp("starved") / "device", **heap) as device:
        yield device


def status(device, path, headers=None):
    return device.get(path, headers or {}, timeout=30).status


def comes(device, path, headers=None, timeout=90):
    """Wait until the device sends what is at `path`."""
    return device.wait_for(lambda: device.get(path, headers or {}, timeout=30).status in (200, 302), timeout)


def is_busy_with(device, paths, headers=None):
    """Python's heap is made short: each of `paths` is answered, by asking to come again where there is no room; and comes afterwards."""
    device.chip(python_left=PYTHON_LEFT)
    device.wait_for(lambda: status(device, paths[0], headers) == 503, 60)
    for path in paths:
        reply = device.get(path, headers or {}, timeout=30)
        assert reply.status in (200, 302, 503), (path, reply.status)
        assert reply.status != 503 or reply.headers["Retry-After"] == "5", path
    device.chip(python_left=None)
    for path in paths:
        comes(device, path, headers)


def test_a_shortage_at_any_step_has_a_name_and_an_end(board):
    board.wait_for(board.takes_set_up, 60)
    is_busy_with(board, ("/", "/api/networks", "/api/setup"))
    # The proof: what TLS needs is not there.
    board.chip(idf_left=IDF_LEFT)
    assert board.post("/setup", {**FORM, "interval_s": "15"}, headers={"Accept": "text/html"}).status == 303
    verdict = board.wait_for(board.verdict, 120)
    assert (verdict["state"], verdict["error"]["step"], verdict["error"]["code"]) == ("failed", "thingspeak", "memory")
    assert verdict["can_retry"] and board.feed() == []
    board.chip(idf_left=None)
    board.wait_for(lambda: board.post("/setup/retry", {}, headers={"Accept": "text/html"}).status == 303, 60)
    verdict = board.wait_for(board.verdict, 120)
    assert verdict["state"] == "done", verdict
    board.wait_for(board.readings_at_home, 90)
    board.wait_for(lambda: len(board.feed()) >= 2, 120)
    # The uploads: they wait, and go out afterwards, all of them.
    board.chip(idf_left=IDF_LEFT)
    told = board.wait_for(lambda: upload(board, lambda now: now["problem"] == "memory" and now["waiting"] > 1), 180)
    assert told["state"] == "error"
    board.chip(idf_left=None)
    board.wait_for(lambda: upload(board, lambda now: now["state"] == "ok" and now["waiting"] <= 1), 240)
    # The pages.
    is_busy_with(board, PAGES)
    session = board.log_in(60)
    is_busy_with(board, ("/api/settings", "/api/diagnostics"), session)
    board.chip(python_left=PYTHON_LEFT)
    board.wait_for(lambda: status(board, "/api/readings") == 503, 60)
    refused = board.post("/api/settings", {"name": "Attic"}, headers={**session, "Accept": "application/json"})
    assert refused.status == 503 and board.settings()["name"] != "Attic"
    board.chip(python_left=None)
    board.wait_for(lambda: board.post("/api/settings", {"name": "Attic"}, headers=session).status in (200, 202, 303), 60)
    assert board.settings()["name"] == "Attic"
    # Nothing crashed, and what was kept is in the channel, once.
    assert "Traceback" not in board.serial() and not board.memory()["panics"]
    board.wait_for(lambda: upload(board, lambda now: now["waiting"] <= 1), 120)
    lines = board.get("/readings.csv", timeout=60).text.splitlines()[1:]
    stored = [entry["created_at"] for entry in board.feed()]
    assert len(set(stored)) == len(stored)
    assert len({line.split(",")[0] for line in lines} - set(stored)) <= 2, "the newest ones are on their way"


def upload(device, is_so):
    """The upload's part of the readings when `is_so` of it, else None."""
    readings = device.readings()
    return readings["upload"] if readings and is_so(readings["upload"]) else None
