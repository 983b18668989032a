"""ThingSpeak stored it and its yes was lost on the way: every reading is in the channel once all the same."""

import pytest
from virtual_device import VirtualDevice

SPEED = 20
BEHIND = 8
PATIENCE_S = 60


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    with VirtualDevice(tmp_path_factory.mktemp("replies") / "device", speed=SPEED) as device:
        device.set_up(interval_s="15")
        device.wait_for(lambda: len(device.feed()) >= 2, PATIENCE_S)
        yield device


def everything_is_sent(device):
    readings = device.readings()
    return readings and readings["upload"]["waiting"] == 0 and readings["upload"]["state"] == "ok"


def csv(device):
    reply = device.get("/readings.csv")
    return reply.text if reply.status == 200 else None


def is_behind(device):
    readings = device.readings()
    return readings and readings["upload"]["waiting"] >= BEHIND


def stored(device):
    return [entry["created_at"] for entry in device.feed()]


def every_reading_is_there_once(device):
    table = device.wait_for(lambda: csv(device), PATIENCE_S)
    kept = [line.split(",")[0] for line in table.splitlines()[1:]]
    device.wait_for(lambda: set(kept) <= set(stored(device)), PATIENCE_S)  # the last of them was on its way
    times = stored(device)
    assert len(set(times)) == len(times)


@pytest.mark.parametrize("mode", ["reset", "truncate", "html", "silent"])
def test_of_one_reading(device, mode):
    known = len(device.requests())
    device.faults(mode, stored=True, count=1)
    device.wait_for(lambda: len(device.requests()) >= known + 2 and everything_is_sent(device), PATIENCE_S)
    every_reading_is_there_once(device)


@pytest.mark.parametrize("mode", ["reset", "silent"])
def test_of_many(device, mode):
    device.world(internet=False)
    device.wait_for(lambda: is_behind(device), PATIENCE_S)
    device.faults(mode, stored=True, count=1)
    device.world(internet=True)
    device.wait_for(lambda: everything_is_sent(device), PATIENCE_S)
    every_reading_is_there_once(device)


def test_of_one_that_the_power_cut_off(device):
    known = len(device.requests())
    device.faults("silent", stored=True)  # the reply never comes, so the cursor cannot have moved
    device.wait_for(lambda: len(device.requests()) > known, PATIENCE_S)
    device.restart()
    device.wait_for(lambda: everything_is_sent(device), PATIENCE_S)
    every_reading_is_there_once(device)
