"""A weekend without internet: every reading is in the channel afterwards, once, with its true time."""

from calendar import timegm
from time import strptime

from virtual_device import VirtualDevice

SPEED = 240
INTERVAL_S = 60
WEEKEND_S = 48 * 3600


def entries_s(device):
    return sorted(timegm(strptime(entry["created_at"], "%Y-%m-%dT%H:%M:%SZ")) for entry in device.feed())


def test_a_weekend_offline_is_in_the_channel_afterwards(tmp_path):
    with VirtualDevice(tmp_path / "device", speed=SPEED) as device:
        device.set_up(interval_s=str(INTERVAL_S))
        device.wait_for(lambda: len(device.feed()) >= 2, 60)
        device.world(internet=False)
        readings = device.wait_for(lambda: _waiting(device, WEEKEND_S // INTERVAL_S), WEEKEND_S / SPEED * 1.5)
        assert readings["upload"]["state"] == "offline"
        device.world(internet=True)
        before_s = readings["device"]["uptime_s"]
        readings = device.wait_for(lambda: _caught_up(device), 60)
        assert readings["device"]["uptime_s"] - before_s < 900  # virtual: a call takes real time, which counts 240 times here
        times_s = entries_s(device)
        assert len(times_s) == len(set(times_s)), "none is there twice"
        gaps_s = [later - earlier for earlier, later in zip(times_s[1:], times_s[2:])]
        assert max(gaps_s) < 1.5 * INTERVAL_S, "none is missing"
        assert len(times_s) > WEEKEND_S // INTERVAL_S


def _waiting(device, count):
    readings = device.readings()
    return readings if readings and readings["upload"]["waiting"] >= count else None


def _caught_up(device):
    readings = device.readings()
    return readings if readings and readings["upload"]["waiting"] <= 1 else None
