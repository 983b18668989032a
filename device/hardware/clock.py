"""The clock: the time of day once somebody told it, and seconds since power-on that never wrap."""

import asyncio
import time

from core.on_demand import load, paged

EARLIEST_S = 1704067200  # 2024-01-01: before this the chip's clock was never set, or its teller is wrong
LATEST_S = 4102444800  # 2100-01-01
ZERO_S = 2085978496  # 2036-02-07 06:28:16: what stock ntptime makes of a reply of zero, which means that the server knows no time
DAY_S = 86400
HOUR_S = 3600
FIRST_PAUSE_S = 4  # at the start the Wi-Fi is not joined yet
LONGEST_PAUSE_S = 60
CLOSE_S = 10  # how far a web server and a time server may be apart without one of them being wrong
SOURCES = ("none", "server", "phone", "ntp")
"""Who told the time, the least trusted first: nobody, a web server's reply, the phone at set-up, a time server."""


class ChipTime:
    """The chip's own clock as Unix seconds. It runs on through every reset but starts at 2000-01-01 after a power cut."""

    def __init__(self):
        self._epoch_s = 946684800 if time.gmtime(0)[0] == 2000 else 0  # 2000 on the ESP32, 1970 on a computer

    def seconds(self):
        return int(time.time()) + self._epoch_s

    @paged
    def set_seconds(self, unix_s):
        from machine import RTC

        year, month, day, hour, minute, second, weekday = time.gmtime(unix_s - self._epoch_s)[:7]
        RTC().datetime((year, month, day, weekday, hour, minute, second, 0))

    @paged
    def from_time_server(self):
        """Unix seconds by NTP. Blocks for a second or more; raises OSError."""
        import ntptime

        return ntptime.time() + self._epoch_s


class Clock:
    """Knows the time of day (or that it does not), the uptime, and which session - the time from one power-on to the next - this is.

    `memory` survives a reset but not a power cut: `get(name)` and `set(name, int)`. In it stands what the chip's clock said at
    power-on, so uptime goes on counting over a restart. For every session that learned the time, the Unix time of its power-on is
    kept on flash in `path`: readings taken before the time was known are stamped with it afterwards.
    """

    @paged
    def __init__(self, memory, path="/sessions.json", chip=None):
        self._memory = memory
        self._path = path
        self._chip = chip or ChipTime()
        self.session, self._starts = load("hardware.sessions").load(path)
        self._base_s = memory.get("uptime_base_s")
        if not self._base_s or not 0 <= self.uptime_s() < 20 * 366 * DAY_S:
            self._begin_session()
        else:
            self.session = memory.get("session")

    @property
    @paged
    def source(self):
        """Who told the time: a word of `SOURCES`."""
        return SOURCES[self._rank()]

    def now(self):
        """Unix seconds, or None while the time is unknown."""
        seconds = self._chip.seconds()
        return seconds if EARLIEST_S <= seconds < LATEST_S else None

    def uptime_s(self):
        """Seconds since power-on; restarts do not reset it and setting the clock does not move it."""
        return self._chip.seconds() - self._base_s

    def offset(self, session):
        """The Unix time of that session's power-on, or None: add a reading's `uptime_s` to get its time.

        It does not move while the clock is corrected by a second a day: a reading must get the same time whenever it is asked for,
        for ThingSpeak knows one that it has already by its time.
        """
        known = self._starts.get(session)
        return known and known[0]

    def place(self, session, start_s):
        """Take `start_s` (Unix time) for the power-on of an earlier session that never learned it."""
        self._learn(session, (start_s, 0))

    @paged
    def set(self, unix_s, source):
        """Take the time from `source`, unless it is implausible or a better source has spoken. Returns whether it was taken."""
        rank = SOURCES.index(source)
        if not EARLIEST_S <= unix_s < LATEST_S or unix_s == ZERO_S or (self.now() and rank < self._rank()):
            return False
        before_s = self._chip.seconds()
        self._chip.set_seconds(unix_s)
        self._base_s += self._chip.seconds() - before_s
        self._memory.set("uptime_base_s", self._base_s)
        if rank > self._rank():
            start_s = self.offset(self.session)
            if start_s is None or abs(start_s - self._base_s) > CLOSE_S:
                start_s = self._base_s
            self._learn(self.session, (start_s, rank))
        return True

    @paged
    async def synchronise(self, background):
        """Ask a time server, in the background. Returns whether the clock is set by it now."""
        try:
            return self.set(await background.run(self._chip.from_time_server), "ntp")
        except (OSError, IndexError, MemoryError):  # no answer, half an answer, no room for a thread
            return False

    async def keep(self, background, server_time):
        """Keep the clock right for ever: a time server at start and daily; while the time is unknown also `await server_time()`."""
        pause_s = FIRST_PAUSE_S
        while True:
            if await self.synchronise(background):
                pause_s = FIRST_PAUSE_S
                await asyncio.sleep(DAY_S)
                continue
            try:
                if self.now() is None:
                    self.set(await server_time() or 0, "server")
            except MemoryError:
                pass  # there is a next time
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S if self.now() is None else HOUR_S)

    @paged
    def _rank(self):
        return self._starts.get(self.session, (0, 0))[1]

    @paged
    def _begin_session(self):
        self.session = (self.session + 1) % 256
        self._base_s = self._chip.seconds()
        self._starts.pop(self.session, None)
        self._memory.set("uptime_base_s", self._base_s)
        self._memory.set("session", self.session)
        load("hardware.sessions").save(self._path, self.session, self._starts)

    @paged
    def _learn(self, session, start):
        """Keep the start on flash first: what is only known here would not be asked for again."""
        starts = dict(self._starts)
        starts[session] = start
        load("hardware.sessions").save(self._path, self.session, starts)
        self._starts = starts
