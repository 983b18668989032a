"""Memory: whether there is enough for the next piece of work, and when only a restart brings it back."""

import gc

BLOCK_BYTES = 512  # as much at one place as the largest function takes
FEW_BYTES = 320  # enough for a request: pages and documents then come in smaller pieces
BOTH_BYTES = 18 * 1024  # a request to ThingSpeak and a page: with less, pages wait until the request is through
SHORT_S = 60
LONGEST_SHORT_S = 600
LEFT_BYTES = 1024
"""So much stays free beside a block that is tried: on the chip a heap that finds none grows by itself, and TLS has no room any more."""
GROWN_BYTES = 4 * 1024  # more than this above what was chosen is a growth

_tellers = []


def ask(free):
    """From now on ask the callable `free` what Python may still take without growing: bytes, or None when it cannot be told."""
    _tellers[:] = [free]


def free():
    """Bytes that Python may still take without growing, in pieces; None where the collector does not tell. It collects first."""
    gc.collect()
    if _tellers:
        return _tellers[0]()
    return gc.mem_free() if hasattr(gc, "mem_free") else None


def can_allocate(size=BLOCK_BYTES):
    """True when one block of `size` bytes can be had.

    It collects first: what the work then keeps would otherwise lie between garbage, and leave only small pieces where that was.
    """
    if not has_free(size + LEFT_BYTES):
        return False
    try:
        bytearray(size)
        return True
    except MemoryError:
        return False


def has_free(size):
    """True when `size` bytes can be had in pieces; always where the collector does not tell."""
    left = free()
    return left is None or left >= size


def has_grown(chosen, total):
    """Whether a heap of `total` bytes is larger than it was made: `chosen` bytes, None for no choice."""
    return chosen is not None and total > chosen + GROWN_BYTES


class Shortage:
    """Decides when a fragmented heap is worth a restart: after a minute of it at a quiet moment, after ten at any."""

    def __init__(self):
        self._since = None

    def restart_due(self, enough, quiet, now):
        """enough: what `can_allocate` said. quiet: nobody is served and nothing is uploaded. now: seconds of uptime."""
        if enough:
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return now - self._since >= (SHORT_S if quiet else LONGEST_SHORT_S)
