"""Hours without internet: every reading is in the channel afterwards, once, with its true time."""

import pytest
from virtual_device import VirtualDevice

SPEED = 250
INTERVAL_S = 15
PATIENCE_S = 200


def csv_times(device):
    """The times of all readings that the device keeps."""

    def table():
        reply = device.get("/readings.csv", timeout=60)
        return reply.text if reply.status == 200 else None

    return [line.split(",")[0] for line in device.wait_for(table, PATIENCE_S).splitlines()[1:]]


@pytest.mark.parametrize("count", [pytest.param(100, marks=pytest.mark.every_micropython), 1000], ids=["one call", "calls"])
def test_what_was_measured_offline_is_in_the_channel_afterwards(tmp_path, count):
    with VirtualDevice(tmp_path / "device", speed=SPEED) as device:
        device.set_up(interval_s=str(INTERVAL_S))
        device.wait_for(lambda: len(device.feed()) >= 2, 60)
        device.world(internet=False)
        readings = device.wait_for(lambda: _with_waiting(device, count), PATIENCE_S)
        assert readings["upload"]["state"] == "offline"
        device.world(internet=True)
        device.wait_for(lambda: _with_waiting_at_most(device, 50), PATIENCE_S)
        kept = csv_times(device)
        assert len(kept) > count
        device.wait_for(lambda: device.feed()[-1]["created_at"] >= kept[-1], 60)
        stored = [entry["created_at"] for entry in device.feed()]
        assert len(set(stored)) == len(stored), "none is there twice"
        assert set(kept) - set(stored) == set(), "none is missing"
        bulks = [request for request in device.requests() if "bulk_update" in request["path"]]
        assert len(bulks) >= 1


def _with_waiting(device, count):
    readings = device.readings()
    return readings if readings and readings["upload"]["waiting"] >= count else None


def _with_waiting_at_most(device, count):
    readings = device.readings()
    return readings if readings and readings["upload"]["waiting"] <= count else None
