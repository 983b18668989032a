"""Set-up mode's web app, asked as a phone asks it, without sockets."""

import asyncio
import json

from core.networks import listed
from core.ssid import to_id
from microdot import Request, Response
from microdot.test_client import TestClient
from portal import Portal, make_app

KEY = "ABCDEFGHIJKLMN09"
FORM = "network=486f6d65&password=correct+horse&api_key=" + KEY
AROUND = listed(
    [
        (b"Home", b"", 6, -50, 3, False),
        (b"Cafe", b"", 6, -60, 0, False),
        (b"Office", b"", 6, -65, 5, False),
        (b'"><img src=x onerror=alert(1)>', b"", 6, -70, 3, False),
        (b"Caf\xe9", b"", 6, -80, 3, False),
    ]
)
IDLE = {
    "state": "idle",
    "steps": [{"name": name, "state": "waiting", "detail": ""} for name in ("wifi", "address", "internet", "sensor", "thingspeak")],
    "error": None,
    "address": None,
    "hostname": "dewlog-a1b2c3.local",
    "channel_id": None,
    "restart_in_s": None,
    "can_keep": False,
    "ssid": None,
    "message": None,
    "address_url": None,
    "hostname_url": None,
    "channel_url": None,
}


class Wifi:
    hotspot_name = "Dewlog-A1B2C3"
    scanning = False
    networks = AROUND
    held = False
    scans = 0

    def hotspot_address(self):
        return "192.168.4.1"

    def address(self):
        return None

    async def scan(self):
        self.scans += 1
        return self.networks

    def begin_scan(self):
        self.scans += 1


class Trial:
    def __init__(self, **facts):
        self.answer = dict(IDLE)
        self.answer.update(facts)
        self.started = []
        self.seen = False
        self.kept = False

    def start(self, settings):
        self.started.append(settings)

    def state(self, seen=False):
        self.seen = self.seen or seen
        return self.answer

    def keep(self):
        self.kept = self.answer["can_keep"]
        return self.kept


class Clock:
    told = None

    def set(self, unix_s, source):
        self.told = (unix_s, source)


class Pages:
    """Writes each value on a line of its own, as `name: value`."""

    def render(self, request, name, values, status=200, headers=None):
        lines = [name]
        for key in sorted(values):
            value = values[key]
            lines.append("%s: %s" % (key, value if isinstance(value, str) else "".join(value)))
        return Response("\n".join(lines), status, {"Content-Type": "text/html"})

    def static(self, request, filename):
        return Response("file " + filename)


class Board:
    HTTP_PORT = 80
    HOTSPOT_URL = None


class Parts:
    version = "1.0"
    settings = None

    def __init__(self, **trial_facts):
        self.wifi = Wifi()
        self.trial = Trial(**trial_facts)
        self.clock = Clock()
        self.pages = Pages()
        self.board = Board


def ask(parts, method, path, body=None, headers=None, app=None):
    client = TestClient(app or make_app(Portal(parts)))
    if method == "POST":
        return asyncio.run(client.post(path, headers=headers, body=body))
    return asyncio.run(client.get(path, headers=headers))


def value_of(response, name):
    for line in response.text.split("\n"):
        if line.startswith(name + ": "):
            return line[len(name) + 2 :]
    return None


def test_the_form_lists_the_networks_as_harmless_text():
    response = ask(Parts(), "GET", "/")
    assert response.status_code == 200
    networks = value_of(response, "networks")
    assert networks.count("<label ") == 5 and networks.index("Home") < networks.index("Cafe")
    assert "<img" not in networks and '"&gt;' not in networks and '">&lt;img' in networks
    assert 'value="%s"' % to_id(b"Caf\xe9") in networks and "Caf\ufffd" in networks
    assert 'value="%s" disabled' % to_id(b"Office") in networks, "a company network cannot be chosen"
    assert '<label class="b3 open"><input type=radio name=network value="%s">' % to_id(b"Cafe") in networks


