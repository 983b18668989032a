"""A flash that is full or damaged: the device repairs it, keeps its settings, and goes on measuring."""

import pytest
from virtual_device import VirtualDevice

BLOCK_BYTES = 4096
SPEED = 20
pytestmark = pytest.mark.timeout(900)
PATIENCE_S = 120
LEFT_BLOCKS = 1


@pytest.fixture
def station(tmp_path):
    """A device in station mode, switched off."""
    with VirtualDevice(tmp_path / "station", speed=SPEED) as device:
        device.set_up(name="Balcony", interval_s=15)
        device.wait_for(lambda: device.serial().count("  kept") > 2, PATIENCE_S)
        device.kill()
        yield device


def goes_on(device):
    device.start()
    device.wait_for("The flash took nothing any more and was repaired.", PATIENCE_S)
    readings = device.wait_for(device.readings, PATIENCE_S)
    device.wait_for("  kept", PATIENCE_S)
    assert readings["name"] == "Balcony"
    assert "Traceback" not in device.serial()


def test_a_full_flash(station):
    image = station.image()
    image.write("/journal/000001.seg", b"x" * (image.free_bytes() - LEFT_BLOCKS * BLOCK_BYTES))
    image.save()
    goes_on(station)
    assert station.image().free_bytes() > 10 * BLOCK_BYTES


def test_a_damaged_file_that_stops_every_write(station):
    """In littlefs the blocks of a file are a chain; where it is broken, no free block is found for any other file."""
    image = station.image()
    image.write("/journal/000001.seg", b"chained!" * 2500)
    image.save()
    flash = station.state / "flash.img"
    content = bytearray(flash.read_bytes())
    for block in range(0, len(content), BLOCK_BYTES):
        has_pointers = content[block : block + 8] not in b"chained!" * 2
        if has_pointers and b"chained!" * 3 in content[block + 16 : block + 64]:
            content[block : block + 8] = b"\xee" * 8
    flash.write_bytes(content)
    goes_on(station)
    assert "/journal/000001.seg was damaged and is removed." in station.serial()
