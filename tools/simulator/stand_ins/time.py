"""Time as the ESP32 tells it: whole seconds since 2000, ticks that wrap after 12.4 days, all of it at the virtual speed."""

import time as _real

from micropython import const

UNIX_2000 = 946684800
_TICKS_MASK = const((1 << 30) - 1)
_TICKS_HALF = const(1 << 29)

_speed = 1
_virtual_start = _real_start = _rtc_offset = 0.0
_ticks_start = 0


def begin(speed, virtual_start, real_start, rtc_offset):
    """Start the clocks: at `real_start` (Unix seconds) the virtual time was `virtual_start`; the RTC shows that plus `rtc_offset`."""
    global _speed, _virtual_start, _real_start, _rtc_offset, _ticks_start
    _speed, _virtual_start, _real_start, _rtc_offset = speed, virtual_start, real_start, rtc_offset
    _ticks_start = _real.ticks_ms()


def virtual_unix_s():
    """The simulated world's time, which the device can only learn by NTP."""
    return _virtual_start + (_real.time() - _real_start) * _speed


def rtc_unix_s():
    """What the chip's own clock shows, as Unix seconds."""
    return virtual_unix_s() + _rtc_offset


def set_rtc_unix_s(unix_s):
    """Set the chip's own clock. Returns its new distance from the simulated world's time."""
    global _rtc_offset
    _rtc_offset = unix_s - virtual_unix_s()
    return _rtc_offset


def time():
    return int(rtc_unix_s() - UNIX_2000)


def gmtime(seconds=None):
    return _real.gmtime((time() if seconds is None else seconds) + UNIX_2000)[:8]


localtime = gmtime


def mktime(parts):
    return int(_real.mktime(tuple(parts[:8]) + (0,))) - UNIX_2000


def sleep(seconds):
    _real.sleep(seconds / _speed)


def sleep_ms(milliseconds):
    _real.sleep(max(0, milliseconds) / 1000 / _speed)


def ticks_ms():
    return int((_real.ticks_ms() - _ticks_start) * _speed) & _TICKS_MASK


def ticks_add(ticks, delta):
    return (ticks + delta) & _TICKS_MASK


def ticks_diff(end, start):
    return ((end - start + _TICKS_HALF) & _TICKS_MASK) - _TICKS_HALF
