"""The collector as the ESP32's: ESP-IDF's largest block counts as free. All in a board's bytes, without what the stand-ins take."""

import gc as _gc
import sys
import time as _time

from stand_ins import link

_WORDS = 2 if sys.maxsize > 1 << 31 else 1
"""64-bit words make the same objects twice as large as a board's."""
_LOOK_MS = 1000

_own = 0
_looked = 0


def begin(own):
    """Take what the stand-ins have for themselves."""
    global _own
    _own = own


def mem_alloc():
    return (_gc.mem_alloc() - _own) // _WORDS


def mem_free():
    used = mem_alloc()
    total, largest = link.ask("heap", live())
    return total - used + largest


def live():
    """What is left after a collection."""
    _gc.collect()
    return mem_alloc()


def look():
    """Tell how much Python has, once a second of real time."""
    global _looked
    if _time.ticks_diff(_time.ticks_ms(), _looked) >= _LOOK_MS:
        _looked = _time.ticks_ms()
        link.tell("python", live())


def __getattr__(name):
    return getattr(_gc, name)
