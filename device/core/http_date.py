"""The time in the `Date` header of a web server. Loaded on demand."""

_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def from_http(text):
    """The Unix time of an HTTP `Date` header, "Sun, 22 Nov 2026 20:05:03 GMT" (RFC 9110, 5.6.7), or None for anything else."""
    try:
        _, day, month, year, clock, _ = text.split()
        hour, minute, second = clock.split(":")
        return unix_s(int(year), _MONTHS.index(month) // 3 + 1, int(day), int(hour), int(minute), int(second))
    except (ValueError, AttributeError):
        return None


def unix_s(year, month, day, hour=0, minute=0, second=0):
    """Seconds since 1970-01-01 UTC. Days by Howard Hinnant's `days_from_civil` (https://howardhinnant.github.io/date_algorithms.html)."""
    if month <= 2:
        year -= 1
        month += 12
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
    return ((days * 24 + hour) * 60 + minute) * 60 + second
