"""One upload: the next readings go to ThingSpeak, and the cursor follows."""

import asyncio
import random

from core.journal import after
from core.on_demand import Borrowed

DEADLINE_S = 30
BULK_DEADLINE_S = 60
BATCH = 16

LINES = {
    "too_fast": "it takes one write every 15 s: later",
    "key_refused": "the key was refused, readings are kept",
    "quota": "the yearly messages are used up, next try in an hour",
    "conflict": "already there",
    "bad_request": "a reading was refused, others are tried first",
    "no_network": "no internet, readings are kept",
}


class Round:
    """The parts of one upload; `run` does it.

    device: settings, journal, clock, log and send. state: a dict of the caller's, empty at first; see core.delivery.new. In the journal
    what is refused for good counts as dropped. Other modules are borrowed for one step each: beside the request there is no room for them.
    """

    def __init__(self, device, state):
        if not state:
            with Borrowed():
                from core.delivery import new

                state.update(new(device.settings["channel_id"]))
        self._device = device
        self._state = state
        self._count = self._damaged = 0
        self._first = self._last = None  # the first and last reading to send, stamped
        self._start = self._end = device.journal.cursor

    async def run(self):
        """Return the Unix time of the last reading that was stored now, or None. Raises MemoryError."""
        state, journal = self._state, self._device.journal
        with Borrowed():
            from core import delivery

            most = delivery.size(state, journal.waiting())
        await self._choose(most)
        if not self._count:
            if state["ahead"]:
                delivery.nothing_ahead(state, self._device.clock.uptime_s(), random.random())
            else:
                self._move_cursor()  # nothing but damaged records
            return None
        delivery = None
        outcome, step = await self._attempt()
        if step == "pass over":
            journal.dropped += 1
            self._device.log("ThingSpeak: a reading was refused for good and is passed over")
        if step != "stay":
            self._move_cursor()
        return self._last.time_s if outcome == "accepted" and step == "advance" else None

    async def send_unkept(self, reading):
        """Send one reading that flash did not take; returns whether it is stored."""
        with Borrowed():
            from core.timestamps import stamped

            self._first = self._last = stamped(reading, self._device.clock)
        stamped = None
        self._count = 1
        return (await self._attempt())[0] == "accepted"

    async def _choose(self, most):
        """Find the readings to send: from the cursor on, at most `most`, all with a time or all of one session without."""
        with Borrowed():
            from core.timestamps import place, stamped
        journal, clock = self._device.journal, self._device.clock
        put_off = self._state["ahead"]
        walked = 0
        for position, reading in journal.walk(journal.cursor, BATCH):
            walked += 1
            if walked % BATCH == 0:
                await asyncio.sleep(0)
            if reading is None:
                self._damaged += 1
            elif put_off:
                put_off -= 1
            else:
                reading = stamped(reading, clock)
                if reading.time_s is None and not self._count and clock.now() is not None:
                    await place(reading, position, journal, clock)
                    reading = stamped(reading, clock)
                if self._count == most or self._count and not _alike(self._first, reading):
                    return
                if not self._count:
                    self._first, self._start = reading, position
                self._last = reading
                self._count += 1
            self._end = after(position)

    def _request(self):
        with Borrowed():
            from core import thingspeak

            if self._count == 1:
                return thingspeak.update_request(self._device.settings, self._first)
            settings = dict(self._device.settings, channel_id=self._state["channel_id"])
            return thingspeak.bulk_request(settings, self._readings(), self._count, self._first.time_s is not None)

    def _readings(self):
        with Borrowed():
            from core.timestamps import stamped
        for position, reading in self._device.journal.walk(self._start, BATCH):
            if position >= self._end:
                return
            if reading:
                reading = stamped(reading, self._device.clock)
                if reading.time_s is None and self._first.time_s is not None:
                    return  # the time has become doubtful meanwhile: the request ends short, and nothing of it is stored
                yield reading

    async def _attempt(self):
        device, state, count = self._device, self._state, self._count
        single = count == 1
        status, body, failure = await device.send(self._request(), DEADLINE_S if single else BULK_DEADLINE_S)
        if failure == "memory":
            raise MemoryError
        was_offline = state["state"] == "offline"
        with Borrowed():
            from core.delivery import note
            from core.thingspeak import verdict

            answer = verdict(status, body, failure, not single)
            step = note(state, answer, failure, count, single, device.clock.uptime_s(), random.random())
        outcome = answer.outcome
        if outcome != "accepted":
            if outcome != "no_network" or not was_offline:
                device.log("ThingSpeak: " + (LINES.get(outcome) or "%s, later again" % (failure or "error %d" % status)))
        elif single:
            device.log.say("ThingSpeak: entry %d stored" % answer.entry_id)
        else:
            device.log("ThingSpeak: %d readings stored, %d waiting" % (count, max(0, device.journal.waiting() - count)))
        return outcome, step

    def _move_cursor(self):
        journal = self._device.journal
        journal.damaged += self._damaged
        try:
            journal.move_cursor(self._end)
        except OSError:
            self._device.log("The upload cursor could not be written: flash is full or damaged")


def _alike(first, reading):
    if first.time_s is None or reading.time_s is None:
        return first.time_s is reading.time_s and first.session == reading.session
    return True
