"""One upload: the next readings go to ThingSpeak. What it answers decides what goes next, and when: core/thingspeak.py."""

import asyncio
import random

from core.on_demand import Borrowed
from core.timestamps import place, stamped


async def upload(device, delivery):
    """Send the next readings of the journal, or else the one that flash did not take, and keep what ThingSpeak tells of the channel.

    Of `device` it uses: settings, journal, clock, log, send and save_settings. delivery: see logger.Logger. In
    the journal what is refused for good counts as dropped. Raises MemoryError.
    """
    journal, clock = device.journal, device.clock
    unkept = None if journal.waiting() else delivery["unkept"]
    count, damaged, last, end = await _choose(journal, clock, delivery)
    if unkept:
        count, last = 1, stamped(unkept, clock)
    step = "advance"
    if count or delivery["ahead"]:
        step = await _send(device, delivery, count, last, end)
    if step != "stay":
        if step == "pass over":
            journal.dropped += 1
            device.log("ThingSpeak: a reading was refused for good and is passed over")
        elif last:
            delivery["last_time"] = last.time_s or delivery["last_time"]
            if delivery["unkept"] is unkept:
                delivery["unkept"] = None
        journal.damaged += damaged
        try:
            if end > journal.cursor:
                journal.move_cursor(end)
        except OSError:
            device.log("The upload cursor could not be written: flash is full or damaged")
    if delivery["channel_id"] not in (None, device.settings["channel_id"]):
        try:
            device.save_settings(dict(device.settings, channel_id=delivery["channel_id"]))
        except OSError:
            pass  # ThingSpeak tells it again


async def _choose(journal, clock, delivery):
    """How many readings go next, the damaged records between them, the last reading, and the position behind it."""
    put_off = delivery["ahead"]
    most = delivery["most"] if delivery["channel_id"] and not put_off else 1  # a single update needs no channel
    count = damaged = 0
    last = session = None
    end = journal.cursor
    for position, reading in journal.walk(end):
        if position % 16 == 0:
            await asyncio.sleep(0)
        if reading is None:
            damaged += 1
        elif put_off > 0:
            put_off -= 1
        else:
            reading = stamped(reading, clock)
            if reading.time_s is None and not count:
                for _ in place(reading, position, journal, clock):
                    await asyncio.sleep(0)
                reading = stamped(reading, clock)
            its_session = reading.session if reading.time_s is None else None
            if count == most or count and its_session != session:
                break  # all have a time, or all are of one session without
            last, session = reading, its_session
            count += 1
        end = position + 1
    return count, damaged, last, end


async def _send(device, delivery, count, last, end):
    """Send `count` readings up to the position `end`, the `last` one of them at hand; returns what core.thingspeak.note says."""
    status, body, failure = 0, b"", ""
    if count:
        with Borrowed():  # what makes the request, and what reads the reply, are not there meanwhile: it needs the memory
            from core.thingspeak import bulk_request, update_request

            if count == 1:
                request = update_request(device.settings, last, last.time_s)
            else:
                readings = _readings(device.journal, end, device.clock, last)
                request = bulk_request(device.settings, delivery["channel_id"], readings, count, last.time_s is not None)
        bulk_request = update_request = None
        status, body, failure = await device.send(request, 30 if count == 1 else 60)
        if failure == "memory":
            raise MemoryError
    else:  # every reading behind a bad one was tried as well: it is its turn again, after a pause
        delivery["ahead"] = 0
    with Borrowed():
        from core.thingspeak import note, verdict
    told, log = verdict(status, body, failure, count > 1), device.log
    if told[0] == "accepted":
        if count == 1:
            log = log.say  # one a minute is no event
        log("ThingSpeak: %d stored, %d waiting" % (count, max(0, device.journal.waiting() - count)))
    elif count and (told[0] != "no_network" or delivery["state"] != "offline"):
        log("ThingSpeak: %s" % (failure or "%s (%d)" % (told[0], status)))
    return note(delivery, told, failure, count or 1, device.clock.uptime_s(), random.random())


def _readings(journal, end, clock, last):
    for position, reading in journal.walk(journal.cursor):
        if position >= end:
            return
        if reading:
            reading = stamped(reading, clock)
            if reading.time_s is None and last.time_s is not None:
                return  # the time has become doubtful meanwhile: the request ends short, and nothing of it is stored
            yield reading
