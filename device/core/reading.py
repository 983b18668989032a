"""One reading: what the sensor said, and when; or why it said nothing."""

from collections import namedtuple

OFFSET_UNKNOWN = 1
"""Flag: neither a clock nor a later anchor tells when this session was; `time_s` stays None."""


class SensorSilent(Exception):
    """The sensor did not answer."""


class SensorChecksum(Exception):
    """The sensor answered, and its checksum did not fit."""


Reading = namedtuple("Reading", ("time_s", "uptime_s", "session", "temperature_c", "humidity_pct", "flags"))
"""time_s: Unix seconds UTC, or None while the clock is unknown. uptime_s: seconds since power-on. session: the power-on it belongs
to, modulo 256. temperature_c: degrees Celsius. humidity_pct: relative humidity in percent. flags: bits, see above."""
