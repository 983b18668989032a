"""The clock: the time of day once sources agree on it, and seconds since power-on that never wrap."""

import time

from core.on_demand import Borrowed


class Clock:
    """Knows the time of day (or that it does not), the uptime, and which session - the time from one power-on to the next - this is.

    `memory` survives a reset but not a power cut: `get(name)` and `set(name, int)`. In it stands what the chip's clock said at
    power-on, so uptime goes on counting over a restart. For every session that learned the time, the Unix time of its power-on is
    kept on flash in `path`: readings taken before the time was known, or stamped by a source that was wrong, get it from there
    afterwards (core/timestamps.py). `background` is where time servers are asked. Whom to believe, and when they are asked, is
    hardware/time_sources.py, which notes here: `base_s`, `session`, `source`, who told the time, and `due_s`, the uptime to ask again.
    """

    due_s = pause_s = 0
    newest_s = None
    """The newest time that readings of earlier sessions have, or None: what a source tells is held against it."""

    def __init__(self, memory, background, path="/sessions.json"):
        self.memory = memory
        self.background = background
        self.path = path
        with Borrowed():
            from hardware.time_sources import begin

            begin(self)

    def chip_s(self):
        """The chip's own clock in Unix seconds. It runs on through every reset but starts at 2000-01-01 after a power cut."""
        return int(time.time()) + self.epoch_s

    def now(self):
        """Unix seconds, or None while the time is unknown or doubtful."""
        seconds = self.chip_s()
        return seconds if seconds >= 1704067200 and self.source != "doubtful" else None  # 2024

    def uptime_s(self):
        """Seconds since power-on; restarts do not reset it and setting the clock does not move it."""
        return self.chip_s() - self.base_s

    def place(self, session, start_s):
        """Take `start_s` (Unix time) for the power-on of an earlier session that never learned it."""
        with Borrowed():
            from hardware.time_sources import UNKNOWN, learn

            learn(self, session, start_s, 0, self.starts.get(session, UNKNOWN)[2])

    def set(self, unix_s, source):
        """Hear what `source` says. Returns whether the clock is set by it: not if it is implausible, contradicted or less exact."""
        with Borrowed():
            from hardware.time_sources import hear

            return hear(self, unix_s, source)

    async def synchronise(self):
        """Ask a time server. Returns whether the clock is set by it now."""
        with Borrowed():
            from hardware.time_sources import synchronise
        return await synchronise(self)


class EventLog:
    """Call it with a message: it is printed with its time, and the last 700 characters are kept; what is repeated is kept once.

    What is said every minute while all is well only goes to the console (`say`): it would push out in half an hour what tells of troubles.
    A line starts with `HH:MM:SS` in UTC once the time is known, with `+seconds` of uptime before.
    """

    def __init__(self, clock):
        self.clock = clock
        self.lines = []

    def __call__(self, message):
        lines = self.lines
        try:
            line = self.say(message)
            if not lines or lines[-1][10:] != line[10:]:
                lines.append(line)
                while sum(map(len, lines)) > 700:
                    lines.pop(0)
        except MemoryError:
            print(message)  # a line less is kept

    def say(self, message):
        """Print the message with its time. Returns the line."""
        now = self.clock.now()
        when = "%+8d" % self.clock.uptime_s() if now is None else "%02d:%02d:%02d" % (now // 3600 % 24, now // 60 % 60, now % 60)
        line = "%s  %s" % (when, message[:120])
        print(line)
        return line
