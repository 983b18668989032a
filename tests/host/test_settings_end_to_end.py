"""A device in use: another Wi-Fi is proven before it is taken, and a month of readings is there to be had."""

import csv
import io
import json
import threading
import time

import pytest
from core.reading import SEGMENT_RECORDS, Reading, pack

pytestmark = pytest.mark.timeout(900)
PATIENCE_S = 90
HOME = {"ssid": "Home", "password": "correct horse", "rssi_dbm": -54, "channel": 6, "security": "wpa2"}
ATTIC = {"ssid": "Attic", "password": "battery staple", "rssi_dbm": -60, "channel": 11, "security": "wpa2"}
MONTH_RECORDS = 30 * 24 * 60


@pytest.mark.every_micropython
def test_another_wi_fi_is_proven_before_the_old_one_is_given_up(new_device):
    device = new_device(world={"networks": [HOME, ATTIC]}, speed=5)
    device.set_up()
    headers = device.log_in()
    before = device.image().read("/settings.json")

    assert change(device, headers, ssid="Attic", password="wrong password") == (202, {"state": "running"})
    failed = device.wait_for(device.verdict, PATIENCE_S)
    assert (failed["state"], failed["error"]["code"]) == ("failed", "wrong_password")
    assert device.image().read("/settings.json") == before
    assert device.wait_for(device.readings_at_home, PATIENCE_S)["device"]["ssid"] == "Home"

    assert change(device, headers, ssid="Attic", password="battery staple") == (202, {"state": "running"})
    assert device.wait_for(device.verdict, PATIENCE_S)["state"] == "done"
    assert device.wait_for(device.readings_at_home, PATIENCE_S)["device"]["ssid"] == "Attic"
    assert json.loads(device.image().read("/settings.json"))["ssid_hex"] == b"Attic".hex()


def test_another_pin_is_proven_before_it_is_kept(new_device):
    device = new_device(speed=5)
    device.set_up()
    headers = device.log_in()
    assert change(device, headers, pin=6) == (400, {"errors": {"pin": "not_a_choice"}})
    assert change(device, headers, pin=4) == (202, {"state": "running"})
    failed = device.wait_for(device.verdict, PATIENCE_S)
    assert (failed["state"], failed["error"]["code"]) == ("failed", "sensor_silent")
    device.wait_for(lambda: (device.readings_at_home() or {}).get("quality") == "ok", PATIENCE_S)

    device.world(sensor_pin=4)
    assert change(device, headers, pin=4) == (202, {"state": "running"})
    assert device.wait_for(device.verdict, PATIENCE_S)["state"] == "done"
    device.restart()
    device.wait_for(lambda: (device.readings_at_home() or {}).get("quality") == "ok", PATIENCE_S)


def test_corrections_count_at_once(new_device):
    device = new_device(speed=10)
    device.set_up()
    headers = device.log_in()
    assert change(device, headers, temperature_slope=1.5, temperature_offset_c=-2) == (200, {"state": "saved"})
    readings = device.wait_for(lambda: (device.readings() or {}).get("temperature_c") == 30.1 and device.readings(), PATIENCE_S)
    assert readings["raw"] == {"temperature_c": 21.4, "humidity_pct": 48.0}


def change(device, headers, **fields):
    reply = device.unless_busy(lambda: device.post("/api/settings", json_body=fields, headers=headers))
    return reply.status, reply.json()


def put_month(device):
    """Write 30 days of readings, one a minute up to now, into the journal of a device that is switched off."""
    image = device.image()
    newest_s = int(time.time())
    records = [pack(Reading(newest_s - 60 * (MONTH_RECORDS - number), 60 * number, 1, 20.0, 50.0, 0)) for number in range(MONTH_RECORDS)]
    for segment in range(0, MONTH_RECORDS // SEGMENT_RECORDS + 1):
        image.write("/journal/%06d.seg" % segment, b"".join(records[segment * SEGMENT_RECORDS : (segment + 1) * SEGMENT_RECORDS]))
    image.save()


def test_a_month_of_readings_is_downloaded_while_the_page_stays_live(new_device):
    device = new_device(speed=10)
    device.set_up()
    device.wait_for("kept")
    device.stop()
    put_month(device)
    device.start(speed=1)
    device.wait_for(lambda: (device.readings_at_home() or {}).get("time"), PATIENCE_S)
    downloaded = []
    download = threading.Thread(target=lambda: downloaded.append(device.get("/readings.csv", timeout=75).text))
    download.start()
    pages = 0
    while download.is_alive():
        device.wait_for(lambda: device.get("/readings").status == 200, PATIENCE_S)  # 503: an upload takes the room
        pages += 1
    rows = list(csv.DictReader(io.StringIO(downloaded[0])))
    assert len(rows) >= MONTH_RECORDS and pages >= 1
    assert {row["temperature_c"] for row in rows[:MONTH_RECORDS]} == {"20.00"}
    values = device.unless_busy(lambda: device.get("/api/history?span=30d")).json()["temperature_c"]
    assert 100 < len(values) <= 360 and sum(value == 20 for value in values) > 0.94 * len(values)
