"""Each heap of the chip starved at each step: the outcome has a name, the device recovers by itself, and nothing is lost."""

import json
import re

import pytest
from altered_firmware import altered
from virtual_device import FORM

PYTHON_HELD = 80_000
"""So much that no page and no request fits, whatever is in memory."""
IDF_HELD = 30_000
"""So much that no TLS session fits beside Wi-Fi, and plain requests do."""
PATIENCE_S = 90
FAIL_ONCE = """
import os, tls
if "tls_ran_out" not in os.listdir("/"):
    class Starved:
        def __init__(self, protocol):
            self.verify_mode = None
        def load_verify_locations(self, root):
            pass
        def wrap_socket(self, *_, **__):
            open("/tls_ran_out", "a").write("x")
            raise OSError(-20864, "MBEDTLS_ERR_MD_ALLOC_FAILED")
    tls.SSLContext = Starved
"""


@pytest.fixture
def station(new_device):
    """A device in station mode that has sent its first readings."""
    device = new_device()
    device.set_up(interval_s="15")
    device.wait_for(lambda: device.readings()["upload"]["sent"], PATIENCE_S)
    return device


def is_answered(device, path, headers=None):
    return device.get(path, headers or {}).status == 200


def session_of(device):
    password = json.loads(device.image().read("/state.json"))["hotspot_password"]
    reply = device.wait_for(lambda: _redirected(device.post("/login", {"password": password})))
    return {"Cookie": reply.headers["Set-Cookie"].partition(";")[0]}


def _redirected(reply):
    return reply if reply.status == 303 else None


def begin_set_up(device):
    device.wait_for(lambda: is_answered(device, "/"), PATIENCE_S)
    assert device.post("/setup", FORM, headers={"Accept": "text/html"}).status == 303


def assert_sends_all_it_kept(device):
    """Every reading on flash comes to the channel, once."""
    kept = device.wait_for(lambda: _body(device.get("/readings.csv"))).decode().count("\n") - 1
    device.wait_for(lambda: len(device.feed()) >= kept, PATIENCE_S)
    times = [entry["created_at"] for entry in device.feed()]
    assert len(times) == len(set(times))


def _body(reply):
    return reply.body if reply.status == 200 else None


def assert_nothing_broke(device, restarts):
    assert "Traceback" not in device.serial() and not device.memory()["panics"]
    assert device.wait_for(device.readings)["device"]["restarts"] == restarts


def test_the_portal_without_python_memory_says_busy_and_comes_back(device):
    device.wait_for(lambda: is_answered(device, "/"), PATIENCE_S)
    device.chip(hold_python=PYTHON_HELD)
    reply = device.get("/")
    assert reply.status == 503 and reply.headers["Retry-After"]
    device.chip(hold_python=0)
    device.wait_for(lambda: is_answered(device, "/"))


def test_the_portal_without_a_socket_for_a_visitor_comes_back(device):
    device.wait_for(lambda: is_answered(device, "/"), PATIENCE_S)
    device.chip(hold_idf=200_000)
    with pytest.raises(OSError):
        device.get("/", timeout=3)
    device.chip(hold_idf=0)
    device.wait_for(lambda: is_answered(device, "/"))
    assert "Traceback" not in device.serial()


@pytest.mark.parametrize("held", [{"hold_idf": IDF_HELD}, {"hold_python": PYTHON_HELD}], ids=["ESP-IDF", "Python"])
def test_a_proof_without_memory_is_tried_again_after_a_restart(device, held):
    device.wait_for(lambda: is_answered(device, "/"), PATIENCE_S)
    begin_set_up(device)
    device.chip(**held)
    device.wait_for("Restarting: set-up was asked for", PATIENCE_S)
    device.chip(hold_idf=0, hold_python=0)
    assert device.wait_for(device._verdict, PATIENCE_S)["state"] == "done", "with what was typed in before"
    device.wait_for(device.readings_at_home, PATIENCE_S)
    assert "Traceback" not in device.serial()


def test_a_proof_that_never_finds_memory_says_so(device):
    device.wait_for(lambda: is_answered(device, "/"), PATIENCE_S)
    device.chip(hold_idf=IDF_HELD)
    begin_set_up(device)
    verdict = device.wait_for(device._verdict, 2 * PATIENCE_S)
    assert (verdict["state"], verdict["error"]["step"], verdict["error"]["code"]) == ("failed", "thingspeak", "memory")
    assert "room" in verdict["error"]["message"] and verdict["can_keep"]
    device.chip(hold_idf=0)
    device.set_up()
    assert "Traceback" not in device.serial()


@pytest.mark.parametrize("held", [{"hold_idf": IDF_HELD}, {"hold_python": PYTHON_HELD}], ids=["ESP-IDF", "Python"])
def test_an_upload_without_memory_is_put_off_and_made_up_for(station, held):
    station.chip(**held)
    station.wait_for("Short of memory: an upload had to be put off", PATIENCE_S)
    station.chip(hold_idf=0, hold_python=0)
    assert_sends_all_it_kept(station)
    assert_nothing_broke(station, 1)


def test_a_csv_without_memory_is_busy_and_comes_whole_afterwards(station):
    before = station.wait_for(lambda: _body(station.get("/readings.csv")))
    station.chip(hold_python=PYTHON_HELD)
    assert station.get("/readings.csv").status == 503
    station.chip(hold_python=0)
    assert station.wait_for(lambda: _body(station.get("/readings.csv"))).startswith(before)
    assert_nothing_broke(station, 1)


def test_settings_without_memory_stay_as_they_are_until_there_is_some(station):
    session = session_of(station)
    token = {**session, "Accept": "text/html"}
    station.chip(hold_python=PYTHON_HELD)
    assert station.get("/settings", token).status == 503
    assert station.post("/settings", {"name": "Cellar"}, headers=token).status == 503
    station.chip(hold_python=0)
    assert "Dewlog" in station.wait_for(lambda: _body(station.get("/settings", token))).decode()
    assert station.wait_for(station.readings)["name"] == "Dewlog"
    assert_nothing_broke(station, 1)


def test_an_allocation_that_failed_inside_tls_restarts_before_the_next_session(station, tmp_path):
    station.restart(app=altered(tmp_path / "altered", FAIL_ONCE))
    station.wait_for("Restarting: memory inside TLS", PATIENCE_S)
    station.wait_for("started by restart: memory inside TLS")
    assert station.image().read("/tls_ran_out") == b"x", "once: no other session before the restart"
    assert_sends_all_it_kept(station)
    assert_nothing_broke(station, 1)


@pytest.mark.parametrize("mode", ["station", "set-up"])
def test_a_growth_that_nobody_chose_restarts_at_a_quiet_moment(request, mode):
    device = request.getfixturevalue("station" if mode == "station" else "device")
    device.wait_for("Python's heap: ", PATIENCE_S)
    device.wait_for(lambda: is_answered(device, "/readings" if mode == "station" else "/"), PATIENCE_S)
    device.chip(grow=True)
    device.wait_for("Restarting: heap had grown by itself", PATIENCE_S)
    device.wait_for("started by restart: heap had grown by itself", PATIENCE_S)
    device.wait_for(lambda: device.memory()["growths"] == 1)
    if mode == "station":
        assert_sends_all_it_kept(device)


def test_the_growth_that_was_chosen_stands_in_the_diagnostics(station):
    text = station.wait_for(lambda: _body(station.get("/diagnostics.txt", session_of(station)))).decode()
    after, before = re.search(r"Python's heap: (\d+) bytes, grown from (\d+)", text).groups()
    assert 30_000 < int(after) - int(before) < 33_000 and "idf_heap_free: " in text
