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
    "wrong password, said as a handshake": (
        {"password": "incorrect horse"}, {"networks": [{**HOME, "wrong_password_status": 15}]}, {}, "wifi", "wrong_password",
    ),
    "no password for a hidden network": (
        {"ssid": "Attic", "password": ""}, {"networks": [{**HOME, "ssid": "Attic", "hidden": True}]}, {}, "wifi", "wrong_password",
    ),
    "unknown name": ({"ssid": "Nowhere"}, {}, {}, "wifi", "not_found"),
    "5 GHz": ({}, {"networks": [{**HOME, "channel": 36}]}, {}, "wifi", "not_found"),
    "far away": ({}, {"networks": [{**HOME, "rssi_dbm": -95}]}, {}, "wifi", "weak_signal"),
    "hidden company network": (
        {"ssid": "Office"}, {"networks": [{**HOME, "ssid": "Office", "hidden": True, "security": "wpa2-enterprise"}]}, {},
        "wifi", "security_not_supported",
    ),
    "router without addresses": ({}, {"networks": [{**HOME, "dhcp": False}]}, {}, "address", "no_address"),
    "no internet": ({}, {"internet": False}, {}, "internet", "no_internet"),
    "dead name server": ({}, {"internet": "no_name_server"}, {}, "internet", "no_internet"),
    "hotel": ({}, {"internet": "login"}, {}, "internet", "browser_login_needed"),
    "silent sensor": ({}, {"sensor": "silent"}, {}, "sensor", "sensor_silent"),
    "noisy sensor": ({}, {"sensor": "checksum"}, {}, "sensor", "sensor_checksum"),
    "wrong key": ({"api_key": "WRONGKEYWRONGKEY"}, {}, {}, "thingspeak", "key_refused"),
    "busy channel": ({}, {}, {"mode": "zero"}, "thingspeak", "thingspeak_busy"),
    "ThingSpeak out of order": ({}, {}, {"mode": "status", "status": 503}, "thingspeak", "thingspeak_error"),
    "ThingSpeak hangs up": ({}, {}, {"mode": "reset"}, "thingspeak", "thingspeak_error"),
    "somebody else answers": ({}, {}, {"mode": "html"}, "thingspeak", "thingspeak_error"),
}  # fmt: skip


@pytest.fixture(scope="module")
def fast_device(tmp_path_factory):
    """A device out of the box, ten times as fast; each test gives it a world of its own."""
    with VirtualDevice(tmp_path_factory.mktemp("fast") / "device", speed=10) as device:
        yield device


@pytest.fixture
def out_of_the_box(fast_device):
    fast_device.world(**DEFAULT)
    fast_device.faults("none")
    wait_for_portal(fast_device)
    return fast_device


def wait_for_portal(device):
    device.wait_for(lambda: device.get("/").status == 200)


def verdict(device, **form):
    """Post the form and watch the steps as the page does. Returns what `GET /api/setup` says at the end."""
    reply = device.post("/setup", {**FORM, **form})
    assert reply.status == 303 and reply.headers["Location"] == "/setup"
    return device.wait_for(lambda: ended(device), VERDICT_S)


def ended(device):
    reply = device.get("/api/setup")
    progress = reply.json() if reply.status == 200 else {"state": "busy"}  # 503: room is being made
    return progress if progress["state"] in ("done", "failed") else None


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
    assert progress["error"]["message"].endswith(".") and progress["error"]["advice"].endswith(".")
    states = {one["name"]: one["state"] for one in progress["steps"]}
    names = list(states)
    assert all(states[name] == "ok" for name in names[: names.index(step)])
    assert all(states[name] == "skipped" for name in names[names.index(step) + 1 :])
    assert progress["can_keep"] is (step in ("internet", "sensor", "thingspeak"))
    assert device.image().read("settings.json") is None, "a failed trial changes nothing in flash"
    page = device.get("/setup").text
    assert progress["error"]["code"] == "browser_login_needed" or progress["error"]["message"][:20] in page
    assert "http-equiv" not in page


def test_only_failures_after_the_wi_fi_can_be_kept(out_of_the_box):
    verdict(out_of_the_box, password="incorrect horse")
    assert out_of_the_box.post("/setup/keep", {}).status == 409


def test_the_page_shows_what_was_typed_after_a_failure(out_of_the_box):
    verdict(out_of_the_box, password="incorrect horse", name="Cellar", interval_s="300", units="F")
    page = out_of_the_box.get("/").text
    assert 'value="Cellar"' in page and '<option value="300" selected>' in page and "incorrect horse" not in page
    reply = out_of_the_box.post("/setup", {"ssid": "Home", "api_key": "", "password": "correct horse!", "kept": "yes"})
    assert reply.status == 303, "the key was kept on the device"
    assert out_of_the_box.wait_for(lambda: ended(out_of_the_box), VERDICT_S)["error"]["code"] == "wrong_password"


