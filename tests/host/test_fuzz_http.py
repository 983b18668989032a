"""Hypothesis talks to the running firmware: any method, path, header, form and JSON. No 500, no traceback, no lost setting."""

import json
import urllib.parse

import pytest
from fuzzing import effort
from hostile_visitors import say, status_of
from hypothesis import example, given
from hypothesis import strategies as st
from virtual_device import FORM, VirtualDevice

METHODS = st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]) | st.from_regex(r"[A-Z]{1,20}", fullmatch=True)
SET_UP_PATHS = ["/", "/setup", "/setup/keep", "/api/setup", "/api/networks", "/static/setup.css", "/generate_204", "/wpad.dat"]
STATION_PATHS = [
    "/", "/readings", "/api/readings", "/api/history", "/api/history?span=", "/readings.csv", "/metrics", "/login", "/logout", "/settings",
    "/settings/download", "/settings/restore", "/settings/apply", "/settings/restart", "/settings/setup", "/settings/erase", "/setup",
    "/setup/keep", "/api/setup", "/diagnostics.txt", "/manifest.json", "/static/readings.css",
]  # fmt: skip
FIELDS = ["ssid", "network", "password", "api_key", "interval_s", "name", "units", "phone_time", "sensor", "https", "text", "secrets",
          "confirm", "temperature_offset_c", "humidity_offset_pct"]  # fmt: skip
ODD_BYTES = st.binary(max_size=60) | st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass"))
ODD_VALUES = ODD_BYTES | st.sampled_from(
    [b"", b"-1", b"1e999", b"nan", b"%", b"%zz", b"%00", b"\xff", b"<script>", b"Home", b"9" * 50, b"c", b"no"]
)
HEADERS = st.sampled_from(
    ["Content-Type", "Content-Length", "Cookie", "Origin", "Accept", "Accept-Encoding", "If-None-Match", "Expect", "Sec-Fetch-Site",
     "Range", "Transfer-Encoding", "Connection", "Upgrade", "X-Forwarded-Host"]
)  # fmt: skip
HEADER_VALUES = st.sampled_from(
    [b"", b"application/x-www-form-urlencoded", b"application/json", b"multipart/form-data; boundary=x", b"text/html", b"gzip", b"*/*;q=0",
     b"dewlog=", b"dewlog=; dewlog=;;=", b"null", b"http://127.0.0.1", b"100-continue", b"chunked", b"0", b"-1", b"bytes=0-", b"websocket"]
) | st.binary(max_size=40).filter(lambda value: b"\n" not in value and b"\r" not in value)  # fmt: skip
PLAIN_JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON_VALUES = st.recursive(PLAIN_JSON, lambda inner: st.lists(inner, max_size=3), max_leaves=6)


def paths(known):
    odd = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60).map(lambda text: "/" + text)
    return st.sampled_from(known) | st.tuples(st.sampled_from(known), odd).map("".join) | odd


BODIES = (
    st.binary(max_size=300)
    | st.lists(st.tuples(st.sampled_from(FIELDS), ODD_VALUES), max_size=8).map(urllib.parse.urlencode).map(str.encode)
    | st.lists(st.tuples(st.sampled_from(FIELDS).map(str.encode), ODD_VALUES).map(b"=".join), max_size=5).map(b"&".join)
    | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=10), JSON_VALUES, max_size=6).map(json.dumps).map(str.encode)
)


def request(method, path, headers, body, fixed=()):
    head = [b"%s %s HTTP/1.1" % (method.encode(), path.encode()), b"Host: 127.0.0.1"]
    head += [b"%s: %s" % (name.encode(), value) for name, value in list(headers) + list(fixed)]
    if body and not any(name == "Content-Length" for name, _ in headers):
        head.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def assert_sane(device, sent):
    received = say(device, sent, finish=True)
    status = status_of(received)
    assert status is None or 200 <= status < 500 or status == 503, (sent, received[:300])
    assert "Traceback" not in device.serial(), (sent, device.serial()[-2000:])


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with VirtualDevice(tmp_path_factory.mktemp("fuzz")) as device:
        device.wait_for("open http")
        yield device
        assert device.get("/").status == 200
        assert device.image().read("/settings.json") is None, "nothing that was sent was proven"


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    with VirtualDevice(tmp_path_factory.mktemp("fuzz"), speed=10) as device:
        device.set_up()
        device.settings_before = json.loads(device.image().read("/settings.json"))
        yield device
        assert device.wait_for(device.readings)["quality"] == "ok"
        assert json.loads(device.image().read("/settings.json")) == device.settings_before
        assert device.serial().count("started by") == 2, "it never restarted by itself"


@effort(150)
@given(METHODS, paths(SET_UP_PATHS), st.lists(st.tuples(HEADERS, HEADER_VALUES), max_size=6), BODIES)
@example("POST", "/setup", [("Content-Type", b"application/json")], b'{"ssid": {"a": 1}, "password": [], "api_key": 5}')
@example("POST", "/setup", [], b"ssid=%zz&api_key=%ff&password=%")
def test_set_up_mode_takes_anything(portal, method, path, headers, body):
    assert_sane(portal, request(method, path, headers, body))


@effort(150)
@given(METHODS, paths(STATION_PATHS), st.lists(st.tuples(HEADERS, HEADER_VALUES), max_size=6), BODIES)
@example("GET", "/api/history?span=%zz", [], b"")
@example("GET", "/readings\nsettings", [], b"")
def test_station_mode_takes_anything(station, method, path, headers, body):
    assert_sane(station, request(method, path, headers, body))


@effort(120)
@given(st.sampled_from(["/settings", "/settings/restore", "/settings/download"]), BODIES)
def test_somebody_who_has_logged_in_may_send_anything(station, path, body):
    """What the settings page refuses it explains; what it takes is put back afterwards."""
    assert_sane(station, request("POST", path, [], body, [("Cookie", _cookie(station))]))
    now = json.loads(station.image().read("/settings.json"))
    if now != station.settings_before:
        restored = {**station.settings_before, "channel_id": None}
        station.post("/settings/restore", {"text": json.dumps(restored)}, headers={"Cookie": _cookie(station).decode()})
        station.post("/settings/apply", {}, headers={"Cookie": _cookie(station).decode()})
        station.settings_before = station.wait_for(lambda: json.loads(station.image().read("/settings.json")))


def _cookie(station):
    if not hasattr(station, "cookie"):
        password = json.loads(station.image().read("/state.json"))["hotspot_password"]
        reply = station.wait_for(lambda: _answered(station.post("/login", {"password": password})), 70)
        station.cookie = reply.headers["Set-Cookie"].partition(";")[0].encode()
    return station.cookie


def _answered(reply):
    return reply if reply.status == 303 else None


@effort(100)
@given(st.binary(max_size=3000))
@example(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
def test_random_bytes_are_closed(portal, content):
    received = say(portal, content, finish=True)
    assert status_of(received) in (None, 200, 302, 400, 404, 411, 413, 414, 431), received[:200]


def test_the_form_still_works_after_all_that(portal):
    assert portal.post("/setup", {**FORM, "api_key": "short"}).status == 400
