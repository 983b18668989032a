"""One upload: the next readings go to ThingSpeak, and what it answers decides what goes next, and when."""

import asyncio
import random

from core.thingspeak import bulk_request, update_request, verdict
from core.timestamps import place, stamped

OUTCOMES = {
    "accepted": (16, "ok"),  # ThingSpeak takes a write every 15 s for a channel, and our seconds are whole ones
    "too_fast": (16, "waiting"),
    "key_refused": (600, "key_refused"),
    "quota": (3600, "quota"),
    "conflict": (1, "ok"),
    "bad_request": (1, "error"),
    "no_network": (5, "offline"),
    "retry": (None, "error"),
}
"""What follows from an outcome: seconds until the next attempt, and the `state` of /api/readings."""


def new(channel_id):
    """A delivery that has not begun: a plain dict, so that it can outlive this module.

    due_s: the uptime of the next attempt. most: readings in a request. state, problem, last_entry_id, sent and channel_id are those of
    /api/readings. A reading that is refused as bad is put off, and others are tried in its place, `ahead` of the cursor. When one of those
    was accepted, `ahead` is -1: the bad one is tried once more, and passed over when it is refused again. So a server that refuses
    everything for an hour costs nothing.
    """
    delivery = {"due_s": 0, "failures": 0, "most": 960, "ahead": 0, "sent": 0}
    delivery.update({"state": "ok", "problem": None, "last_entry_id": None, "channel_id": channel_id})
    return delivery


async def send_next(device, delivery, unkept):
    """Send the next readings of the journal, or `unkept`, one that flash did not take, when the journal has none.

    Returns the Unix time of the last one that is stored now, or None. Raises MemoryError. device: settings, journal, clock, log and send.
    delivery: a dict of the caller's, empty at first; see `new`. In the journal what is refused for good counts as dropped.
    """
    journal = device.journal
    if not delivery:
        delivery.update(new(device.settings["channel_id"]))
    count, damaged, last, end = await _choose(journal, device.clock, delivery)
    if not count and unkept:
        last = stamped(unkept, device.clock)
        count = 1
    step = "advance"
    if count:
        step = await _attempt(device, delivery, count, last, end)
    elif delivery["ahead"]:  # every reading behind a bad one was tried as well: it is its turn again, after a pause
        delivery["ahead"] = 0
        step = note(delivery, ("retry", None, None), "", 1, device.clock.uptime_s(), random.random())
    if step == "stay":
        return None
    if step == "pass over":
        last = None
        journal.dropped += 1
        device.log("ThingSpeak: a reading was refused for good and is passed over")
    journal.damaged += damaged
    try:
        if end > journal.cursor:
            journal.move_cursor(end)
    except OSError:
        device.log("The upload cursor could not be written: flash is full or damaged")
    return last and last.time_s


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


async def _attempt(device, delivery, count, last, end):
    """Send `count` readings up to the position `end`, the `last` one of them at hand; returns what `note` does."""
    settings = device.settings
    if count == 1:
        request = update_request(settings, last)
    else:
        settings = dict(settings, channel_id=delivery["channel_id"])
        readings = _readings(device.journal, end, device.clock, last)
        request = bulk_request(settings, readings, count, last.time_s is not None)
    status, body, failure = await device.send(request, 30 if count == 1 else 60)
    if failure == "memory":
        raise MemoryError
    told = verdict(status, body, failure, count > 1)
    if told[0] == "accepted":
        log = device.log.say if count == 1 else device.log  # one a minute is no event
        log("ThingSpeak: %d stored, %d waiting" % (count, max(0, device.journal.waiting() - count)))
    elif told[0] != "no_network" or delivery["state"] != "offline":
        device.log("ThingSpeak: %s" % (failure or "%s (%d)" % (told[0], status)))
    return note(delivery, told, failure, count, device.clock.uptime_s(), random.random())


def _readings(journal, end, clock, last):
    for position, reading in journal.walk(journal.cursor):
        if position >= end:
            return
        if reading:
            reading = stamped(reading, clock)
            if reading.time_s is None and last.time_s is not None:
                return  # the time has become doubtful meanwhile: the request ends short, and nothing of it is stored
            yield reading


def note(delivery, verdict, failure, count, now_s, chance):
    """Take in what came of a request with `count` readings, and return what to do with the cursor.

    "stay", "advance" behind what was sent, or "pass over" the one reading, which ThingSpeak will never take. verdict, failure: as
    core.thingspeak and the uploader give them. now_s: seconds of uptime. chance: a random number from 0 to 1, so that devices that lost
    their server together do not come back together.
    """
    outcome, entry_id, channel_id = verdict
    ahead, most, failures, step = delivery["ahead"], delivery["most"], delivery["failures"], "stay"
    if outcome == "accepted":
        delivery["sent"] += count
        delivery["last_entry_id"] = entry_id or delivery["last_entry_id"]
        delivery["channel_id"] = channel_id or delivery["channel_id"]
    if outcome == "accepted" or outcome == "conflict" and count == 1:
        if ahead > 0:
            ahead = -1
        else:
            ahead, step = 0, "advance"
            most = min(960, most * 2)  # of a free account: https://www.mathworks.com/help/thingspeak/bulkwritejsondata.html
    elif outcome == "bad_request" and count == 1:
        step = "pass over" if ahead < 0 else step
        ahead += 1
    elif outcome == "key_refused" and count > 1:
        # It may be the channel that is wrong: a single update asks for the key alone, and tells the channel.
        delivery["channel_id"] = None
        outcome = "conflict"
    elif outcome in ("retry", "bad_request", "conflict") and count > 1:
        most = max(60 if outcome == "retry" else 1, count // 2)

    pause_s, state = OUTCOMES[outcome]
    problem = "thingspeak_error" if state == "error" else None
    if failure == "certificate" or state in ("key_refused", "quota"):
        problem = failure or state
    # A few neighbours of a bad reading are tried at once; a server that refuses them all is given time.
    if outcome == "retry" or ahead > 3:
        failures = min(10, failures + 1)
        pause_s = int(min(600, 5 << failures) * (0.75 + chance / 4))
    elif outcome != "no_network":  # which costs no attempt and forgives none
        failures = 0
    delivery.update({"ahead": ahead, "most": most, "failures": failures, "due_s": now_s + pause_s, "state": state, "problem": problem})
    return step
