"""The simulated world's time: it runs faster than the real one when asked to and never goes back."""

import json
import time
from pathlib import Path

BUSY_S, BUSY_SHARE = 10.0, 0.95


class VirtualClock:
    """`now()` is the simulated world's Unix time in seconds; it is kept in `path` so that a later start continues after it."""

    def __init__(self, path, speed):
        self.speed = speed
        self._path = path
        self.real_start = time.time()
        self.virtual_start = max(self.real_start, self._kept())

    def now(self):
        return self.virtual_start + (time.time() - self.real_start) * self.speed

    def real_s(self, virtual_s):
        """How many real seconds `virtual_s` take."""
        return virtual_s / self.speed

    def keep(self):
        """Write down a time that is a little ahead: what a kill leaves must not be earlier than what the device has seen."""
        unfinished = self._path.with_suffix(".new")
        unfinished.write_text(json.dumps({"virtual_unix_s": self.now() + 2 * self.speed}))
        unfinished.replace(self._path)

    def _kept(self):
        try:
            return float(json.loads(self._path.read_text())["virtual_unix_s"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0.0


class Pace:
    """Says once when the chip cannot keep up with the virtual time: it has not rested for `BUSY_S` real seconds."""

    def __init__(self, speed, say):
        self._is_done = speed == 1
        self._speed, self._say = speed, say
        self._since = None

    def look(self, process_id):
        """Look at the chip that is this process; where the system does not tell how busy one is, nothing is said."""
        if self._is_done:
            return
        now, busy_s = time.monotonic(), _busy_s(process_id)
        if busy_s is None or self._since is None or self._since[0] != process_id:
            self._since = busy_s is not None and (process_id, now, busy_s) or None
        elif now - self._since[1] >= BUSY_S:
            if busy_s - self._since[2] > BUSY_SHARE * (now - self._since[1]):
                self._is_done = True
                self._say("This computer is too slow for --speed %s: the chip never rests, and what it does comes late." % self._speed)
            self._since = (process_id, now, busy_s)


def _busy_s(process_id):
    """The seconds that the process' main thread has run, or waited for a processor to run on."""
    try:
        ran, waited, _ = (Path("/proc") / str(process_id) / "schedstat").read_text().split()
    except (OSError, ValueError):
        return None
    return (int(ran) + int(waited)) / 1e9
