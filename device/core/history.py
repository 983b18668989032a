"""History: many readings as a few points, in memory that does not grow."""

from array import array

SPANS = (("1h", 3600), ("24h", 86400), ("7d", 604800), ("30d", 2592000))
"""Names and seconds of the spans a chart can show."""
MOST_POINTS = 360
BLOCK_POINTS = 60
NEAR_ENOUGH = 32
"""Positions that are cheaper to walk than to search."""
_EMPTY = -32768  # and as the two bytes of an array
_EMPTY_BYTES = b"\x00\x80"


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


def _empty(count):
    """Room for `count` values, in blocks that a heap in pieces has, too."""
    return [array("h", _EMPTY_BYTES * BLOCK_POINTS) for _ in range(-(-count // BLOCK_POINTS))]


class Points:
    """Means over steps of `step_s` seconds from `start_s` on: `add` the readings as they come, then read both quantities.

    Two bytes a value. Only the point at hand is summed up, for readings come in the order of their times; a point that is
    returned to after all, because a clock was corrected, is the mean of its two visits.
    """

    def __init__(self, start_s, step_s, count):
        self.start_s = start_s
        self.step_s = step_s
        self.count = count
        self._temperatures = _empty(count)  # 0.01 °C
        self._humidities = _empty(count)  # 0.01 %
        self._index = -1
        self._readings = self._temperature = self._humidity = 0

    def add(self, time_s, temperature_c, humidity_pct):
        """Count one reading; what lies outside is ignored."""
        index = (time_s - self.start_s) // self.step_s
        if not 0 <= index < self.count:
            return
        if index != self._index:
            self._close()
            self._index = index
        self._readings += 1
        self._temperature += round(temperature_c * 100)
        self._humidity += round(humidity_pct * 100)

    def temperature_c(self):
        """The means in order, None where there is no reading."""
        return self._means(self._temperatures)

    def humidity_pct(self):
        """The means in order, None where there is no reading."""
        return self._means(self._humidities)

    def _means(self, values):
        self._close()
        for index in range(self.count):
            value = values[index // BLOCK_POINTS][index % BLOCK_POINTS]
            yield None if value == _EMPTY else value / 100

    def _close(self):
        if self._readings:
            for values, total in ((self._temperatures, self._temperature), (self._humidities, self._humidity)):
                mean = round(total / self._readings)
                block, index = values[self._index // BLOCK_POINTS], self._index % BLOCK_POINTS
                block[index] = mean if block[index] == _EMPTY else (block[index] + mean) // 2
        self._readings = self._temperature = self._humidity = 0


class Extremes:
    """The lowest and highest values since `since_s`."""

    def __init__(self, since_s):
        self.since_s = since_s
        self.temperature_c = None
        self.humidity_pct = None

    def add(self, time_s, temperature_c, humidity_pct):
        """Count one reading; what is older is ignored."""
        if time_s >= self.since_s:
            self.temperature_c = _widened(self.temperature_c, temperature_c)
            self.humidity_pct = _widened(self.humidity_pct, humidity_pct)


def _widened(pair, value):
    if pair is None:
        return value, value
    return min(pair[0], value), max(pair[1], value)
