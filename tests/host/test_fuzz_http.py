"""Hypothesis talks to the running firmware: any method, path, header, form and JSON. No 500, no traceback, no lost setting."""

import json
import re
import urllib.parse

import pytest
from fuzzing import effort
from hostile_visitors import say, status_of
from hypothesis import example, given
from hypothesis import strategies as st
from virtual_device import FORM, VirtualDevice

METHODS = st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]) | st.from_regex(r"[A-Z]{1,20}", fullmatch=True)
READ = [
    "/", "/setup", "/setup/verdict", "/readings", "/settings", "/login", "/readings.csv", "/readings.csv?from=", "/metrics",
    "/api/readings", "/api/history", "/api/history?span=", "/api/networks", "/api/networks?refresh=1", "/api/setup", "/api/settings",
    "/api/diagnostics", "/generate_204", "/wpad.dat",
]  # fmt: skip
CHANGED = ["/setup", "/setup/keep", "/setup/retry", "/login", "/logout", "/api/settings", "/api/erase", "/api/update"]
RESTARTS = ["/api/restart", "/api/setup-mode"]
"""For whoever may: nobody on the home network without the log-in."""
FIELDS = ["ssid", "ssid_hex", "network", "password", "open", "api_key", "interval_s", "name", "units", "phone_time", "sensor", "https",
          "temperature_offset_c", "humidity_offset_pct", "humidity_slope", "pin",
          "kept", "what", "confirm", "networks", "country", "static"]  # fmt: skip
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


BREAKDOWNS = ("Traceback", "Crash in", "broke off", "failed, ", "No progress in")
"""What no request may bring about, as the console tells of it."""


def assert_sane(device, sent):
    (received,) = device.wait_for(lambda: (say(device, sent, finish=True),))
    status = status_of(received)
    assert status is None or 200 <= status < 500 or status == 503, (sent, received[:300])
    serial = device.serial()
    assert not any(word in serial for word in BREAKDOWNS), (sent, serial[-2000:])


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with VirtualDevice(tmp_path_factory.mktemp("fuzz")) as device:
        device.wait_for("Join it with a phone")
        yield device
        assert device.wait_for(lambda: device.get("/").status == 200)
        assert device.image().read("/settings.json") is None, "nothing that was sent was proven"


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    with VirtualDevice(tmp_path_factory.mktemp("fuzz"), speed=10) as device:
        device.wait_for("Join it with a phone")
        device.set_up()
        device.before = kept_settings(device)
        yield device
        assert device.wait_for(device.readings_at_home)["quality"] == "ok"
        assert kept_settings(device) == device.before
        causes = set(re.findall("started by (.*)", device.serial()))
        assert causes <= {"power", "restart: new settings", "restart: the heap has grown"}, causes


def kept_settings(device):
    """What is on its flash; the channel's number comes with the first upload."""
    return dict(json.loads(device.image().read("/settings.json")), channel_id=None)


@effort(150)
@given(METHODS, paths(READ + CHANGED), st.lists(st.tuples(HEADERS, HEADER_VALUES), max_size=6), BODIES)
@example("POST", "/setup", [("Content-Type", b"application/json")], b'{"ssid": {"a": 1}, "password": [], "api_key": 5}')
@example("POST", "/setup", [], b"ssid=%zz&api_key=%ff&password=%")
@example("POST", "/setup", [], b"network=%3D&api_key=SIMULATEDKEY0001")
def test_set_up_mode_takes_anything(portal, method, path, headers, body):
    assert_sane(portal, request(method, path, headers, body))


@effort(150)
@given(METHODS, paths(READ + CHANGED + RESTARTS), st.lists(st.tuples(HEADERS, HEADER_VALUES), max_size=6), BODIES)
@example("GET", "/api/history?span=%zz", [], b"")
@example("GET", "/readings.csv?from=2026-13-45T99:99:99Z&to=-1", [], b"")
@example("GET", "/readings\nsettings", [], b"")
def test_station_mode_takes_anything(station, method, path, headers, body):
    assert_sane(station, request(method, path, headers, body))


@effort(60)
@given(st.sampled_from(["/api/settings", "/setup", "/api/erase"]), st.sampled_from([b"", b"application/json"]), BODIES)
@example("/api/settings", b"", b"interval_s=99&name=%F0%9F%92%A7&units=f")
@example("/api/settings", b"", b"password=not+the+right+one")
def test_somebody_who_has_logged_in_may_send_anything(station, path, kind, body):
    """What cannot work is tried and named; what is taken is put back afterwards."""
    assert_sane(station, request("POST", path, [("Content-Type", kind)], body, [("Cookie", cookie(station))]))
    station.wait_for(lambda: _is_settled(station), 120)
    if kept_settings(station) != station.before:
        plain = {name: value for name, value in station.before.items() if name not in ("version", "channel_id")}
        headers = {"Cookie": cookie(station).decode()}
        reply = station.wait_for(lambda: _answered(station.post("/api/settings", json_body=plain, headers=headers), 200))
        assert reply.json() == {"state": "saved"} and kept_settings(station) == station.before


def _is_settled(station):
    """No trial runs, and after a failed one it is at home again."""
    reply = station.get("/api/setup")
    return reply.status == 200 and reply.json()["state"] != "running" and station.readings_at_home()


def cookie(station):
    """Of somebody who is logged in: a restart forgets who was."""
    known = getattr(station, "cookie", b"")
    if not known or station.wait_for(lambda: _settled_status(station, known)) == 401:
        password = json.loads(station.image().read("/state.json"))["hotspot_password"]
        reply = station.wait_for(lambda: _answered(station.post("/login", {"password": password}), 303), 70)
        station.cookie = known = reply.headers["Set-Cookie"].partition(";")[0].encode()
    return known


def _settled_status(station, known):
    status = station.get("/api/settings", {"Cookie": known.decode()}).status
    return status != 503 and status


def _answered(reply, status):
    return reply if reply.status == status else None


@effort(100)
@given(st.binary(max_size=3000))
@example(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
def test_random_bytes_are_closed(portal, content):
    received = say(portal, content, finish=True)
    assert status_of(received) in (None, 200, 302, 400, 404, 411, 413, 414, 431, 503), received[:200]


def test_the_form_still_works_after_all_that(portal):
    reply = portal.wait_for(lambda: _answered(portal.post("/setup", json_body={**FORM, "api_key": "short"}), 400))
    assert reply.json() == {"errors": {"api_key": "not_a_key"}}