def test_a_good_form_starts_the_trial():
    parts = Parts()
    response = ask(parts, "POST", "/setup", FORM + "&interval_s=300&name=Cellar&units=F")
    assert response.status_code == 303 and response.headers["Location"] == "/setup"
    settings = parts.trial.started[0]
    assert (settings["ssid"], settings["password"], settings["api_key"]) == (b"Home", "correct horse", KEY)
    assert (settings["interval_s"], settings["name"], settings["units"]) == (300, "Cellar", "F")


def test_json_starts_the_trial_as_well():
    parts = Parts()
    body = {"ssid": "Home", "password": "correct horse", "api_key": KEY, "interval_s": 120}
    assert ask(parts, "POST", "/setup", body).status_code == 303
    assert parts.trial.started[0]["ssid"] == b"Home" and parts.trial.started[0]["interval_s"] == 120


def test_a_wrong_form_comes_back_with_sentences_beside_its_fields():
    parts = Parts()
    response = ask(parts, "POST", "/setup", "network=other&ssid=Attic&password=short&api_key=&name=" + "n" * 33)
    assert response.status_code == 400 and parts.trial.started == []
    for name, words in (("password", "8 characters"), ("api_key", "Paste the Write API Key"), ("name", "at most 32")):
        ending = value_of(response, name)
        assert ' aria-invalid="true"><p class="error" id="%s-error">' % name in ending and words in ending
        assert ending.endswith("</p"), "the page itself closes the tag"
        assert '<a href="#%s">' % name in value_of(response, "errors")
    assert value_of(response, "name").startswith(' value="%s"' % ("n" * 33)), "what was typed stays"
    assert 'value="%s" checked' % to_id(b"Attic") in value_of(response, "networks")
    assert value_of(response, "ssid") == ' value=""'


def test_programs_get_the_sentences_as_json():
    response = ask(Parts(), "POST", "/setup", "ssid=Home", {"Accept": "application/json"})
    assert response.status_code == 400
    assert sorted(response.json["errors"]) == ["api_key", "password"]
    for kind in ("application/json", "Application/JSON; charset=utf-8"):
        response = ask(Parts(), "POST", "/setup", '{"ssid": "Home"}', {"Content-Type": kind, "Accept": "*/*"})
        assert response.status_code == 400 and sorted(response.json["errors"]) == ["api_key", "password"], kind


def test_damaged_forms_get_a_sentence_never_a_500():
    for body, headers in (
        ("ssid=%zz", {}),
        ("ssid=a&ssid=b", {}),
        ("ssid=%", {}),
        (b"\xff\xfe=\xff", {}),
        ("", {}),
        ("x", {"Content-Type": "application/json", "Accept": "text/html"}),
        ("[]", {"Content-Type": "application/json", "Accept": "text/html"}),
        (b"\xff", {"Content-Type": "application/json", "Accept": "text/html"}),
        ('{"ssid": ["a"]}', {"Content-Type": "application/json", "Accept": "text/html"}),
        ("--x\r\nContent-Disposition: form-data\r\n", {"Content-Type": "multipart/form-data; boundary=x"}),
        ("name=%ff%fe&units=%ff", {}),
    ):
        parts = Parts()
        response = ask(parts, "POST", "/setup", body, dict(headers))
        assert response.status_code == 400 and parts.trial.started == [], body
        assert "<li>" in value_of(response, "errors"), body


def test_what_was_typed_stays_on_the_device_and_is_never_sent_back():
    parts = Parts()
    app = make_app(Portal(parts))
    response = ask(parts, "POST", "/setup", FORM + "&interval_s=7&name=Cellar", app=app)
    assert response.status_code == 400
    assert "correct horse" not in response.text and KEY not in response.text
    assert "kept on Dewlog" in value_of(response, "password") and "kept on Dewlog" in value_of(response, "api_key")
    assert value_of(response, "name") == ' value="Cellar"'
    assert 'value="%s" checked' % to_id(b"Home") in value_of(response, "networks")
    again = ask(parts, "POST", "/setup", "network=486f6d65&password=&api_key=&interval_s=60&kept=yes", app=app)
    assert again.status_code == 303
    assert parts.trial.started[0]["password"] == "correct horse" and parts.trial.started[0]["api_key"] == KEY


