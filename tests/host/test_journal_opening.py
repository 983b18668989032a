"""Opening a journal that fills the flash costs next to nothing."""

import json

import micropython_process
from firmware_core import reading
from simulator.flash_image import BLOCK_BYTES, FlashImage

FLOOR_BYTES = 256 * 1024
APP_BYTES = 2 * 96 * 1024
A_MONTH = 30 * 1440
READ_US = 100
"""What one read of some hundred bytes takes on the ESP32 at the most, littlefs and MicroPython included."""


def full_image(path):
    """An image with two versions of the app and as many full segments as may be there. Returns the number of readings."""
    image = FlashImage(path)
    image.write("/a/app", b"x" * (APP_BYTES // 2))
    image.write("/b/app", b"x" * (APP_BYTES // 2))
    records = bytes(reading.pack(reading.Reading(1795377903, 60, 1, 21.4, 48.0, 0))) * reading.SEGMENT_RECORDS
    segments = 0
    while image.free_bytes() - FLOOR_BYTES > len(records) + BLOCK_BYTES:
        image.write("/journal/%06d.seg" % segments, records)
        segments += 1
    image.save()
    return segments * reading.SEGMENT_RECORDS


def test_a_full_journal_is_opened_in_no_time_and_three_kilobytes(tmp_path):
    readings = full_image(tmp_path / "flash.img")
    assert readings > A_MONTH
    cost = json.loads(micropython_process.run("open_journal.py", tmp_path / "flash.img"))
    print(cost)
    assert cost["readings"] == readings
    assert 0 < cost["taken"] <= 3072, "with the code that looks through it"
    assert cost["reads"] * READ_US < 1_000_000
