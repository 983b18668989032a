"""The reading: what a DHT's five bytes say and what to believe, and the sixteen bytes that a reading has in the journal."""

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
    return record + (binascii.crc32(record) & 0xFFFF).to_bytes(2, "little")


def unpack(buffer, offset=0):
    """The reading that starts at `offset`, or None when its checksum does not fit."""
    time_s, uptime_s, temperature, humidity, session, flags, checksum = struct.unpack_from("<IIhHBBH", buffer, offset)
    # An erased or zeroed block is not a reading: the checksum of zeros is not zero.
    if checksum != binascii.crc32(memoryview(buffer)[offset : offset + 14]) & 0xFFFF:
        return None
    return Reading(time_s or None, uptime_s, session, temperature / 100, humidity / 100, flags)


def decode(frame, kind="auto"):
    """(temperature_c, humidity_pct, "dht22" or "dht11") of five bytes whose checksum fits, or the code of what is wrong with them.

    kind: which sensor it has to be; "auto" takes both. A code instead of a frame comes back as it is. The first byte alone tells the two
    apart: a DHT22's is at most 3 (1000 tenths of a percent), and a DHT11 measures no air that dry (from 5 %, by Aosong's data sheet).
    """
    if not isinstance(frame, bytes):
        return frame
    first, second, third, fourth = frame[:4]
    if first > 3:  # whole and tenth in a byte each, the top bit of the last one is the sign
        found = "dht11"
        tenths = fourth & 0x7F
        temperature_c = third + tenths / 10
        if fourth & 0x80:
            temperature_c = 0 - temperature_c
        humidity_pct = first + second / 10
        fits = second < 10 and tenths < 10 and -20 <= temperature_c <= 60
    else:
        # Tenths, big-endian. Below zero the top bit is the sign (data sheet), or, on some clones, the number is two's complement. The
        # two cannot be mixed up: sign and magnitude never exceeds 0x8000 + 400.
        found = "dht22"
        raw = third << 8 | fourth
        if raw >= 0xC000:
            raw -= 0x10000
        elif raw & 0x8000:
            raw = -(raw & 0x7FFF)
        temperature_c = raw / 10
        humidity_pct = (first << 8 | second) / 10
        # What a bad wire makes of nothing is 0 °C with 0 %, or 1 °C with 1 %.
        fits = -40 <= temperature_c <= 80 and humidity_pct > (1 if 0 <= raw <= 10 else 0)
    if not fits or humidity_pct > 100:
        return "sensor_checksum"
    return (temperature_c, humidity_pct, found) if kind in ("auto", found) else "sensor_other_type"


def median(values):
    """[temperature_c, humidity_pct, "dht22" or "dht11"] in the middle of the last two or three values, as `decode` gives them.

    Noise, too, can fit a checksum: a single spike, or a frame that seems to come from another sensor, never shows. Of two values the
    first one counts.
    """
    return [sorted(column)[1] if len(column) == 3 else column[0] for column in zip(*values)]
