"""Threads with the stack a computer needs: its C frames are several times those of the chip."""

import _thread as _real

_LEAST_STACK_BYTES = 256 * 1024


def stack_size(size=0):
    _real.stack_size(max(size * 16, _LEAST_STACK_BYTES))
    return size


def __getattr__(name):
    return getattr(_real, name)
