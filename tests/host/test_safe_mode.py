"""What a device does that cannot start: the last good settings, then only the portal; and with settings that cannot be used."""

import json

import pytest
from altered_firmware import altered
from virtual_device import VirtualDevice

ALWAYS_FAILS = """
from logger import Logger
async def measure(self):
    raise ValueError("planted")
Logger.measure = measure
"""

FAILS_LATER = """
import asyncio
from logger import Logger
work = Logger.measure
async def measure(self):
    asyncio.create_task(work(self))
    await asyncio.sleep(75)
    raise ValueError("planted")
Logger.measure = measure
"""


def edit(device, files):
    """Write `files` ({name: content}) to the flash of a device that is switched off."""
    image = device.image()
    for name, content in files.items():
        image.write(name, content)
    image.save()


@pytest.fixture
def station(tmp_path):
    """A device in station mode whose settings are known to be good."""
    with VirtualDevice(tmp_path / "station", speed=20) as device:
        device.set_up(name="Balcony")
        device.wait_for(lambda: device.image().read("/settings.good.json"))
        yield device


def test_starts_that_fail_go_back_to_the_last_good_settings_and_then_to_the_portal(station, tmp_path):
    station.stop()
    good = json.loads(station.image().read("/settings.good.json"))
    edit(station, {"/settings.json": json.dumps({**good, "name": "Attic"}).encode()})
    station.start(app=altered(tmp_path / "app", ALWAYS_FAILS))
    station.wait_for("went back to the last settings that worked", 60)
    station.wait_for("It stays in set-up", 60)
    page = station.wait_for(lambda: station.get("/").text, 20)
    assert "Dewlog restarted 10 times in a row" in page
    assert station.get("/api/setup").json()["state"] == "idle"
    crashes = json.loads(station.image().read("/crashes.json"))
    assert len(crashes) == 10 and crashes[-1]["message"] == "planted"
    assert json.loads(station.image().read("/settings.json"))["name"] == "Balcony"


def test_starts_that_last_are_not_counted(station, tmp_path):
    station.stop()
    station.start(app=altered(tmp_path / "app", FAILS_LATER), speed=60)
    station.wait_for(lambda: station.serial().count("started by restart: crash") >= 7, 90)
    assert "went back" not in station.serial()
    assert station.wait_for(station.readings)["name"] == "Balcony"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe{", b'{"version": 99, "ssid": "Home"}', b'{"version": 1, "ssid": 5}'])
def test_settings_that_cannot_be_used_are_replaced_by_the_last_good_ones(station, content):
    station.stop()
    edit(station, {"/settings.json": content})
    station.start()
    readings = station.wait_for(station.readings, 60)
    assert readings["name"] == "Balcony"
    station.wait_for("The stored settings were damaged", 10)
    assert "Traceback" not in station.serial()


def test_without_any_usable_settings_the_portal_says_so(station):
    station.stop()
    edit(station, {"/settings.json": b"{", "/settings.good.json": b"nonsense"})
    station.start()
    assert station.wait_for(lambda: station.get("/").status == 200, 60)
    assert "Traceback" not in station.serial()