def test_a_wrong_form_gets_sentences_in_the_page_and_in_json(out_of_the_box):
    wrong = {"ssid": "x" * 33, "password": "short", "api_key": "ABC", "interval_s": "3", "name": "n" * 40, "units": "K"}
    reply = out_of_the_box.post("/setup", wrong)
    assert reply.status == 400 and reply.headers["Content-Type"].startswith("text/html")
    reply = out_of_the_box.post("/setup", json_body=wrong, headers={"Accept": "application/json"})
    assert reply.status == 400 and sorted(reply.json()["errors"]) == sorted(wrong)
    assert out_of_the_box.get("/api/setup").json()["state"] != "running"


def test_pages_answer_while_the_trial_joins(out_of_the_box):
    out_of_the_box.post("/setup", {**FORM, "ssid": "Nowhere"})
    for _ in range(5):
        assert out_of_the_box.get("/api/setup", timeout=3).status == 200
        assert out_of_the_box.get("/setup", timeout=3).status == 200
    assert 'http-equiv="refresh"' in out_of_the_box.get("/setup").text
    assert out_of_the_box.wait_for(lambda: ended(out_of_the_box), VERDICT_S)


def test_a_channel_that_was_just_written_to_is_waited_for(new_device):
    device = new_device(speed=10)
    wait_for_portal(device)
    assert device.thingspeak("GET", "/update?api_key=SIMULATEDKEY0001&field1=1") == 1
    progress = verdict(device)
    assert progress["state"] == "done" and "Entry 2" in progress["steps"][-1]["detail"]


def test_success_is_shown_then_the_device_moves_to_the_home_network(new_device):
    device = new_device(speed=10)
    wait_for_portal(device)
    progress = verdict(device, name="Cellar", units="F")
    assert progress["state"] == "done" and progress["error"] is None
    assert all(step["state"] == "ok" for step in progress["steps"])
    assert progress["channel_id"] == 1 and progress["address"] == device.host and progress["hostname"].endswith(".local")
    assert 0 < progress["restart_in_s"] <= 15
    page = device.get("/setup").text
    assert progress["hostname_url"] in page and "thingspeak.com/channels/1" in page
    stored = json.loads(device.image().read("settings.json"))
    assert (stored["ssid"], stored["password"], stored["name"], stored["channel_id"]) == ("Home", "correct horse", "Cellar", 1)
    assert device.wait_for(device.readings, VERDICT_S)["name"] == "Cellar"
    entry = device.feed()[0]
    assert (float(entry["field1"]), float(entry["field2"])) == (21.4, 48.0)


def seconds(serial, sentence):
    """The console's time of day, in seconds, of the line that contains `sentence`."""
    hours, minutes, rest = re.search(r"(\d\d):(\d\d):(\d\d)  [^\n]*" + sentence, serial).groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def test_an_unseen_verdict_waits_two_minutes_for_the_phone(new_device):
    device = new_device(speed=20)
    wait_for_portal(device)
    device.post("/setup", FORM)
    device.wait_for("Everything works")
    device.wait_for("Restarting: new settings", VERDICT_S)
    waited_s = (seconds(device.serial(), "Restarting: new settings") - seconds(device.serial(), "Everything works")) % 86400
    assert 118 <= waited_s <= 135


def test_settings_kept_in_spite_of_a_silent_sensor_are_used(new_device):
    device = new_device(speed=10, world={"sensor": "silent"})
    wait_for_portal(device)
    assert verdict(device)["can_keep"]
    assert device.post("/setup/keep", {}).status == 303
    progress = device.get("/api/setup").json()
    assert progress["state"] == "done" and progress["error"] is None and "kept" in progress["message"]
    assert json.loads(device.image().read("settings.json"))["ssid"] == "Home"
    assert device.wait_for(device.readings, VERDICT_S)["quality"] == "missing"


def test_settings_that_worked_outlive_a_trial_that_fails(new_device):
    device = new_device(speed=10)
    device.set_up()
    before = device.image().read("settings.json")
    device.world(button=True)
    time.sleep(4 / 10)
    device.world(button=False)
    wait_for_portal(device)
    assert verdict(device, password="incorrect horse", interval_s="600")["error"]["code"] == "wrong_password"
    assert device.image().read("settings.json") == before
    device.restart()
    assert device.wait_for(device.readings, VERDICT_S)


def test_the_phones_clock_serves_where_no_time_server_answers(new_device):
    device = new_device(speed=10, world={"ntp": False})
    wait_for_portal(device)
    progress = verdict(device, phone_time=str(int(time.time() * 1000)))
    assert progress["state"] == "done"
    device.wait_for("Everything works")
    assert abs(seconds(device.serial(), "Everything works") - time.time() % 86400) < 600


def test_no_secret_reaches_the_console(new_device):
    device = new_device(speed=10)
    wait_for_portal(device)
    verdict(device, password="canary password", api_key="CANARYCANARYCANA")
    verdict(device, api_key="CANARYCANARYCANA")
    assert "canary password" not in device.serial() and "CANARYCANARYCANA" not in device.serial()
    for path in ("/", "/setup", "/api/setup", "/api/networks"):
        body = device.get(path).text
        assert "canary password" not in body and "CANARYCANARYCANA" not in body and FORM["password"] not in body, path
