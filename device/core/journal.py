"""The journal's records: a reading, and how it stands in sixteen bytes."""

import binascii
import struct
from collections import namedtuple

RECORD_BYTES = 16
SEGMENT_RECORDS = 1023
"""With littlefs' own pointers they fill four blocks of 4 kB exactly; one more would take a fifth. A position is segment *
SEGMENT_RECORDS + index."""

Reading = namedtuple("Reading", ("time_s", "uptime_s", "session", "temperature_c", "humidity_pct", "flags"))
"""time_s: Unix seconds UTC, or None while the clock is unknown. uptime_s: seconds since power-on. session: the power-on it belongs
to, modulo 256. temperature_c: degrees Celsius. humidity_pct: relative humidity in percent. flags: bits, none in use."""


def pack(reading):
    """The reading as `RECORD_BYTES` bytes: time (0: unknown), uptime, 0.01 °C, 0.01 %, session, flags, low half of their CRC-32."""
    time_s, uptime_s, session, temperature_c, humidity_pct, flags = reading
    record = struct.pack("<IIhHBB", time_s or 0, uptime_s, round(temperature_c * 100), round(humidity_pct * 100), session, flags)
    return record + struct.pack("<H", binascii.crc32(record) & 0xFFFF)


def unpack(buffer, offset=0):
    """The reading that starts at `offset`, or None when its checksum does not fit."""
    time_s, uptime_s, temperature, humidity, session, flags, checksum = struct.unpack_from("<IIhHBBH", buffer, offset)
    # An erased or zeroed block is not a reading: the checksum of zeros is not zero.
    if checksum != binascii.crc32(memoryview(buffer)[offset : offset + 14]) & 0xFFFF:
        return None
    return Reading(time_s or None, uptime_s, session, temperature / 100, humidity / 100, flags)
