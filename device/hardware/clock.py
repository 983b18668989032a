"""The clock: the time of day once sources agree on it, and seconds since power-on that never wrap."""

import asyncio
import time

from core.on_demand import Borrowed

DAY_S = 86400
SOURCES = ("none", "server", "phone", "ntp")
"""Who told the time, the least exact first: nobody, a web server's reply, the phone at set-up, a time server."""
UNKNOWN = (None, 0, ())


class ChipTime:
    """The chip's own clock as Unix seconds. It runs on through every reset but starts at 2000-01-01 after a power cut."""

    def __init__(self):
        self._epoch_s = 946684800 if time.gmtime(0)[0] == 2000 else 0  # 2000 on the ESP32, 1970 on a computer

    def seconds(self):
        return int(time.time()) + self._epoch_s

    def set_seconds(self, unix_s):
        from machine import RTC

        year, month, day, hour, minute, second, weekday = time.gmtime(unix_s - self._epoch_s)[:7]
        RTC().datetime((year, month, day, weekday, hour, minute, second, 0))

    def from_time_server(self):
        """Unix seconds by NTP. Blocks for a second or more; raises OSError."""
        import ntptime

        return ntptime.time() + self._epoch_s


class Clock:
    """Knows the time of day (or that it does not), the uptime, and which session - the time from one power-on to the next - this is.

    `memory` survives a reset but not a power cut: `get(name)` and `set(name, int)`. In it stands what the chip's clock said at
    power-on, so uptime goes on counting over a restart. For every session that learned the time, the Unix time of its power-on is
    kept on flash in `path`: readings taken before the time was known, or stamped by a source that was wrong, get it from there
    afterwards (core/timestamps.py). `background` is where time servers are asked. Whom to believe is hardware/time_sources.py.
    """

    def __init__(self, memory, background, path="/sessions.json", chip=None):
        self.memory = memory
        self._background = background
        self.path = path
        self.chip = chip or ChipTime()
        self.starts = {}  # {session: (Unix time of its power-on or None, rank of who told it, those that turned out wrong)}
        self.voices = {}  # as core.timestamps.judge has them
        self.newest_s = None
        """The newest time that readings of earlier sessions have, or None: what a source tells is held against it."""
        with Borrowed():
            from hardware.time_sources import begin

            begin(self)

    @property
    def source(self):
        """Who told the time: a word of `SOURCES`, or "doubtful" while sources contradict each other."""
        return "doubtful" if self.is_doubtful() else SOURCES[self.starts.get(self.session, UNKNOWN)[1]]

    def now(self):
        """Unix seconds, or None while the time is unknown or doubtful."""
        seconds = self.chip.seconds()
        return seconds if 1704067200 <= seconds < 4102444800 and not self.is_doubtful() else None  # from 2024 to 2100

    def uptime_s(self):
        """Seconds since power-on; restarts do not reset it and setting the clock does not move it."""
        return self.chip.seconds() - self.base_s

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
        try:
            return self.set(await self._background.run(self.chip.from_time_server), "ntp")
        except (OSError, IndexError, MemoryError):  # no answer, half an answer, no room for a thread
            return False

    async def keep(self, server_time, online):
        """Keep the clock right for ever: a time server, and a web server beside it, at the start, daily, and in doubt within minutes.

        server_time: a coroutine function that gives the Unix time of a web server's reply, or None. online: whether anybody can be asked.
        """
        due_s = pause_s = 0
        while True:
            now_s = self.uptime_s()
            if online() and (now_s >= due_s or self.is_doubtful() and now_s + 140 < due_s):
                if await self._ask(server_time):
                    pause_s = 0
                    due_s = DAY_S
                elif self.is_doubtful():
                    due_s = 140  # less than half of core.timestamps.SILENT_S
                else:
                    due_s = pause_s = min(2 * pause_s or 4, 60 if self.now() is None else 3600)
                due_s += self.uptime_s()
            await asyncio.sleep(4)

    async def _ask(self, server_time):
        is_set = await self.synchronise()
        heard = self.voices.get("server")  # with every upload, while there are any
        if not heard or self.now() is None or self.uptime_s() - heard[2] > DAY_S:
            try:
                self.set(await server_time() or 0, "server")
            except MemoryError:
                pass  # there is a next time
        return is_set and not self.is_doubtful()

    def is_doubtful(self):
        known = self.starts.get(self.session)
        return known is not None and known[0] is None
