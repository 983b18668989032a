"""The LED, and where the Wi-Fi was joined, as they were seen."""


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


class Joins:
    """The access points that were joined, over all power-ons, a line each: the world's Unix time, and the BSSID or `-` from then on."""

    def __init__(self, path, now):
        self._file = open(path, "a", buffering=1)
        self._now = now
        self._place = None

    def note(self, network):
        """`network`: an entry of world.json, or None."""
        place = network["bssid_bytes"].hex(":") if network else "-"
        if place != self._place:
            self._file.write("%.3f %s\n" % (self._now(), place))
        self._place = place
