"""The calendar: Unix seconds to dates in UTC, and back, from 1970 to February 2100: until then every fourth year is a leap year.

Years are counted from 1968-03-01, day -671: when they begin in March, the leap day is a year's last.
"""


def iso(time_s):
    """Such as "2026-11-22T20:05:03Z"; None for None."""
    if time_s is None:
        return None
    days = time_s // 86400 + 671
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
