"""Several access points and several networks, on the running firmware: the best of what is there is joined, and nothing is forgotten."""

import pytest
from simulator.world import DEFAULT

SPEED = 20
PATIENCE_S = 120
HOME = DEFAULT["networks"][0]
NEAR = {**HOME, "rssi_dbm": -50, "channel": 11, "bssid": "02:00:00:00:00:11"}
FAR = {**HOME, "rssi_dbm": -82, "channel": 1, "bssid": "02:00:00:00:00:01"}
HOLIDAY = {**HOME, "ssid": "Holiday", "password": "sea and sand", "rssi_dbm": -60, "bssid": "02:00:00:00:00:21"}


def at_home(device, ssid, rssi_dbm):
    """Wait until the device is in that network, heard that well."""

    def found():
        told = (device.readings_at_home() or {}).get("device")
        return told and (told["ssid"], told["rssi_dbm"]) == (ssid, rssi_dbm)

    device.wait_for(found, PATIENCE_S)


def left_with(device, network):
    """Leave the device with that network alone, and wait until it is in it."""
    device.world(networks=[network])
    at_home(device, network["ssid"], network["rssi_dbm"])


def change(device, **settings):
    """POST /api/settings by somebody who has logged in. Returns the status that is no request to come again."""
    headers = device.log_in()
    return device.unless_busy(lambda: device.post("/api/settings", json_body=settings, headers=headers)).status


def proven(device):
    device.wait_for(lambda: (device.verdict() or {}).get("state") == "done", PATIENCE_S)


@pytest.fixture
def device(new_device):
    return new_device(world={"networks": [FAR, NEAR]}, speed=SPEED)


def test_the_strongest_access_point_is_joined_and_after_each_loss_the_next_whichever_refuses(device):
    device.set_up()
    at_home(device, "Home", -50)
    left_with(device, FAR)
    device.world(networks=[{**FAR, "refuses": True, "rssi_dbm": -40}, NEAR])
    device.restart()
    at_home(device, "Home", -50)


def test_a_second_network_is_proven_kept_beside_the_first_and_joined_when_that_is_away(device):
    device.world(networks=[NEAR, HOLIDAY])
    device.set_up()
    assert change(device, ssid="Holiday", password="sea and sand") == 202
    proven(device)
    at_home(device, "Holiday", -60)
    for network in (NEAR, HOLIDAY, NEAR):
        left_with(device, network)
    device.world(networks=[NEAR, HOLIDAY])
    device.restart()
    at_home(device, "Home", -50)
    session = device.log_in()
    told = device.unless_busy(lambda: device.get("/api/settings", session)).json()["networks"]
    assert [(one["ssid"], one["has_password"]) for one in told] == [("Holiday", True), ("Home", True)]
    assert change(device, networks=[{"ssid": "Home"}]) == 202, "another one in the first place is tried"
    proven(device)
    at_home(device, "Home", -50)


def test_a_device_that_hears_its_access_point_faintly_goes_over_to_a_better_one_of_any_known_network(new_device):
    device = new_device(world={"networks": [FAR]}, speed=SPEED * 2)
    device.set_up()
    at_home(device, "Home", -82)
    device.world(networks=[FAR, NEAR])
    device.wait_for("Wi-Fi: a better access point is in reach", PATIENCE_S)
    at_home(device, "Home", -50)
    assert "The Wi-Fi is gone" not in device.serial()


def test_a_hidden_network_on_channel_13_is_joined_by_the_rules_of_its_country_and_again_after_a_power_cut(new_device):
    device = new_device(world={"networks": [{**NEAR, "channel": 13, "hidden": True}]}, speed=SPEED)
    device.set_up(country="DE")
    at_home(device, "Home", -50)
    device.restart()
    at_home(device, "Home", -50)
