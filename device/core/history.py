"""History: many readings as a few points, in memory that does not grow."""

from array import array
from binascii import crc32

from micropython import const

SPANS = {"1h": 3600, "24h": 86400, "7d": 604800, "30d": 2592000}
"""Names and seconds of the spans a chart can show."""
SERIES = ("temperature_c", "temperature_min_c", "temperature_max_c", "humidity_pct", "humidity_min_pct", "humidity_max_pct")
EMPTY = -32768
_MOST_POINTS = const(120)  # each is a bar of its lowest and highest, and a phone is 360 wide


def step_s(span_s, interval_s):
    """Seconds one point stands for: few enough points, and longer than the interval, so that an empty point is a missing reading."""
    return max(-(-span_s // _MOST_POINTS), interval_s * 3 // 2)


def no_points(count):
    """An array for each of the SERIES, in hundredths, with `count` times EMPTY."""
    return [array("h", b"\x00\x80" * count) for _ in SERIES]


def sum_up(series, start_s, step_s, batches, halves, offset):
    """Write means and extremes of records into `series`: its points are steps of `step_s` seconds from `start_s` on. Yields between batches.

    batches: pairs, of which the second is how many records now stand in `halves`, an array of 16-bit numbers, as core/reading.py packs
    them; what is damaged or lies outside is passed over. offset: session -> seconds to add to an uptime, or None. A month is 43,200
    records: next to no heap is taken for each. MicroPython has only numbers below 2**30 for nothing; a time whose upper half is 0 is one
    that was not known. Readings come in the order of their times; of a point that is returned to after all, because a clock was
    corrected, the last visit counts.
    """
    view = memoryview(halves)
    pieces = [view[at : at + 7] for at in range(0, len(halves), 8)]  # what is under each record's checksum
    mean_c, coldest, warmest, mean_pct, driest, dampest = series
    current = readings = warmth = damp = 0
    for _, records in batches:
        for record in range(records):
            at = 8 * record
            if crc32(pieces[record]) & 0xFFFF != halves[at + 7]:
                continue
            if halves[at + 1]:
                index = (((halves[at + 1] - (start_s >> 16)) << 16) + halves[at] - (start_s & 0xFFFF)) // step_s
            else:
                session_s = offset(halves[at + 6] & 0xFF)
                if session_s is None:
                    continue
                index = (session_s - start_s + halves[at + 2] + (halves[at + 3] << 16)) // step_s
            if not 0 <= index < len(mean_c):
                continue
            temperature, humidity = halves[at + 4], halves[at + 5]
            if temperature & 0x8000:
                temperature -= 0x10000
            if index != current or not readings:
                if readings:
                    mean_c[current], mean_pct[current] = round(warmth / readings), round(damp / readings)
                current, readings, warmth, damp = index, 0, 0, 0
                coldest[index] = warmest[index] = temperature
                driest[index] = dampest[index] = humidity
            readings += 1
            warmth += temperature
            damp += humidity
            if temperature < coldest[index]:
                coldest[index] = temperature
            elif temperature > warmest[index]:
                warmest[index] = temperature
            if humidity < driest[index]:
                driest[index] = humidity
            elif humidity > dampest[index]:
                dampest[index] = humidity
        yield
    if readings:
        mean_c[current], mean_pct[current] = round(warmth / readings), round(damp / readings)
