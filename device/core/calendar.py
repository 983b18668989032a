"""The calendar: Unix seconds to dates in UTC, and back."""

def date(time_s):
    """(year, month, day) of a Unix time, by Hinnant's `civil_from_days` (https://howardhinnant.github.io/date_algorithms.html)."""
    days = time_s // 86400 + 719468
    era = days // 146097
    day_of_era = days - era * 146097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted_month + 2) // 5 + 1


def unix_s(year, month, day, hour=0, minute=0, second=0):
    """Seconds since 1970-01-01 UTC, by `days_from_civil` of the same author."""
    if month <= 2:
        year -= 1
        month += 12
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def iso(time_s):
    """Such as "2026-11-22T20:05:03Z"; None for None."""
    if time_s is None:
        return None
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % (date(time_s) + (time_s // 3600 % 24, time_s // 60 % 60, time_s % 60))


def from_iso(text):
    """The Unix time of "2026-11-22", "2026-11-22T20:05" or "2026-11-22T20:05:03Z" (UTC, with or without the Z); None for anything else."""
    text = text.rstrip("Z").replace(" ", "T")
    try:
        numbers = [int(text[at : at + (2 if at else 4)] or 0) for at in (0, 5, 8, 11, 14, 17)]
    except ValueError:
        return None
    time_s = unix_s(*numbers)  # what is beyond its range comes back as something else
    return time_s if time_s >= 0 and len(text) in (10, 13, 16, 19) and iso(time_s)[: len(text)] == text else None


def from_http(text):
    """The Unix time of an HTTP `Date` header, "Sun, 22 Nov 2026 20:05:03 GMT" (RFC 9110, 5.6.7), or None for anything else."""
    try:
        _, day, month, year, clock, _ = text.split()
        hour, minute, second = clock.split(":")
        month = "JanFebMarAprMayJunJulAugSepOctNovDec".index(month) // 3 + 1
        return unix_s(int(year), month, int(day), int(hour), int(minute), int(second))
    except (ValueError, AttributeError):
        return None
