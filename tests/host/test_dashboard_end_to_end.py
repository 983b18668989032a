"""The station's web pages of the built firmware: what the contract says, and several viewers at once."""

import contextlib
import csv
import http.client
import io
import json
import re

import pytest
from phone_browser import PHONE, chromium, screenshot
from playwright.sync_api import expect
from prometheus_client.parser import text_string_to_metric_families
from virtual_device import VirtualDevice

READING_NAMES = set("name time temperature_c humidity_pct dew_point_c heat_index_c age_s quality problem upload sensor device".split())
UPLOAD_NAMES = set("state last_entry_id last_time waiting sent channel_id problem".split())
DEVICE_NAMES = set("version uptime_s rssi_dbm ssid address hostname heap_free idf_heap_free idf_heap_largest flash_free reset_cause"
                   " restarts".split())
pytestmark = pytest.mark.every_micropython
WEATHER = {"temperature_c": 21.4, "humidity_pct": 48.0}


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    """A device on its home network that has sent its first reading."""
    with VirtualDevice(tmp_path_factory.mktemp("station") / "device") as device:
        device.set_up()
        device.wait_for(lambda: device.readings()["quality"] == "ok" and device.readings()["upload"]["sent"])
        yield device
        assert "Traceback" not in device.serial()


@pytest.fixture
def session(station):
    """The headers of somebody who has logged in."""
    reply = station.post("/login", {"password": device_password(station)})
    assert reply.status == 303, reply.body
    return {"Cookie": reply.headers["Set-Cookie"].split(";")[0]}


def device_password(station):
    return json.loads(station.image().read("/state.json"))["hotspot_password"]


class Viewer:
    """Somebody who watches /api/events."""

    def __init__(self, station):
        self._connection = http.client.HTTPConnection(station.host, station.port, timeout=30)
        self._connection.request("GET", "/api/events")
        self.answer = self._connection.getresponse()

    def next_reading(self):
        assert self.answer.readline() == b"event: reading\n"
        reading = json.loads(self.answer.readline().removeprefix(b"data: "))
        assert self.answer.readline() == b"\n"
        return reading

    def close(self):
        self.answer.close()
        self._connection.close()


def test_readings_have_the_names_and_values_of_the_contract(station):
    reading = station.get("/api/readings").json()
    assert reading.keys() >= READING_NAMES
    assert reading["upload"].keys() >= UPLOAD_NAMES
    assert reading["device"].keys() >= DEVICE_NAMES
    assert reading["sensor"].keys() >= {"reads", "failures", "rejected"}
    assert (reading["temperature_c"], reading["humidity_pct"]) == (21.4, 48.0)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", reading["time"])
    assert reading["upload"]["state"] == "ok" and reading["upload"]["channel_id"] == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 302),
        ("GET", "/readings", 200),
        ("HEAD", "/readings", 200),
        ("GET", "/nothing", 404),
        ("POST", "/readings", 405),
        ("DELETE", "/api/readings", 405),
        ("GET", "/api/history?span=1y", 400),
        ("GET", "/settings", 401),
        ("POST", "/settings", 401),
        ("POST", "/settings/erase", 401),
        ("GET", "/diagnostics.txt", 401),
    ],
)
def test_a_request_gets_its_status(station, method, path, status):
    assert station.request(method, path).status == status


@pytest.mark.parametrize("span", ["1h", "24h", "7d", "30d"])
def test_history_has_at_most_360_points(station, span):
    history = station.get("/api/history?span=" + span).json()
    assert history["span"] == span
    assert len(history["temperature_c"]) == len(history["humidity_pct"]) <= 360
    assert history["temperature_c"][-1] == 21.4 and history["humidity_pct"][-1] == 48.0


def test_csv_and_metrics_are_read_by_others(station):
    rows = list(csv.DictReader(io.StringIO(station.get("/readings.csv").body.decode())))
    assert rows and rows[0].keys() == {"time", "temperature_c", "humidity_pct", "flags"}
    assert float(rows[0]["temperature_c"]) == 21.4
    families = {family.name: family for family in text_string_to_metric_families(station.get("/metrics").body.decode())}
    assert families["dewlog_temperature_celsius"].samples[0].value == 21.4


def test_two_viewers_and_a_scrape_do_not_hold_up_the_measuring_and_a_third_viewer_polls(station):
    viewers = [Viewer(station), Viewer(station)]
    try:
        assert [viewer.next_reading()["quality"] for viewer in viewers] == ["ok", "ok"]
        third = station.get("/api/events")
        assert third.status == 503 and third.headers["Retry-After"]
        reads = station.readings()["sensor"]["reads"]
        for _ in range(3):
            news = [viewer.next_reading() for viewer in viewers]
            assert station.get("/metrics").status == station.get("/readings.csv").status == 200
        assert [each["sensor"]["reads"] >= reads + 2 for each in news] == [True, True]
        assert station.readings()["upload"]["problem"] is None
    finally:
        for viewer in viewers:
            viewer.close()


def test_a_stranger_who_tries_passwords_does_not_keep_the_owner_out(station):
    def tries():
        stranger = http.client.HTTPConnection(station.host, station.port, timeout=60, source_address=("127.0.0.2", 0))
        with contextlib.closing(stranger):
            stranger.request("POST", "/login", "password=wrong", {"Content-Type": "application/x-www-form-urlencoded"})
            statuses.append(stranger.getresponse().status)
        return statuses[-1] == 429

    statuses = []
    station.wait_for(tries, 60)
    assert 401 in statuses
    station.wait_for(lambda: station.post("/login", {"password": device_password(station)}).status == 303, 30)


def test_the_settings_are_changed_and_survive_a_power_cut(station, session):
    assert station.get("/settings", session).status == 200
    form = {"name": "Cellar", "interval_s": "300"}
    assert station.post("/settings", form, headers=session).headers["Location"] == "/settings?saved"
    assert station.readings()["name"] == "Cellar"
    station.restart()
    station.wait_for(lambda: station.readings_at_home() and station.readings()["temperature_c"] is not None)
    assert station.readings()["name"] == "Cellar"


def test_diagnostics_have_the_facts_and_no_secret(station, session):
    text = station.get("/diagnostics.txt", session).body.decode()
    assert "reset_cause" in text and "events" in text
    for secret in ("correct horse", "SIMULATEDKEY0001", device_password(station)):
        assert secret not in text


def test_a_browser_sees_the_weather_change(station):
    with chromium() as browser:
        page = browser.new_page(viewport=PHONE)
        page.goto(station.url + "/readings")
        expect(page.locator("#temperature")).to_have_text("21.4")
        try:
            station.world(weather={"temperature_c": 25.8, "humidity_pct": 61.0})
            expect(page.locator("#temperature")).to_have_text("25.8", timeout=30_000)
            expect(page.locator("#humidity")).to_have_text("61.0")
            expect(page).to_have_title("25.8\u202f°C · " + station.readings()["name"])
            screenshot(page, "readings-virtual-device")
        finally:
            station.world(weather=WEATHER)
