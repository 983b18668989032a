"""Memory: whether there is enough for the next piece of work, and when only a restart brings it back."""

import gc

BLOCK_BYTES = 512  # as much at one place as the largest function takes
FEW_BYTES = 320  # enough for a request: pages and documents then come in smaller pieces
BOTH_BYTES = 26 * 1024  # a request to ThingSpeak and a page: with less, pages wait until the request is through
SHORT_S = 60
LONGEST_SHORT_S = 600


def can_allocate(size=BLOCK_BYTES):
    """True when one block of `size` bytes can be had.

    It collects first: what the work then keeps would otherwise lie between garbage, and leave only small pieces where that was.
    """
    gc.collect()
    try:
        bytearray(size)
        return True
    except MemoryError:
        return False


def has_free(size):
    """True when `size` bytes can be had in pieces; always where the collector does not tell."""
    gc.collect()
    return not hasattr(gc, "mem_free") or gc.mem_free() >= size


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
