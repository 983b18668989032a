"""Heartbeats: which loop has stopped making progress."""


class Heartbeats:
    """limits_s: {loop: seconds it may take between two beats}. A loop is watched from its first beat on. `now` is seconds of uptime."""

    def __init__(self, limits_s):
        self._limits_s = limits_s
        self._last = {}

    def beat(self, name, now):
        self._last[name] = now

    def overdue(self, now):
        """The name of a loop that has been silent for longer than it may, or None."""
        for name, last in self._last.items():
            if now - last > self._limits_s[name]:
                return name
        return None
