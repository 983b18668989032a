"""One upload: the next readings go to ThingSpeak, and what it answers decides what goes next, and when."""

import asyncio
import random

from core.thingspeak import bulk_request, update_request, verdict
from core.timestamps import place, stamped


def new(channel_id):
    """A delivery that has not begun: a plain dict, so that it can outlive this module.

    due_s: the uptime of the next attempt. most: readings in a request. state, problem, last_entry_id, sent and channel_id are those of
    /api/readings. A reading that is refused as bad is put off, and others are tried in its place, `ahead` of the cursor. When one of those
    was accepted, `ahead` is -1: the bad one is tried once more, and passed over when it is refused again. So a server that refuses
    everything for an hour costs nothing.
    """
    delivery = {"due_s": 0, "failures": 0, "most": 960, "ahead": 0, "sent": 0, "state": "ok", "channel_id": channel_id}
    delivery["problem"] = delivery["last_entry_id"] = None
    return delivery


async def upload(device, delivery):
    """Send what is due, and keep what ThingSpeak tells of the channel. Raises MemoryError. See `send_next`."""
    if "most" not in delivery:
        delivery.update(new(delivery["channel_id"]))
    unkept = None if device.journal.waiting() else delivery.get("unkept")
    stored_s = await send_next(device, delivery, unkept)
    if stored_s is not None:
        delivery["last_time"] = stored_s
        if delivery.get("unkept") is unkept:
            delivery["unkept"] = None
    if delivery["channel_id"] not in (None, device.settings["channel_id"]):
        try:
            device.save_settings(dict(device.settings, channel_id=delivery["channel_id"]))
        except OSError:
            pass  # ThingSpeak tells it again


async def send_next(device, delivery, unkept):
    """Send the next readings of the journal, or `unkept`, one that flash did not take, when the journal has none.

    Returns the Unix time of the last one that is stored now, or None. Raises MemoryError. device: settings, journal, clock, log and send.
    delivery: a dict of the caller's, see `new`. In the journal what is refused for good counts as dropped.
    """
    journal, clock = device.journal, device.clock
    count, damaged, last, end = await _choose(journal, clock, delivery)
    if not count and unkept:
        last = stamped(unkept, clock)
        count = 1
    step = "advance"
    if count or delivery["ahead"]:
        told, failure = ("retry", None, None), ""
        if count:
            told, failure = await _send(device, delivery, count, last, end)
        else:  # every reading behind a bad one was tried as well: it is its turn again, after a pause
            delivery["ahead"] = 0
        step = note(delivery, told, failure, count or 1, clock.uptime_s(), random.random())
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


async def _send(device, delivery, count, last, end):
    """Send `count` readings up to the position `end`, the `last` one of them at hand; returns a verdict of core.thingspeak, and failure."""
    settings, log = device.settings, device.log
    if count == 1:
        request = update_request(settings, last, last.time_s)
    else:
        readings = _readings(device.journal, end, device.clock, last)
        request = bulk_request(settings, delivery["channel_id"], readings, count, last.time_s is not None)
    status, body, failure = await device.send(request, 30 if count == 1 else 60)
    if failure == "memory":
        raise MemoryError
    told = verdict(status, body, failure, count > 1)
    if told[0] == "accepted":
        if count == 1:
            log = log.say  # one a minute is no event
        log("ThingSpeak: %d stored, %d waiting" % (count, max(0, device.journal.waiting() - count)))
    elif told[0] != "no_network" or delivery["state"] != "offline":
        log("ThingSpeak: %s" % (failure or "%s (%d)" % (told[0], status)))
    return told, failure


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
    ahead, step = delivery["ahead"], "stay"
    if outcome == "accepted":
        delivery["sent"] += count
        delivery["last_entry_id"] = entry_id or delivery["last_entry_id"]
        delivery["channel_id"] = channel_id or delivery["channel_id"]
    if outcome == "accepted" or outcome == "conflict" and count == 1:
        if ahead > 0:
            ahead = -1
        else:
            ahead, step = 0, "advance"
            # 960: of a free account, https://www.mathworks.com/help/thingspeak/bulkwritejsondata.html
            delivery["most"] = min(960, 2 * delivery["most"])
    elif count == 1:
        if outcome == "bad_request":
            step = "pass over" if ahead < 0 else step
            ahead += 1
    elif outcome == "key_refused":
        # It may be the channel that is wrong: a single update asks for the key alone, and tells the channel.
        delivery["channel_id"] = None
        outcome = "conflict"
    elif outcome in ("retry", "bad_request", "conflict"):
        delivery["most"] = max(60 if outcome == "retry" else 1, count // 2)

    # ThingSpeak takes a write every 15 s for a channel, and our seconds are whole ones.
    pause_s = {"accepted": 16, "too_fast": 16, "key_refused": 600, "quota": 3600, "no_network": 5}.get(outcome, 1)
    # A few neighbours of a bad reading are tried at once; a server that refuses them all is given time.
    if outcome == "retry" or ahead > 3:
        delivery["failures"] = failures = min(10, delivery["failures"] + 1)
        pause_s = int(min(600, 5 << failures) * (0.75 + chance / 4))
    elif outcome != "no_network":  # which costs no attempt and forgives none
        delivery["failures"] = 0
    state = {"accepted": "ok", "conflict": "ok", "too_fast": "waiting", "no_network": "offline"}.get(outcome, "error")
    problem = None
    if outcome in ("key_refused", "quota"):
        state = problem = outcome
    elif state == "error":
        problem = failure if failure == "certificate" else "thingspeak_error"
    delivery.update({"ahead": ahead, "due_s": now_s + pause_s, "state": state, "problem": problem})
    return step
