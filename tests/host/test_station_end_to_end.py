"""The station of the built firmware: several viewers at once, what others read, and what outlives a power cut."""

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

pytestmark = pytest.mark.every_micropython
WEATHER = {"temperature_c": 21.4, "humidity_pct": 48.0}


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    """A device on its home network that has sent its first reading."""
    with VirtualDevice(tmp_path_factory.mktemp("station") / "device", speed=5) as device:
        device.set_up()
        device.wait_for(lambda: is_at_work(device.readings_at_home()))
        yield device
        assert "Traceback" not in device.serial()


@pytest.fixture
def session(station):
    """The headers of somebody who has logged in."""
    return station.log_in()


def is_at_work(readings):
    return readings and readings["quality"] == "ok" and readings["upload"]["sent"]


def told(station, method, path):
    return station.unless_busy(lambda: station.request(method, path))


class Viewer:
    """Somebody who watches /api/events."""

    def __init__(self, station):
        self._connection = http.client.HTTPConnection(station.host, station.port, timeout=120)
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


def test_readings_have_the_values_of_the_world(station):
    reading = station.wait_for(station.readings)
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
        ("GET", "/api/settings", 401),
        ("POST", "/api/settings", 401),
        ("POST", "/api/erase", 401),
        ("GET", "/api/diagnostics", 401),
    ],
)
def test_a_request_gets_its_status(station, method, path, status):
    assert told(station, method, path).status == status


def test_history_ends_now(station):
    history = told(station, "GET", "/api/history?span=1h").json()
    assert history["temperature_c"][-1] == 21.4 and history["humidity_pct"][-1] == 48.0


def test_csv_and_metrics_are_read_by_others(station):
    rows = list(csv.DictReader(io.StringIO(told(station, "GET", "/readings.csv").text)))
    assert rows and rows[0].keys() == {"time", "temperature_c", "humidity_pct", "flags"}
    assert float(rows[0]["temperature_c"]) == 21.4
    families = {family.name: family for family in text_string_to_metric_families(told(station, "GET", "/metrics").text)}
    assert families["dewlog_temperature_celsius"].samples[0].value == 21.4


def test_two_viewers_and_a_scrape_do_not_hold_up_the_measuring_and_a_third_viewer_polls(station):
    viewers = [Viewer(station), Viewer(station)]
    try:
        assert [viewer.next_reading()["quality"] for viewer in viewers] == ["ok", "ok"]
        third = station.get("/api/events")
        assert third.status == 503 and third.headers["Retry-After"]
        reads = station.wait_for(station.readings)["sensor"]["reads"]
        for _ in range(3):
            news = [viewer.next_reading() for viewer in viewers]
            for path in ("/metrics", "/readings.csv"):
                assert told(station, "GET", path).status == 200
        assert [each["sensor"]["reads"] >= reads + 2 for each in news] == [True, True]
        assert station.wait_for(station.readings)["upload"]["problem"] is None
    finally:
        for viewer in viewers:
            viewer.close()


def test_the_settings_are_changed_and_survive_a_power_cut(station, session):
    reply = station.unless_busy(lambda: station.post("/api/settings", json_body={"name": "Cellar", "interval_s": 300}, headers=session))
    assert (reply.status, reply.json()) == (200, {"state": "saved"})
    assert station.wait_for(station.readings)["name"] == "Cellar"
    station.restart()
    readings = station.wait_for(lambda: (station.readings_at_home() or {}).get("temperature_c") and station.readings())
    assert readings["name"] == "Cellar"


def test_a_browser_sees_the_weather_change(station):
    with chromium() as browser:
        page = browser.new_page(viewport=PHONE)
        page.goto(station.url + "/readings")
        expect(page.locator("#temperature")).to_have_text("21.4")
        try:
            station.world(weather={"temperature_c": 25.8, "humidity_pct": 61.0})
            expect(page.locator("#temperature")).to_have_text("25.8")
            expect(page.locator("#humidity")).to_have_text("61.0")
            expect(page).to_have_title("25.8\u202f°C · " + station.wait_for(station.readings)["name"])
            screenshot(page, "readings-virtual-device")
        finally:
            station.world(weather=WEATHER)
