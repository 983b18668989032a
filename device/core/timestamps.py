"""Time stamps of readings: whom to believe about the time, stamps found or mended afterwards, and none given twice."""

import asyncio

from core.reading import with_time

DAY_S = 86400
SILENT_S = 300
"""A source that stays out of a dispute this long has given it up; the clock asks each one twice as often."""
BATCH = 16

TAKE = "take"
KEEP = "keep"
DOUBT = "doubt"
"""What to do with a time that was told: set the clock by it, let it be, or believe nobody for now."""


def judge(voices, source, start_s, uptime_s, newest_s):
    """Whether to believe `source`, which tells at `uptime_s` that power-on was at `start_s` (Unix time). Returns TAKE, KEEP or DOUBT.

    voices: {source: (start_s, since when it says so, when it last did)}, kept up to date here. newest_s: the newest time that
    readings of earlier sessions have, or None. A time that lies before that, or more than a year behind it, needs a second source, or
    to be told again minutes later. So does one that contradicts another source by more than a day.
    """
    before = voices.get(source)
    first_s = before[1] if before and _near(before[0], start_s) else uptime_s
    voices[source] = start_s, first_s, uptime_s
    others = {name: voice for name, voice in voices.items() if name != source}
    fits = _fits(start_s, newest_s)
    if any(_near(voice[0], start_s) for voice in others.values()):
        believed = True
    elif others and not fits and any(_fits(voice[0], newest_s) for voice in others.values()):
        return KEEP  # the journal and the other source speak against it
    else:
        repeated = uptime_s - first_s >= 120 and all(uptime_s - voice[2] > SILENT_S for voice in others.values())
        fits_alone = fits and not (others and any(_fits(voice[0], newest_s) for voice in others.values()))
        believed = repeated or fits_alone
    if not believed:
        return DOUBT
    for name, voice in others.items():
        if not _near(voice[0], start_s):
            del voices[name]
    return TAKE


def _near(one_s, other_s):
    return abs(one_s - other_s) <= DAY_S


def _fits(start_s, newest_s):
    return newest_s is None or newest_s - DAY_S <= start_s <= newest_s + 366 * DAY_S


def time_of(reading, clock):
    """The Unix time of the reading, or None: its own stamp, or that of its session's power-on plus the uptime it was taken at.

    clock: as hardware/clock.py. A stamp that a refuted clock gave, or that lies in the future, does not count.
    """
    now_s, time_s, uptime_s = clock.now(), reading.time_s, reading.uptime_s
    latest_s = None if now_s is None else now_s + DAY_S
    if time_s is not None and not any(_near(time_s - uptime_s, start_s) for start_s in clock.refuted(reading.session)):
        if latest_s is None or time_s <= latest_s:
            return time_s
    start_s = clock.offset(reading.session)
    if start_s is None or latest_s is not None and start_s + uptime_s > latest_s:
        return None
    return start_s + uptime_s


def stamped(reading, clock):
    """The reading with its time, if that is known by now."""
    time_s = time_of(reading, clock)
    return reading if time_s == reading.time_s else with_time(reading, time_s)


def newest(journal, clock):
    """The time of the last reading, if it is of an earlier session and known, else None."""
    for _, reading in journal.walk(max(journal.first, journal.end - 1), 1):
        if reading and reading.session != clock.session:
            return time_of(reading, clock)
    return None


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


async def unused(time_s, journal):
    """`time_s`, or the next second that no reading has: ThingSpeak keeps one entry a second and drops others in silence.

    Only needed when the clock was set back, so that seconds come again. Looks through the newest 4096 readings.
    """
    walked = 0
    for _, reading in journal.walk(max(journal.first, journal.end - 4096), BATCH):
        if reading and reading.time_s == time_s:
            time_s += 1
        walked += 1
        if walked % BATCH == 0:
            await asyncio.sleep(0)
    return time_s
