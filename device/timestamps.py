"""Time stamps of readings: found afterwards, and never given twice. Loaded on demand."""

import asyncio

from core.reading import Reading

LOOK_BACK = 4096
BATCH = 16


def stamped(reading, clock):
    """The reading with its time, if that is known by now: its own, or that of its session's power-on plus the uptime it was taken at."""
    if reading.time_s is not None:
        return reading
    start_s = clock.offset(reading.session)
    if start_s is None:
        return reading
    return with_time(reading, start_s + reading.uptime_s)


async def place(reading, position, journal, clock):
    """Give a time to the session of `reading`, at `position`, that power ended before anybody told it: right before the next that has one.

    It may have been earlier, by as long as power was away. Without any time its readings would go by the seconds between them, take
    seconds of later readings in the channel, and those would be dropped in silence.
    """
    lasted_s = walked = 0
    last = reading
    for _, one in journal.walk(position, BATCH):
        walked += 1
        if walked % BATCH == 0:
            await asyncio.sleep(0)
        if one:
            if one.session != last.session:
                lasted_s += last.uptime_s + 1
            last = stamped(one, clock)
            if last.time_s is not None:
                clock.place(reading.session, last.time_s - last.uptime_s - lasted_s)
                return
    start_s = clock.offset(clock.session)
    if start_s is not None:
        clock.place(reading.session, start_s - last.uptime_s - 1 - lasted_s)


def with_time(reading, time_s):
    """The same reading at `time_s`."""
    return Reading(time_s, reading.uptime_s, reading.session, reading.temperature_c, reading.humidity_pct, reading.flags)


async def unused(time_s, journal):
    """`time_s`, or the next second that no reading has: ThingSpeak keeps one entry a second and drops others in silence.

    Only needed when the clock was set back, so that seconds come again. Looks through the newest `LOOK_BACK` readings.
    """
    walked = 0
    for _, reading in journal.walk(max(journal.first, journal.end - LOOK_BACK), BATCH):
        if reading and reading.time_s == time_s:
            time_s += 1
        walked += 1
        if walked % BATCH == 0:
            await asyncio.sleep(0)
    return time_s
