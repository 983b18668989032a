"""Wi-Fi that goes away, on the running firmware: settings that once worked are never given up, and a person can always get in."""

import time

import pytest
from simulator.world import DEFAULT
from virtual_device import FORM

from core.ssid import to_id

SPEED = 60
PATIENCE_S = 60
HOME = DEFAULT["networks"][0]
OPENED = "the hotspot opens"
CLOSED = "the hotspot is closed"


@pytest.fixture
def station(new_device):
    """A device at work on its home network, sixty times as fast."""
    device = new_device(speed=SPEED)
    set_up(device, 1)
    return device


def set_up(device, times, **form):
    """The set-up number `times`. Too fast for a look at the verdict: the console tells of it."""
    device.wait_for(lambda: is_portal(device), PATIENCE_S)
    assert device.post("/setup", {**FORM, **form}).status == 303
    wait_until_said(device, "Restarting: new settings", times)
    device.wait_for(device.readings, PATIENCE_S)


def times_said(device, sentence):
    return device.serial().count(sentence)


def wait_until_said(device, sentence, times):
    device.wait_for(lambda: times_said(device, sentence) >= times, PATIENCE_S)


def is_portal(device):
    """Whether the set-up form is at the front door (in station mode a redirect to the readings is)."""
    return device.get("/").status == 200


def ended(device):
    progress = device.get("/api/setup").json()
    return progress if progress["state"] in ("done", "failed") else None


def test_a_router_that_boots_slower_than_the_device_is_waited_for(station):
    station.world(networks=[])
    station.restart()
    station.wait_for("cannot see this network", PATIENCE_S)
    assert station.readings(), "the readings are served meanwhile"
    station.world(networks=[HOME])
    station.wait_for("Joined the Wi-Fi", PATIENCE_S)


def test_the_hotspot_comes_and_goes_with_every_outage(station):
    for outage in (1, 2, 3):
        station.world(networks=[])
        wait_until_said(station, OPENED, outage)
        assert is_portal(station) and times_said(station, "Restarting") == 1
        station.world(networks=[HOME])
        wait_until_said(station, CLOSED, outage)
        assert not is_portal(station)


def test_a_changed_password_is_mended_from_a_phone(station):
    station.world(networks=[{**HOME, "password": "a new horse"}])
    wait_until_said(station, OPENED, 1)
    page = station.get("/").text
    assert "The Wi-Fi is away" in page and 'value="%s" checked' % to_id(b"Home") in page
    set_up(station, 2, api_key="", kept="yes", password="a new horse")
    assert station.readings()["device"]["ssid"] == "Home"


def test_a_moved_device_is_given_its_new_network(station):
    moved = {**HOME, "ssid": "Holiday Home", "password": "sea and sand", "channel": 11}
    station.world(networks=[moved])
    wait_until_said(station, OPENED, 1)
    set_up(station, 2, api_key="", kept="yes", ssid="Holiday Home", password="sea and sand")
    assert station.readings()["device"]["ssid"] == "Holiday Home"


def test_a_failed_trial_leaves_the_old_network_in_place(station):
    station.world(networks=[])
    wait_until_said(station, OPENED, 1)
    assert station.post("/setup", {**FORM, "ssid": "Nowhere"}).status == 303
    assert station.wait_for(lambda: ended(station), PATIENCE_S)["error"]["code"] == "not_found"
    assert 'value="%s" checked' % to_id(b"Nowhere") in station.get("/").text, "what was typed is still there after the restart"
    station.world(networks=[HOME])
    station.wait_for("nobody used the set-up", PATIENCE_S)
    assert station.wait_for(station.readings, PATIENCE_S)["device"]["ssid"] == "Home"
    assert station.image().read("trial.json") is None


def test_retries_pause_while_a_phone_uses_the_hotspot(station):
    station.world(networks=[], phones=1)
    wait_until_said(station, OPENED, 1)
    time.sleep(2)  # a join that was under way ends before the pause begins
    said = times_said(station, "Joined the Wi-Fi")
    station.world(networks=[HOME])
    time.sleep(120 / SPEED)
    assert times_said(station, "Joined the Wi-Fi") == said
    station.world(phones=0)
    station.wait_for(lambda: times_said(station, "Joined the Wi-Fi") > said, PATIENCE_S)
