"""Every way back into set-up mode, on the running firmware: the BOOT button, held short and long, and three quick power cycles."""

import time

import pytest

SPEED = 10


@pytest.fixture
def station(new_device):
    """A device at work, ten times as fast."""
    device = new_device(speed=SPEED)
    device.set_up()
    return device


def hold_button(device, seconds):
    device.world(button=True)
    time.sleep(seconds / SPEED)
    device.world(button=False)


def changes_of_light(device, since):
    return len([level for at, _, level in device.light() if at >= since])


def test_a_tap_changes_nothing(station):
    hold_button(station, 1)
    time.sleep(5 / SPEED)
    assert station.readings()


def test_three_seconds_open_set_up_and_keep_the_settings(station):
    before = station.image().read("settings.json")
    hold_button(station, 5)
    station.wait_for(station.takes_set_up)
    assert station.image().read("settings.json") == before
    kept = station.serial().count("  kept")
    station.wait_for(lambda: station.serial().count("  kept") > kept)  # it measures meanwhile, and keeps what it measures
    draft = station.get("/api/setup").json()["draft"]
    assert (draft["ssid"], draft["has_password"], draft["has_api_key"]) == ("Home", True, True)


def test_ten_seconds_erase_everything_but_the_label(station):
    password = station.serial().split("Password: ")[1].split()[0]
    hold_button(station, 13)
    station.wait_for(station.takes_set_up)
    assert station.image().read("settings.json") is None and station.image().read("settings.good.json") is None
    assert not [name for name in station.image().names() if "journal" in name and name.endswith(".seg")]
    station.wait_for(lambda: station.serial().count("Password: " + password) == 2)


def test_holding_is_seen_on_the_light(station):
    begin = station.light()[-1][0]
    station.world(button=True)
    station.wait_for(lambda: changes_of_light(station, begin) >= 10)  # it flickers while the button is held
    station.world(button=False)


def test_three_quick_power_cycles_open_set_up(station):
    before = station.image().read("settings.json")
    time.sleep(15 / SPEED)
    for _ in range(3):
        station.restart()
        station.wait_for("Dewlog ")
        time.sleep(3 / SPEED)
    station.wait_for(station.takes_set_up)
    assert station.image().read("settings.json") == before


def test_slow_power_cycles_do_not(station):
    for _ in range(3):
        time.sleep(15 / SPEED)
        station.restart()
        station.wait_for(station.readings)
    time.sleep(15 / SPEED)
    assert station.readings()
