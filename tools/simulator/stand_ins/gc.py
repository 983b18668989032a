"""The collector as the ESP32's: ESP-IDF's largest block counts as free. All in a board's bytes, without what the stand-ins take."""

import gc as _gc
import sys
import time as _time

from micropython import const

from stand_ins import link

_WORDS = 2 if sys.maxsize > 1 << 31 else 1
"""64-bit words make the same objects twice as large as a board's."""
_LOOK_MS = const(1000)

_SLACK_BYTES = const(10 * 1024)
"""Python may have so much more until it is seen to need it: a board's heap grows when no piece is large enough, though others are free."""

_own = 0
_first = 0
_kept_back = b""
_looked = 0
_somebody = None


def begin(own, first):
    """Set apart what the stand-ins have, `own` bytes, and what Python's heap does not begin with: it begins with `first` bytes."""
    global _own, _first, _kept_back
    _own, _first = own, first
    _kept_back = bytearray(max(0, _gc.mem_free() - (first + _SLACK_BYTES) * _WORDS))


def mem_alloc():
    return (_gc.mem_alloc() - _own - len(_kept_back)) // _WORDS


def mem_free():
    used = mem_alloc()
    total, largest = link.ask("heap", live())
    return total - used + largest


def live():
    """What is left after a collection. Where that is more than Python's heap begins with, it has grown."""
    _gc.collect()
    if _kept_back and mem_alloc() > _first:
        grown()
    return mem_alloc()


def grown():
    """The heap has grown, or Wi-Fi begins: from then on only the account tells how much Python has, and what that leaves to the chip."""
    global _kept_back
    _kept_back = b""


def look():
    """Tell how much Python has, once a second of real time. Where no more than so many bytes are to be left, somebody takes the rest."""
    global _looked, _somebody
    if _time.ticks_diff(_time.ticks_ms(), _looked) >= _LOOK_MS:
        _looked = _time.ticks_ms()
        _somebody = None
        left = link.ask("python", live())
        while left is not None and _gc.mem_free() > left * _WORDS:
            _somebody = bytearray(64), _somebody


def __getattr__(name):
    return getattr(_gc, name)
