"""The journal's records: one reading in sixteen bytes, and what a position means."""

import binascii
import struct

from core.reading import Reading

RECORD_BYTES = 16
SEGMENT_RECORDS = 1024
"""A position is segment * SEGMENT_RECORDS + index. It only ever rises."""
USED_RECORDS = 1023
"""Records in a full segment: with littlefs' own pointers they fill four blocks of 4 kB exactly; one more would take a fifth."""

_FORMAT = "<IIhHBBH"  # time_s (0: unknown), uptime_s, 0.01 °C, 0.01 %, session, flags, low half of the CRC-32 of what is before it


def pack(reading):
    """The reading as `RECORD_BYTES` bytes."""
    record = bytearray(RECORD_BYTES)
    struct.pack_into(
        _FORMAT,
        record,
        0,
        reading.time_s or 0,
        reading.uptime_s,
        round(reading.temperature_c * 100),
        round(reading.humidity_pct * 100),
        reading.session,
        reading.flags,
        0,
    )
    struct.pack_into("<H", record, RECORD_BYTES - 2, _checksum(record, 0))
    return record


def unpack(buffer, offset=0):
    """The reading that starts at `offset`, or None when its checksum does not fit."""
    time_s, uptime_s, temperature, humidity, session, flags, checksum = struct.unpack_from(_FORMAT, buffer, offset)
    if checksum != _checksum(buffer, offset):
        return None
    return Reading(time_s or None, uptime_s, session, temperature / 100, humidity / 100, flags)


def after(position, records=1):
    """The position `records` further on; past a segment's last record comes the next segment's first."""
    position += records
    return position if position % SEGMENT_RECORDS < USED_RECORDS else (position // SEGMENT_RECORDS + 1) * SEGMENT_RECORDS


def _checksum(buffer, offset):
    # Not 0 for sixteen zero bytes: an erased or zeroed block is not a reading.
    return binascii.crc32(memoryview(buffer)[offset : offset + RECORD_BYTES - 2]) & 0xFFFF
