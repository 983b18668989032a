"""The addresses at home, on the running firmware: a fixed one, and a home network that is the hotspot's own subnet."""

from simulator.world import DEFAULT
from virtual_device import FORM

SPEED = 20
PATIENCE_S = 120
HOME = DEFAULT["networks"][0]
FIXED = {"address": "192.168.1.20", "netmask": "255.255.255.0", "gateway": "192.168.1.1", "dns": "192.168.1.1"}


def in_turn(device, ask):
    """The reply that is no request to come again."""

    def reply():
        answer = ask()
        return answer if answer.status != 503 else None

    return device.wait_for(reply, PATIENCE_S)


def tried(device, **settings):
    """POST /api/settings by somebody who has logged in. Returns how the trial ended."""
    headers = device.log_in()
    assert in_turn(device, lambda: device.post("/api/settings", json_body=settings, headers=headers)).status == 202
    return device.wait_for(device.verdict, PATIENCE_S)


def at(device, address):
    device.wait_for(lambda: (device.readings_at_home() or {"device": {"address": None}})["device"]["address"] == address, PATIENCE_S)


def told(device):
    headers = device.log_in()
    settings = in_turn(device, lambda: device.get("/api/settings", headers)).json()
    return settings["static"], settings["lease"]


def test_a_fixed_address_is_proven_used_after_a_restart_and_taken_back_where_it_leads_nowhere(new_device):
    device = new_device(world={"networks": [{**HOME, "subnet": "192.168.1"}]}, speed=SPEED)
    device.set_up()
    at(device, "192.168.1.57")

    for wrong in ({"gateway": "192.168.1.254"}, {"address": "192.168.2.20", "gateway": "192.168.2.1"}):
        verdict = tried(device, static={**FIXED, **wrong})
        assert (verdict["state"], verdict["error"]["code"], verdict["error"]["field"]) == ("failed", "no_internet", "static")
        assert not verdict["can_keep"]
        at(device, "192.168.1.57")
    assert told(device) == (None, ["192.168.1.57", "255.255.255.0", "192.168.1.1", "192.168.1.1"])

    assert tried(device, static=FIXED)["state"] == "done"
    at(device, "192.168.1.20")
    device.restart()
    at(device, "192.168.1.20")
    assert told(device) == (FIXED, list(FIXED.values()))

    assert tried(device, static=None)["state"] == "done"
    at(device, "192.168.1.57")


def test_a_home_network_with_the_subnet_of_the_hotspot_gets_a_hotspot_elsewhere_and_both_doors_keep_their_rights(new_device):
    home = {**HOME, "subnet": "192.168.4"}
    device = new_device(world={"networks": [home]}, speed=SPEED // 5)
    device.wait_for(device.takes_set_up, PATIENCE_S)
    assert in_turn(device, lambda: device.via_hotspot().post("/setup", FORM)).status == 303
    device.wait_for("New settings are stored", PATIENCE_S)
    both_doors_keep_their_rights(device)
    device.restart(speed=SPEED * 3)
    at(device, "192.168.4.57")
    device.world(networks=[])
    device.wait_for(lambda: device.via_hotspot().get("/api/settings").status == 200, PATIENCE_S)
    device.world(networks=[home])
    device.wait_for("The hotspot is closed", PATIENCE_S)
    at(device, "192.168.4.57")
    assert device.serial().count("Hotspot: ") == 1, "it was in nobody's way"


def both_doors_keep_their_rights(device):
    """While both are open."""
    phone = device.via_hotspot()
    device.wait_for(lambda: phone.get("/api/settings").status == 200, PATIENCE_S)
    assert in_turn(device, lambda: device.get("/api/settings")).status == 401
    assert in_turn(device, lambda: device.post("/api/settings", json_body={"name": "Attic"})).status == 401
    assert in_turn(device, lambda: phone.post("/api/settings", json_body={"name": "Cellar"})).status == 200
