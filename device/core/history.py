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


class Points:
    """Means and extremes over `count` steps of `step_s` seconds from `start_s` on: `add` batches as they come, then `close`.

    `series` has an array for each of the SERIES, in hundredths, or EMPTY. Only the point at hand is summed up, for readings come in the
    order of their times; of a point that is returned to after all, because a clock was corrected, the last visit counts.
    """

    def __init__(self, start_s, step_s, count):
        self.start_s = start_s
        self.step_s = step_s
        self.series = [array("h", b"\x00\x80" * count) for _ in SERIES]
        self._point = -1, 0, 0, 0, 0, 0, 0, 0

    def add(self, halves, pieces, offset):
        """Count records as core/journal.py packs them; what is damaged or lies outside is passed over.

        halves: them as an array of 16-bit numbers. pieces: of each whole record in it the memoryview under its checksum, made once by the
        caller. offset: session -> seconds to add to an uptime, or None. A month is 43,200 records: next to no heap is taken for each.
        MicroPython has only numbers below 2**30 for nothing; a time whose upper half is 0 is one that was not known.
        """
        start_s, step, count = self.start_s, self.step_s, len(self.series[0])
        current, readings, warmth, coldest, warmest, damp, driest, dampest = self._point
        at = -8
        for piece in pieces:
            at += 8
            if crc32(piece) & 0xFFFF != halves[at + 7]:
                continue
            if halves[at + 1]:
                index = (((halves[at + 1] - (start_s >> 16)) << 16) + halves[at] - (start_s & 0xFFFF)) // step
            else:
                session_s = offset(halves[at + 6] & 0xFF)
                if session_s is None:
                    continue
                index = (session_s - start_s + halves[at + 2] + (halves[at + 3] << 16)) // step
            if not 0 <= index < count:
                continue
            temperature, humidity = halves[at + 4], halves[at + 5]
            if temperature & 0x8000:
                temperature -= 0x10000
            if index != current:
                self._point = current, readings, warmth, coldest, warmest, damp, driest, dampest
                self.close()
                current = index
                readings = warmth = damp = 0
                coldest = warmest = temperature
                driest = dampest = humidity
            readings += 1
            warmth += temperature
            damp += humidity
            if temperature < coldest:
                coldest = temperature
            elif temperature > warmest:
                warmest = temperature
            if humidity < driest:
                driest = humidity
            elif humidity > dampest:
                dampest = humidity
        self._point = current, readings, warmth, coldest, warmest, damp, driest, dampest

    def close(self):
        """Write down the point at hand."""
        index, readings, warmth, coldest, warmest, damp, driest, dampest = self._point
        if readings:
            for values, value in zip(self.series, (round(warmth / readings), coldest, warmest, round(damp / readings), driest, dampest)):
                values[index] = value
