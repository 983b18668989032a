"""The clock: the time of day once sources agree on it, and seconds since power-on that never wrap."""

import asyncio
import time

from core.on_demand import Borrowed

SOURCES = ("none", "server", "phone", "ntp")
"""Who told the time, the least exact first: nobody, a web server's reply, the phone at set-up, a time server."""
UNKNOWN = (None, 0, ())


class Clock:
    """Knows the time of day (or that it does not), the uptime, and which session - the time from one power-on to the next - this is.

    `memory` survives a reset but not a power cut: `get(name)` and `set(name, int)`. In it stands what the chip's clock said at
    power-on, so uptime goes on counting over a restart. For every session that learned the time, the Unix time of its power-on is
    kept on flash in `path`: readings taken before the time was known, or stamped by a source that was wrong, get it from there
    afterwards (core/timestamps.py). `background` is where time servers are asked. Whom to believe is hardware/time_sources.py.
    """

    def __init__(self, memory, background, path="/sessions.json"):
        self.memory = memory
        self._background = background
        self.path = path
        self.epoch_s = 946684800 if time.gmtime(0)[0] == 2000 else 0  # 2000 on the ESP32, 1970 on a computer
        self.starts = {}  # {session: (Unix time of its power-on or None, rank of who told it, those that turned out wrong)}
        self.voices = {}  # {rank of a source: (the power-on it tells, uptime since when it says so undisputed)}
        self.newest_s = None
        """The newest time that readings of earlier sessions have, or None: what a source tells is held against it."""
        with Borrowed():
            from hardware.time_sources import begin

            begin(self)

    @property
    def source(self):
        """Who told the time: a word of `SOURCES`, or "doubtful" while sources contradict each other."""
        start_s, rank, refuted = self.starts[self.session]
        return "doubtful" if refuted and start_s is None else SOURCES[rank]

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

    def offset(self, session):
        """The Unix time of that session's power-on, or None: add a reading's `uptime_s` to get its time.

        It does not move while the clock is corrected by a second a day: a reading must get the same time whenever it is asked for,
        for ThingSpeak knows one that it has already by its time.
        """
        return self.starts.get(session, UNKNOWN)[0]

    def refuted(self, session):
        """The starts of that session (as `offset`) by which readings may be stamped and which turned out wrong, or doubtful."""
        return self.starts.get(session, UNKNOWN)[2]

    def place(self, session, start_s):
        """Take `start_s` (Unix time) for the power-on of an earlier session that never learned it."""
        with Borrowed():
            from hardware.time_sources import learn

            learn(self, session, start_s, 0, self.refuted(session))

    def set(self, unix_s, source):
        """Hear what `source` says. Returns whether the clock is set by it: not if it is implausible, contradicted or less exact."""
        with Borrowed():
            from hardware.time_sources import hear

            return hear(self, unix_s, source)

    async def synchronise(self):
        """Ask a time server, in the background. Returns whether the clock is set by it now."""
        import ntptime

        try:
            return self.set(await self._background.run(ntptime.time) + self.epoch_s, "ntp")
        except (OSError, IndexError, MemoryError):  # no answer, half an answer, no room for a thread
            return False

    async def keep(self, ask_server, online):
        """Keep the clock right for ever: a time server, and a web server beside it, at the start, daily, each minute until it is known.

        ask_server: a coroutine function that asks a web server, whose reply tells this clock. online: whether anybody can be asked.
        """
        asked_s = pause_s = 0
        while True:
            if online() and self.uptime_s() - asked_s >= (pause_s if self.now() else min(pause_s, 60)):
                asked_s = self.uptime_s()
                pause_s = min(2 * pause_s or 4, 3600)
                is_set = await self.synchronise()
                if is_set or self.now() is None:  # without a time server, every upload tells whether the clock is still right
                    try:
                        await ask_server()
                    except MemoryError:
                        pass  # there is a next time
                if is_set and self.now():
                    pause_s = 86400
            await asyncio.sleep(4)
