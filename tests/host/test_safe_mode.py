"""What a device does that cannot start: the last good settings, then only the set-up; and with settings that cannot be used."""

import json

import pytest
from altered_firmware import altered
from virtual_device import VirtualDevice

pytestmark = pytest.mark.timeout(900)
PATIENCE_S = 120

ALWAYS_FAILS = """
from thermometer import Thermometer
async def measure(self):
    raise ValueError("planted")
Thermometer.measure = measure
"""

FAILS_LATER = """
import asyncio
from thermometer import Thermometer
work = Thermometer.measure
async def measure(self):
    asyncio.create_task(work(self))
    await asyncio.sleep(90)
    raise ValueError("planted")
Thermometer.measure = measure
"""


def edit(device, files):
    """Write `files` ({name: content}) to the flash of a device that is switched off."""
    image = device.image()
    for name, content in files.items():
        image.write(name, content)
    image.save()


def set_up_facts(device):
    """GET /api/setup, as soon as it is answered."""

    def told():
        reply = device.get("/api/setup")
        return reply.json() if reply.status == 200 else None

    return device.wait_for(told, PATIENCE_S)


@pytest.fixture
def station(tmp_path):
    """A device in station mode whose settings are known to be good."""
    with VirtualDevice(tmp_path / "station", speed=20) as device:
        device.set_up(name="Balcony")
        device.wait_for(lambda: device.image().read("/settings.good.json"))
        yield device


def test_starts_that_fail_go_back_to_the_last_good_settings_and_then_to_the_set_up(station, tmp_path):
    station.stop()
    good = json.loads(station.image().read("/settings.good.json"))
    edit(station, {"/settings.json": json.dumps({**good, "name": "Attic"}).encode()})
    station.start(app=altered(tmp_path / "app", ALWAYS_FAILS))
    station.wait_for("Notice: restarted_often", PATIENCE_S)
    station.wait_for("Notice: setup_only", PATIENCE_S)
    told = set_up_facts(station)
    assert (told["mode"], told["notice"], told["state"], told["draft"]["name"]) == ("setup", "setup_only", "idle", "Balcony")
    crashes = json.loads(station.image().read("/crashes.json"))
    assert len(crashes) == 10 and crashes[-1]["message"] == "planted"
    assert json.loads(station.image().read("/settings.json"))["name"] == "Balcony"


def test_starts_that_last_are_not_counted(station, tmp_path):
    station.stop()
    station.start(app=altered(tmp_path / "app", FAILS_LATER), speed=40)
    station.wait_for(lambda: station.serial().count("started by restart: crash") >= 5, PATIENCE_S)
    assert "Notice" not in station.serial()
    assert station.wait_for(station.readings)["name"] == "Balcony"


def test_settings_that_cannot_be_used_are_replaced_by_the_last_good_ones(station):
    station.stop()
    edit(station, {"/settings.json": b"\xff\xfe{"})
    station.start()
    assert station.wait_for(station.readings, PATIENCE_S)["name"] == "Balcony"
    assert set_up_facts(station)["notice"] == "settings_damaged"
    assert "Traceback" not in station.serial()


def test_without_any_usable_settings_the_set_up_says_so(station):
    station.stop()
    edit(station, {"/settings.json": b"{", "/settings.good.json": b"nonsense"})
    station.start()
    station.wait_for(station.takes_set_up, PATIENCE_S)
    told = set_up_facts(station)
    assert (told["mode"], told["notice"]) == ("setup", "settings_damaged")
    assert "Traceback" not in station.serial()
