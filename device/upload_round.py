"""One upload: the next readings go to ThingSpeak, and the cursor follows. Loaded on demand."""

import asyncio

from core.journal import after
from core.on_demand import load
from core.outcomes import ACCEPTED, ADVANCE, NO_NETWORK, PASS_OVER, STAY

DEADLINE_S = 30
BULK_DEADLINE_S = 60
BATCH = 16


class Round:
    """The parts of one upload; `run` does it. They are the Logger's; `delivery` is its state, see core.delivery.

    Every other module is loaded where it is used and held no longer: while the request is under way there is no room for the rest.
    """

    def __init__(self, settings, delivery, journal, uploader, clock, log, chance):
        self._settings = settings
        self._delivery = delivery
        self._journal = journal
        self._uploader = uploader
        self._clock = clock
        self._log = log
        self._chance = chance
        self._count = self._damaged = 0
        self._first = self._last = None  # the first and last reading to send, stamped
        self._start = self._end = journal.cursor

    async def run(self):
        """Return the Unix time of the last reading that was stored now, or None."""
        await self._choose(load("core.delivery").size(self._delivery, self._journal.waiting()))
        if not self._count:
            if self._delivery["ahead"]:
                load("core.delivery").nothing_ahead(self._delivery, self._clock.uptime_s(), self._chance())
            else:
                self._move_cursor()  # nothing but damaged records
            return None
        single = self._count == 1
        return await self._send(self._request(), single)

    async def send_unkept(self, reading):
        """Send one reading that flash did not take; returns whether it is stored."""
        self._count = 1
        self._first = self._last = reading
        outcome, _ = await self._attempt(load("core.thingspeak").update_request(self._settings, reading), True)
        return outcome == ACCEPTED

    async def _choose(self, most):
        """Find the readings to send: from the cursor on, at most `most`, all with a time or all of one session without."""
        timestamps = load("timestamps")
        put_off = self._delivery["ahead"]
        walked = 0
        for position, reading in self._journal.walk(self._journal.cursor, BATCH):
            walked += 1
            if walked % BATCH == 0:
                await asyncio.sleep(0)
            if reading is None:
                self._damaged += 1
            elif put_off:
                put_off -= 1
            else:
                reading = timestamps.stamped(reading, self._clock)
                if reading.time_s is None and not self._count and self._clock.now() is not None:
                    await timestamps.place(reading, position, self._journal, self._clock)
                    reading = timestamps.stamped(reading, self._clock)
                if self._count == most or self._count and not _alike(self._first, reading):
                    return
                if not self._count:
                    self._first, self._start = reading, position
                self._last = reading
                self._count += 1
            self._end = after(position)

    def _request(self):
        if self._count == 1:
            return load("core.thingspeak").update_request(self._settings, self._first)
        settings = dict(self._settings, channel_id=self._delivery["channel_id"])
        return load("core.bulk_update").request(settings, self._readings(), self._count, self._first.time_s is not None)

    def _readings(self):
        stamped = load("timestamps").stamped
        for position, reading in self._journal.walk(self._start, BATCH):
            if position >= self._end:
                return
            if reading:
                yield stamped(reading, self._clock)

    async def _send(self, request, single):
        outcome, step = await self._attempt(request, single)
        if step != STAY:
            self._move_cursor()
        if step == PASS_OVER:
            self._log("ThingSpeak: one reading was refused for good and is passed over")
        return self._last.time_s if outcome == ACCEPTED and step == ADVANCE else None

    async def _attempt(self, request, single):
        status, body, failure = await self._uploader.send(request, DEADLINE_S if single else BULK_DEADLINE_S)
        if failure == "memory":
            raise MemoryError
        reply = load("core.thingspeak").verdict(status, body, failure)
        was_offline = self._delivery["state"] == "offline"
        step = load("core.delivery").note(self._delivery, reply, failure, self._count, single, self._clock.uptime_s(), self._chance())
        if reply.outcome == ACCEPTED:
            self._say_stored(reply.entry_id)
        elif reply.outcome != NO_NETWORK or not was_offline:
            self._log(load("core.upload_words").line(reply.outcome, failure, status))
        return reply.outcome, step

    def _say_stored(self, entry_id):
        if entry_id:
            self._log.say("ThingSpeak: entry %d stored" % entry_id)
        else:
            self._log("ThingSpeak: %d readings stored, %d waiting" % (self._count, max(0, self._journal.waiting() - self._count)))

    def _move_cursor(self):
        self._journal.damaged += self._damaged
        try:
            self._journal.move_cursor(self._end)
        except OSError:
            self._log("The upload cursor could not be written: flash is full or damaged")


def _alike(first, reading):
    if first.time_s is None or reading.time_s is None:
        return first.time_s is reading.time_s and first.session == reading.session
    return True
