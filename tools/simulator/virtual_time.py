"""The simulated world's time: it runs faster than the real one when asked to and never goes back."""

import json
import time


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
