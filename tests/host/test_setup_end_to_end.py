"""Set-up on the running firmware: what a person meets for every way it can go wrong, and that only success changes the flash."""

import json
import re
import time

import pytest
from simulator.world import DEFAULT
from virtual_device import FORM, VirtualDevice

VERDICT_S = 60
HOME = DEFAULT["networks"][0]
TROUBLE = {
    # what is typed, what the world is like, ThingSpeak's fault, the step that fails, its code
    "wrong password": ({"password": "incorrect horse"}, {}, {}, "wifi", "wrong_password"),
    "unknown name": ({"ssid": "Nowhere"}, {}, {}, "wifi", "not_found"),
    "far away": ({}, {"networks": [{**HOME, "rssi_dbm": -95}]}, {}, "wifi", "weak_signal"),
    "router without addresses": ({}, {"networks": [{**HOME, "dhcp": False}]}, {}, "address", "no_address"),
    "no internet": ({}, {"internet": False}, {}, "internet", "no_internet"),
    "hotel": ({}, {"internet": "login"}, {}, "internet", "browser_login_needed"),
    "silent sensor": ({}, {"sensor": "silent"}, {}, "sensor", "sensor_silent"),
    "wrong key": ({"api_key": "WRONGKEYWRONGKEY"}, {}, {}, "thingspeak", "key_refused"),
    "ThingSpeak out of order": ({}, {}, {"mode": "status", "status": 503}, "thingspeak", "thingspeak_error"),
}  # fmt: skip
"""One for each way from the outside to a code; tests/test_trial.py has them all."""


@pytest.fixture(scope="module")
def fast_device(tmp_path_factory):
    """A device out of the box, five times as fast; each test gives it a world of its own."""
    with VirtualDevice(tmp_path_factory.mktemp("fast") / "device", speed=5) as device:
        yield device


@pytest.fixture
def out_of_the_box(fast_device):
    fast_device.world(**DEFAULT)
    fast_device.faults("none")
    fast_device.wait_for(fast_device.takes_set_up)
    return fast_device


def verdict(device, **form):
    """Post the form and watch the steps as the page does. Returns what `GET /api/setup` says at the end."""
    reply = device.post("/setup", {**FORM, **form})
    assert reply.status == 303 and reply.headers["Location"] == "/setup"
    return device.wait_for(device.verdict, VERDICT_S)


@pytest.mark.parametrize("name", TROUBLE)
def test_each_trouble_is_named_at_its_step(out_of_the_box, name):
    form, world, fault, step, code = TROUBLE[name]
    device = out_of_the_box
    device.world(**world)
    if fault:
        device.faults(**fault)
    progress = verdict(device, **form)
    assert progress["state"] == "failed"
    assert (progress["error"]["step"], progress["error"]["code"]) == (step, code)
    states = [one["state"] for one in progress["steps"]]
    if step == "sensor":  # the rest is tried all the same, up to where a reading would be needed
        assert states == ["failed", "ok", "ok", "ok", "skipped"]
    else:
        place = [one["name"] for one in progress["steps"]].index(step)
        assert states == ["ok"] * place + ["failed"] + ["skipped"] * (4 - place)
    assert progress["can_keep"] is (step in ("internet", "sensor", "thingspeak"))
    assert device.image().read("settings.json") is None, "a failed trial changes nothing in flash"


def test_pages_answer_while_the_trial_joins(out_of_the_box):
    out_of_the_box.post("/setup", {**FORM, "ssid": "Nowhere"})
    for _ in range(5):
        for path in ("/api/setup", "/setup", "/setup/verdict"):
            assert out_of_the_box.get(path).status == 200
    assert out_of_the_box.wait_for(out_of_the_box.verdict, VERDICT_S)


def test_success_is_shown_then_the_device_moves_to_the_home_network_and_the_settings_outlive_a_trial_that_fails(new_device):
    device = new_device(speed=10)
    device.wait_for(device.takes_set_up)
    assert device.thingspeak("GET", "/update?api_key=SIMULATEDKEY0001&field1=1") == 1, "a channel that was just written to is waited for"
    progress = verdict(device, name="Cellar", units="F")
    assert progress["state"] == "done" and progress["error"] is None
    assert all(step["state"] == "ok" for step in progress["steps"]) and progress["steps"][-1]["detail"] == "2"
    assert progress["channel_id"] == 1 and progress["address"] == device.host and progress["hostname"].endswith(".local")
    assert progress["url"] == device.url + "/"
    assert progress["channel_url"] == "http://%s:%d/channels/1" % (device.host, device.thingspeak_port)
    assert 0 < progress["restart_in_s"] <= 15
    stored = json.loads(device.image().read("settings.json"))
    assert (stored["ssid_hex"], stored["password"], stored["name"], stored["channel_id"]) == (b"Home".hex(), "correct horse", "Cellar", 1)
    assert device.wait_for(device.readings, VERDICT_S)["name"] == "Cellar"
    entry = device.feed()[1]
    assert (float(entry["field1"]), float(entry["field2"])) == (21.4, 48.0)

    device.wait_for(device.readings_at_home, VERDICT_S)
    before = device.image().read("settings.json")
    device.world(button=4)
    device.wait_for(device.takes_set_up)
    assert verdict(device, password="incorrect horse", interval_s="600")["error"]["code"] == "wrong_password"
    assert device.image().read("settings.json") == before
    device.restart()
    assert device.wait_for(device.readings, VERDICT_S)


def test_settings_kept_in_spite_of_a_silent_sensor_are_used(new_device):
    device = new_device(speed=10, world={"sensor": "silent"})
    device.wait_for(device.takes_set_up)
    assert verdict(device)["can_keep"]
    assert device.post("/setup/keep", {}).status == 303
    progress = device.get("/api/setup").json()
    assert progress["state"] == "done" and progress["error"] is None
    assert json.loads(device.image().read("settings.json"))["ssid_hex"] == b"Home".hex()
    assert device.wait_for(device.readings, VERDICT_S)["quality"] == "missing"


def test_the_phones_clock_serves_where_no_time_server_answers(new_device):
    device = new_device(speed=10, world={"ntp": False})
    device.wait_for(device.takes_set_up)
    assert verdict(device, phone_time=str(int(time.time() * 1000)))["state"] == "done"
    hours, minutes = re.search(r"(\d\d):(\d\d):\d\d  New settings are stored", device.serial()).groups()
    late_s = time.time() % 86400 - (int(hours) * 3600 + int(minutes) * 60)
    assert -600 < (late_s + 43200) % 86400 - 43200 < 600, "ten times as fast, the trial may have taken some minutes"


def test_without_a_time_server_and_without_a_phones_clock_thingspeaks_replies_tell_the_time(new_device):
    device = new_device(speed=10, world={"ntp": False})
    device.set_up()
    assert device.wait_for(device.readings)["device"]["time_source"] == "server"
    device.wait_for(lambda: device.feed()[1:], 60)
