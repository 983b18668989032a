"""The LED, as it was seen."""


class Light:
    """The levels of the output pins, a line each: seconds since power-on, pin, level."""

    LONGEST_BYTES = 1_000_000

    def __init__(self, path, uptime_s):
        self._file = open(path, "w", buffering=1)
        self._uptime_s = uptime_s

    def note(self, pin, level):
        if self._file.tell() > self.LONGEST_BYTES:
            self._file.truncate(0)
            self._file.seek(0)
        self._file.write("%.3f %d %d\n" % (self._uptime_s(), pin, level))
