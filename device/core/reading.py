"""One reading: what the sensor said, and when."""

from collections import namedtuple

Reading = namedtuple("Reading", ("time_s", "uptime_s", "session", "temperature_c", "humidity_pct", "flags"))
"""time_s: Unix seconds UTC, or None while the clock is unknown. uptime_s: seconds since power-on. session: the power-on it belongs
to, modulo 256. temperature_c: degrees Celsius. humidity_pct: relative humidity in percent. flags: bits, none in use."""


def with_time(reading, time_s):
    """The same reading at `time_s`."""
    return Reading(time_s, reading.uptime_s, reading.session, reading.temperature_c, reading.humidity_pct, reading.flags)