def test_a_script_has_to_send_what_is_required_each_time():
    complete = {"ssid": "Home", "password": "correct%20horse", "api_key": KEY}
    parts = Parts()
    app = make_app(Portal(parts))
    for field in complete:
        for empty in ("", "&%s=" % field):
            body = "&".join("%s=%s" % (name, complete[name]) for name in complete if name != field) + empty
            response = ask(parts, "POST", "/setup", body, {"Accept": "application/json"}, app=app)
            assert response.status_code == 400 and field in response.json["errors"], body
    assert ask(parts, "POST", "/setup", "", {"Accept": "application/json"}, app=app).status_code == 400
    assert parts.trial.started == []


def test_a_device_in_use_starts_from_its_settings():
    parts = Parts()
    parts.settings = {
        "version": 1, "ssid": b"Gone", "password": "old password", "api_key": KEY, "interval_s": 45, "name": "Attic", "units": "F",
        "sensor": "dht22", "temperature_offset_c": 0.5, "humidity_offset_pct": 0.0, "https": True, "channel_id": 7,
    }  # fmt: skip
    response = ask(parts, "GET", "/", app=make_app(Portal(parts, "The Wi-Fi is away.")))
    assert value_of(response, "notice") == "The Wi-Fi is away."
    assert "not in sight" in value_of(response, "networks") and value_of(response, "name") == ' value="Attic"'
    assert value_of(response, "interval") == '45" selected>every 45 seconds'
    assert "old password" not in response.text and KEY not in response.text


def test_the_phone_tells_the_time():
    for sent, told in (
        ("1790000000123", (1790000000, "phone")),
        ("", None),
        ("5", None),
        ("99999999999999", None),
        ("9999999999999", None),
        ("179000000000x", None),
        ("%ff", None),
    ):
        parts = Parts()
        ask(parts, "POST", "/setup", FORM + "&phone_time=" + sent)
        assert parts.clock.told == told, sent


def test_the_progress_page_says_where_each_step_stands():
    steps = [{"name": "wifi", "state": "ok", "detail": "<Home>, -54 dBm"}] + IDLE["steps"][1:]
    parts = Parts(state="running", steps=steps, ssid="<Home>")
    response = ask(parts, "GET", "/setup")
    assert response.status_code == 200 and parts.trial.seen
    first = '<li data-step="wifi" data-state="ok"><b>Wi-Fi</b> <i>ok</i><p>&lt;Home&gt;, -54 dBm</p></li>'
    assert value_of(response, "steps").startswith(first) and value_of(response, "steps").count("<li") == 5
    assert "http-equiv" in value_of(response, "refresh"), "it reloads by itself where scripts are off"
    assert (value_of(response, "state"), value_of(response, "way")) == ("running", "hotspot")


def test_the_verdict_stands_on_the_page():
    error = {"step": "internet", "code": "no_internet", "message": "No way out.", "advice": "Look at the router."}
    response = ask(Parts(state="failed", error=error, can_keep=True), "GET", "/setup")
    assert value_of(response, "message") == "No way out." and value_of(response, "advice") == "Look at the router."
    assert value_of(response, "keep_hidden") == "" and value_of(response, "state") == "failed" and value_of(response, "refresh") == ""


def test_the_end_tells_every_address():
    response = ask(
        Parts(state="done", message="Everything works.", address="192.168.1.57", address_url="http://192.168.1.57/",
              channel_url="https://thingspeak.com/channels/7", restart_in_s=12),
        "GET", "/setup",
    )  # fmt: skip
    assert value_of(response, "address_url") == "http://192.168.1.57/" and value_of(response, "state") == "done"
    assert value_of(response, "channel_hidden") == "" and value_of(response, "message") == "Everything works."


