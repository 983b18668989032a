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
