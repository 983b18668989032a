"""Time stamps: Unix seconds as dates in UTC and back; those of readings found or mended afterwards, and none given twice.

The dates go from 1970 to February 2100: until then every fourth year is a leap year. `clock` is a hardware.clock.Clock.
"""

from core.reading import Reading

UNKNOWN = (None, 0, ())  # of `clock.starts`


def iso(time_s):
    """Such as "2026-11-22T20:05:03Z"; None for None."""
    if time_s is None:
        return None
    days = time_s // 86400 + 671  # since 1968-03-01: when years begin in March, the leap day is the last
    year = (4 * days + 3) // 1461
    days -= year * 1461 // 4
    month = (5 * days + 2) // 153
    day = days - (153 * month + 2) // 5 + 1
    if month >= 10:
        year += 1
        month -= 12
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % (1968 + year, month + 3, day, time_s // 3600 % 24, time_s // 60 % 60, time_s % 60)


def from_iso(text):
    """The Unix time of "2026-11-22", "2026-11-22T20:05" or "2026-11-22T20:05:03Z" (UTC, with or without the Z); None for anything else."""
    text = text.rstrip("Z").replace(" ", "T")
    if len(text) not in (10, 13, 16, 19):
        return None
    text += "T00:00:00Z"[len(text) - 10 :]
    least, beyond = 0, 1 << 32
    while least < beyond:  # such texts are in the order of their times
        middle = (least + beyond) // 2
        if iso(middle) < text:
            least = middle + 1
        else:
            beyond = middle
    return least if iso(least) == text else None


def from_http(text):
    """The Unix time of an HTTP `Date` header, "Sun, 22 Nov 2026 20:05:03 GMT" (RFC 9110, 5.6.7), or None for anything else."""
    try:
        _, day, month, year, clock, _ = text.split()
        month = "JanFebMarAprMayJunJulAugSepOctNovDec".index(month) // 3 + 1
    except (ValueError, AttributeError):
        return None
    return from_iso("%s-%02d-%sT%s" % (year, month, day, clock))


def stamped(reading, clock):
    """The reading with its Unix time, None where that is unknown: its own stamp, or its session's power-on plus its uptime.

    A stamp that a refuted clock gave, or that lies in the future, does not count.
    """
    time_s, uptime_s, session = reading[:3]
    latest_s = (clock.now() or 1 << 40) + 86400
    start_s, _, refuted = clock.starts.get(session, UNKNOWN)
    for wrong_s in refuted:
        if time_s is not None and abs(time_s - uptime_s - wrong_s) <= 86400:
            time_s = None
    if time_s is None or time_s > latest_s:
        time_s = None if start_s is None or start_s + uptime_s > latest_s else start_s + uptime_s
    return reading if time_s == reading.time_s else Reading(time_s, *reading[1:])


def newest(journal, clock):
    """The time of the last reading, if it is of an earlier session and known, else None."""
    for _, reading in journal.walk(max(journal.first, journal.end - 1), 1):
        if reading and reading.session != clock.session:
            return stamped(reading, clock).time_s
    return None


def place(reading, position, journal, clock):
    """Give a time to the session of `reading`, at `position`, that power ended before anybody told it: right before the next that has one.

    It may have been earlier, by as long as power was away. Without any time its readings would take seconds of later ones in the channel,
    and those would be dropped in silence. This may be a long walk: others run at each `yield`.
    """
    lasted_s = 0
    last = reading
    for at, one in journal.walk(position):
        if at % 16 == 0:
            yield
        if one:
            if one.session != last.session:
                lasted_s += last.uptime_s + 1
            last = stamped(one, clock)
            if last.time_s is not None:
                clock.place(reading.session, last.time_s - last.uptime_s - lasted_s)
                return
    start_s = clock.starts.get(clock.session, UNKNOWN)[0]
    if start_s is not None:
        clock.place(reading.session, start_s - last.uptime_s - 1 - lasted_s)


def unused(time_s, journal):
    """Yield `time_s`, or the next second that none of the newest 4096 readings has: the last one counts; others run meanwhile.

    ThingSpeak keeps one entry a second and drops others in silence. Only needed when the clock was set back, so that seconds come again.
    """
    for position, reading in journal.walk(max(journal.first, journal.end - 4096)):
        if reading and reading.time_s == time_s:
            time_s += 1
        if position % 16 == 0:
            yield time_s
    yield time_s


def first_since(journal, clock, time_s):
    """A position from which a walk misses no reading since `time_s` (Unix seconds), and begins at most some 32 readings early.

    Readings stand in the order of their times. One whose time is not known is taken as late: the walk is longer and never shorter.
    """
    first, end = journal.first, journal.end
    while end - first > 32:
        middle = (first + end) // 2
        found_s = None
        for _, reading in journal.walk(middle, 1):
            found_s = reading and stamped(reading, clock).time_s
            break
        if found_s is not None and found_s < time_s:
            first = middle + 1
        else:
            end = middle
    return first