def form_after_a_try(**trial_facts):
    parts = Parts(**trial_facts)
    app = make_app(Portal(parts))
    assert ask(parts, "POST", "/setup", FORM, app=app).status_code == 303
    return ask(parts, "GET", "/", app=app)


def test_a_failed_trial_is_named_over_the_form():
    error = {"step": "wifi", "code": "not_found", "message": "Out of sight.", "advice": ""}
    assert value_of(form_after_a_try(state="failed", error=error), "notice") == "Out of sight."


def test_while_it_is_tried_the_form_gives_way_to_the_progress():
    for state in ("running", "done"):
        response = form_after_a_try(state=state)
        assert response.status_code == 303 and response.headers["Location"] == "/setup"


def test_the_api_answers_what_the_contract_says():
    parts = Parts()
    response = ask(parts, "GET", "/api/setup")
    assert response.json == IDLE and parts.trial.seen


def test_keeping_is_possible_only_where_something_can_be_kept():
    assert ask(Parts(can_keep=True), "POST", "/setup/keep").status_code == 303
    parts = Parts()
    assert ask(parts, "POST", "/setup/keep").status_code == 409 and not parts.trial.kept


def test_the_networks_are_told_to_programs():
    response = ask(Parts(), "GET", "/api/networks")
    told = json.loads(response.text)
    assert told["scanning"] is False and len(told["networks"]) == 5
    first = told["networks"][0]
    assert (first["ssid"], first["rssi_dbm"], first["channel"], first["security"], first["bars"]) == ("Home", -50, 6, "wpa2", 4)


def test_a_new_scan_is_made_only_when_asked_for_and_never_during_a_trial():
    parts = Parts()
    ask(parts, "GET", "/api/networks")
    assert parts.wifi.scans == 0
    ask(parts, "GET", "/api/networks?refresh=1")
    ask(parts, "GET", "/?refresh=1")
    assert parts.wifi.scans == 2
    parts = Parts()
    parts.wifi.held = True
    ask(parts, "GET", "/api/networks?refresh=1")
    assert parts.wifi.scans == 0


def test_an_empty_list_says_so():
    parts = Parts()
    parts.wifi.networks = []
    assert "No networks" in value_of(ask(parts, "GET", "/"), "scan_note")
    assert json.loads(ask(parts, "GET", "/api/networks").text) == {"scanning": False, "networks": []}


def test_files_come_from_the_pages():
    assert ask(Parts(), "GET", "/static/portal.abc.css").text == "file portal.abc.css"


def test_unknown_pages_and_methods_are_refused():
    assert ask(Parts(), "GET", "/nothing").status_code == 404
    assert ask(Parts(), "POST", "/api/networks", "").status_code == 405


def foreign(host, path):
    app = make_app(Portal(Parts()))
    return app.foreign_host(Request(app, None, "GET", path, "1.0", {"Host": host}))


def test_every_probe_is_led_to_the_portal():
    for host, path in (
        ("connectivitycheck.gstatic.com", "/generate_204"),
        ("captive.apple.com", "/hotspot-detect.html"),
        ("www.msftconnecttest.com", "/connecttest.txt"),
        ("detectportal.firefox.com", "/canonical.html"),
        ("", "/"),
    ):
        response = foreign(host, path)
        assert response.status_code == 302 and response.headers["Location"] == "http://192.168.4.1/"
        assert len(response.body) > 20, "iOS wants a body"


def test_noise_is_answered_in_a_few_bytes():
    for host, path in (
        ("wpad.home", "/wpad.dat"),
        ("autodiscover.example.com", "/autodiscover/autodiscover.xml"),
        ("ctldl.windowsupdate.com", "/msdownload/update/v3/static/trustedr/en/authrootstl.cab"),
        ("ocsp.digicert.com", "/"),
        ("example.com", "/favicon.ico"),
    ):
        response = foreign(host, path)
        assert response.status_code == 404 and len(response.body) < 20, host
