"""The calendar: Unix seconds to dates, in UTC. The way back is in core/http_date.py."""


def date(time_s):
    """(year, month, day) of a Unix time, by Hinnant's `civil_from_days`."""
    days = time_s // 86400 + 719468
    era = days // 146097
    day_of_era = days - era * 146097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted_month + 2) // 5 + 1


def iso(time_s):
    """Such as "2026-11-22T20:05:03Z"; None for None."""
    if time_s is None:
        return None
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % (date(time_s) + (time_s // 3600 % 24, time_s // 60 % 60, time_s % 60))
