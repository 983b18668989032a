"""History: many readings as a few points, in memory that does not grow."""

from array import array
from binascii import crc32

from micropython import const

SPANS = (("1h", 3600), ("24h", 86400), ("7d", 604800), ("30d", 2592000))
"""Names and seconds of the spans a chart can show."""
MOST_POINTS = 360
SERIES = ("temperature_c", "temperature_min_c", "temperature_max_c", "humidity_pct", "humidity_min_pct", "humidity_max_pct")
_BLOCK_POINTS = const(60)
NEAR_ENOUGH = 32
"""Positions that are cheaper to walk than to search."""
_EMPTY = const(-32768)  # and as the two bytes of an array
_EMPTY_BYTES = b"\x00\x80"
_NO_POINT = (-1, 0, 0, 0, 0, 0, 0, 0)  # index, readings, and of temperature and humidity: sum, lowest, highest


def step_s(span_s, interval_s):
    """Seconds one point stands for: few enough points, and longer than the interval, so that an empty point is a missing reading."""
    return max(-(-span_s // MOST_POINTS), interval_s * 3 // 2)


def first_since(since_s, first, end, time_at):
    """A position from which a walk to `end` misses no reading since `since_s`.

    Readings stand in the order of their times, so this halves the range. time_at: position -> Unix seconds, or None where nothing
    is known; such a position is taken as late, which makes the walk longer and never shorter.
    """
    while end - first > NEAR_ENOUGH:
        middle = (first + end) // 2
        time_s = time_at(middle)
        if time_s is not None and time_s < since_s:
            first = middle + 1
        else:
            end = middle
    return first


class Points:
    """Means and extremes over `count` steps of `step_s` seconds from `start_s` on: `add` records as they come, then read the series.

    Two bytes a value, in blocks that a heap in pieces has, too. Only the point at hand is summed up, for readings come in the order
    of their times; a point that is returned to after all, because a clock was corrected, has the mean of its two visits.
    """

    def __init__(self, start_s, step_s, count):
        self.start_s = start_s
        self.step_s = step_s
        self.count = count
        self._series = [[array("h", _EMPTY_BYTES * _BLOCK_POINTS) for _ in range(-(-count // _BLOCK_POINTS))] for _ in SERIES]
        self._point = _NO_POINT

    def add(self, records, pieces, offset):
        """Count records as core/journal.py packs them; what is damaged or lies outside is passed over.

        records: bytearray. pieces: of each whole record in it the memoryview under its checksum, made once by the caller.
        offset: session -> seconds to add to an uptime, or None. A month is 43,200 records: next to no heap is taken for each. MicroPython
        has only numbers below 2**30 for nothing, so it goes by halves of 16 bits; a time whose upper half is 0 is one that was not known.
        """
        halves = array("H", records)
        start_high, start_low = self.start_s >> 16, self.start_s & 0xFFFF
        step, count = self.step_s, self.count
        current, readings, warmth, coldest, warmest, damp, driest, dampest = self._point
        after = 0
        for piece in pieces:
            at = after
            after += 8
            if crc32(piece) & 0xFFFF != halves[at + 7]:
                continue
            high = halves[at + 1]
            if high:
                index = (((high - start_high) << 16) + halves[at] - start_low) // step
            else:
                start_s = offset(halves[at + 6] & 0xFF)
                if start_s is None:
                    continue
                index = (start_s - self.start_s + halves[at + 2] + (halves[at + 3] << 16)) // step
            if not 0 <= index < count:
                continue
            temperature, humidity = halves[at + 4], halves[at + 5]
            if temperature & 0x8000:
                temperature -= 0x10000
            if index != current:
                self._close(current, readings, warmth, coldest, warmest, damp, driest, dampest)
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

    def values(self, name):
        """The values of one of the SERIES in order, in hundredths; None where there is no reading. Ends the adding."""
        self._close(*self._point)
        self._point = _NO_POINT
        blocks = self._series[SERIES.index(name)]
        for index in range(self.count):
            value = blocks[index // _BLOCK_POINTS][index % _BLOCK_POINTS]
            yield None if value == _EMPTY else value

    def _close(self, index, readings, warmth, coldest, warmest, damp, driest, dampest):
        if not readings:
            return
        values = round(warmth / readings), coldest, warmest, round(damp / readings), driest, dampest
        for blocks, name, value in zip(self._series, SERIES, values):
            block, place = blocks[index // _BLOCK_POINTS], index % _BLOCK_POINTS
            before = block[place]
            if before != _EMPTY:
                value = min(value, before) if "_min_" in name else max(value, before) if "_max_" in name else (value + before) // 2
            block[place] = value
