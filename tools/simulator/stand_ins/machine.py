"""The chip: pins, reset, the clock that survives a reset, and the watchdog."""

import struct
import time

from micropython import const

from stand_ins import gc, link

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
_PINS = const(40)
_RTC_MEMORY_BYTES = const(2048)

_chip = None
"""(reset cause, unique id, open file of the RTC memory), filled in at boot."""


def begin(cause, unique, rtc_memory_file):
    """Take what this start of the chip knows of the ones before."""
    global _chip
    _chip = (cause, unique, rtc_memory_file)


def reset():
    link.tell("reset")
    link.halt()


def reset_cause():
    return _chip[0]


def unique_id():
    return _chip[1]


class Pin:
    """One GPIO: the BOOT button is read from the world, outputs are noted as the LED's light."""

    IN, OUT, PULL_UP = 1, 3, 2

    def __init__(self, number, mode=-1, pull=-1, *, value=None):
        if not 0 <= number < _PINS:
            raise ValueError("invalid pin")
        self._number = number
        self._level = None
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None):
        self._is_output = mode == Pin.OUT
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is None:
            return self._level or 0 if self._is_output else link.ask("pin", self._number)
        level = 1 if level else 0
        if level != self._level:
            self._level = level
            link.tell("light", self._number, level)

    def __call__(self, level=None):
        return self.value(level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)


class RTC:
    """The clock and the memory that outlive a reset, not a power cut."""

    def datetime(self, parts=None):
        if parts is None:
            year, month, day, hour, minute, second, weekday, _ = time.gmtime()
            return (year, month, day, weekday, hour, minute, second, 0)
        year, month, day, _, hour, minute, second = parts[:7]
        link.tell("rtc", time.set_rtc_unix_s(time.mktime((year, month, day, hour, minute, second, 0, 0)) + time.UNIX_2000))

    def memory(self, content=None):
        file = _chip[2]
        file.seek(0)
        if content is None:
            return file.read(struct.unpack("<H", file.read(2))[0])
        if len(content) > _RTC_MEMORY_BYTES:
            raise ValueError("buffer too long")
        file.write(struct.pack("<H", len(content)) + content)


class WDT:
    """The watchdog: once started it cannot be stopped."""

    def __init__(self, id=0, timeout=5000):
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        link.tell("watchdog", timeout)

    def feed(self):
        link.tell_feed()
        gc.look()
