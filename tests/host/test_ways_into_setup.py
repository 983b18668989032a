"""Every way back into set-up mode, on the running firmware: the BOOT button, held short and long, and three quick power cycles."""

import json

import pytest
from virtual_device import VirtualDevice

SPEED, PATIENCE_S = 10, 60


@pytest.fixture(scope="module")
def in_use(tmp_path_factory):
    """A device that was set up, ten times as fast."""
    with VirtualDevice(tmp_path_factory.mktemp("ways") / "device", speed=SPEED) as device:
        device.set_up()
        yield device


@pytest.fixture
def station(in_use):
    """It, at work, after a start that was no quick one."""
    in_use.world(button=False)
    in_use.wait_for(lambda: quick_starts(in_use) == 0)
    in_use.restart()
    in_use.wait_for(in_use.readings_at_home, PATIENCE_S)
    in_use.wait_for(lambda: quick_starts(in_use) == 0)
    return in_use


def live_on(device, seconds):
    """Wait until the device has lived through so many seconds more."""
    ends_s = device.wait_for(device.readings)["device"]["uptime_s"] + seconds
    device.wait_for(lambda: device.wait_for(device.readings)["device"]["uptime_s"] >= ends_s)


def quick_starts(device):
    return json.loads(device.image().read("/state.json"))["quick_starts"]


def changes_of_light(device, since):
    return len([level for at, _, level in device.light() if at >= since])


def test_a_tap_and_slow_power_cycles_change_nothing(station):
    station.world(button=1)
    live_on(station, 10)
    assert "set-up was asked for" not in station.serial()
    for _ in range(3):
        station.restart()
        assert station.wait_for(station.readings)
        station.wait_for(lambda: quick_starts(station) == 0)
    assert station.wait_for(station.readings)["mode"] == "station"


def test_three_seconds_open_set_up_and_keep_the_settings(station):
    before = station.image().read("settings.json")
    station.world(button=8)
    station.wait_for(station.takes_set_up)
    assert station.image().read("settings.json") == before
    kept = station.serial().count("  kept")
    station.wait_for(lambda: station.serial().count("  kept") > kept)  # it measures meanwhile, and keeps what it measures
    draft = station.get("/api/setup").json()["draft"]
    assert (draft["ssid"], draft["has_password"], draft["has_api_key"]) == ("Home", True, True)


def test_three_quick_power_cycles_open_set_up(station):
    before = station.image().read("settings.json")
    station.wait_for(lambda: quick_starts(station) == 0)
    for number in (1, 2, 3):
        station.restart(speed=1)
        station.wait_for(lambda number=number: quick_starts(station) == number)
    station.wait_for(station.takes_set_up)
    assert station.image().read("settings.json") == before


def test_ten_seconds_erase_everything_but_the_label_and_are_seen_on_the_light(station):
    password, begin = station.password(), station.light()[-1][0]
    station.world(button=True)
    station.wait_for(lambda: changes_of_light(station, begin) >= 10)  # it flickers while the button is held
    station.wait_for(station.takes_set_up)
    assert station.image().read("settings.json") is None and station.image().read("settings.good.json") is None
    assert not [name for name in station.image().names() if "journal" in name and name.endswith(".seg")]
    station.wait_for(lambda: station.serial().count("Password: " + password) == 1)
