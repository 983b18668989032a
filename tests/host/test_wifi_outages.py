"""Wi-Fi that goes away, on the running firmware: settings that once worked are never given up, and a person can always get in."""

import pytest
from simulator.world import DEFAULT
from virtual_device import FORM

SPEED = 60
pytestmark = pytest.mark.timeout(900)
PATIENCE_S = 120
HOME = DEFAULT["networks"][0]
OPENED = "Hotspot: "
CLOSED = "The hotspot is closed"
JOINED = "Joined the Wi-Fi"
STORED = "New settings are stored"


@pytest.fixture
def station(new_device):
    """A device at work on its home network, sixty times as fast. Its hotspot has opened once, for the set-up."""
    return at_work(new_device(speed=SPEED))


def at_work(device):
    """`device`, set up. It is too fast for a look at the verdict: the console tells of it."""
    device.wait_for(device.takes_set_up, PATIENCE_S)
    device.wait_for(lambda: device.post("/setup", FORM).status in (303, 409), PATIENCE_S)  # 409: an answer that was lost had begun it
    device.wait_for("Restarting: new settings", PATIENCE_S)
    device.wait_for(device.readings_at_home, PATIENCE_S)
    return device


def times_said(device, line):
    return device.serial().count(line)


def wait_until_said(device, line, times):
    device.wait_for(lambda: times_said(device, line) >= times, PATIENCE_S)


def mend(device, **settings):
    """Change settings as a phone on the hotspot does, without a log-in, and wait for the verdict. Returns it where it failed.

    One that is done is told for twenty virtual seconds, of which a busy computer may miss all: the console tells it for good.
    """
    stored = times_said(device, STORED)
    reply = device.unless_busy(lambda: device.via_hotspot().post("/api/settings", json_body=settings), PATIENCE_S)
    assert reply.status == 202, reply.body
    verdict = device.wait_for(lambda: times_said(device, STORED) > stored or device.verdict(), PATIENCE_S)
    return None if times_said(device, STORED) > stored else verdict


def test_a_router_that_boots_slower_than_the_device_is_waited_for(station):
    station.world(networks=[])
    station.restart()
    station.wait_for("Wi-Fi: not_found", PATIENCE_S)
    assert station.wait_for(station.readings), "the device is at work meanwhile"
    station.world(networks=[HOME])
    station.wait_for(JOINED, PATIENCE_S)


def test_the_hotspot_comes_and_goes_with_every_outage(station):
    for outage in (1, 2):
        station.world(networks=[])
        wait_until_said(station, OPENED, outage + 1)
        assert station.wait_for(station.via_hotspot().readings)["problem"] == "wifi_lost"
        station.world(networks=[HOME])
        wait_until_said(station, CLOSED, outage)
        assert times_said(station, OPENED) == outage + 1 and times_said(station, "Restarting") == 1


def test_what_a_failed_trial_leaves_as_it_was_is_mended_from_a_phone_for_a_changed_password_and_a_moved_device(station):
    station.world(networks=[])
    wait_until_said(station, OPENED, 2)
    verdict = mend(station, ssid="Nowhere", password="correct horse")
    assert (verdict["state"], verdict["error"]["code"], verdict["error"]["field"]) == ("failed", "not_found", "ssid")
    assert verdict["draft"]["ssid"] == "Nowhere", "what was typed is still there"
    station.world(networks=[HOME])
    wait_until_said(station, CLOSED, 1)
    assert station.wait_for(station.readings_at_home, PATIENCE_S)["device"]["ssid"] == "Home", "the old network is in place"

    station.world(networks=[{**HOME, "password": "a new horse"}])
    wait_until_said(station, OPENED, 3)
    assert mend(station, password="a new horse") is None
    wait_until_said(station, CLOSED, 2)

    station.world(networks=[{**HOME, "ssid": "Holiday Home", "password": "sea and sand", "channel": 11}])
    wait_until_said(station, OPENED, 4)
    assert mend(station, ssid="Holiday Home", password="sea and sand") is None
    station.restart()
    assert station.wait_for(station.readings_at_home, PATIENCE_S)["device"]["ssid"] == "Holiday Home"
