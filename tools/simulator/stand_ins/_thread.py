"""Threads whose stacks come out of the chip's memory, with the stack a computer needs: its C frames are several times as large."""

import _thread as _real

from micropython import const

from stand_ins import gc, link

_LEAST_STACK_BYTES = const(256 * 1024)

_stack = 0


def stack_size(size=0):
    global _stack
    before, _stack = _stack, size
    _real.stack_size(max(size * 16, _LEAST_STACK_BYTES))
    return before


def start_new_thread(function, arguments, options=None):
    """Raises OSError(12) when the chip has no memory for its stack."""
    number = link.ask("thread", _stack, gc.live())
    try:
        return _real.start_new_thread(_run, (number, function, arguments, options))
    except OSError:
        link.tell("thread_ended", number)
        raise


def _run(number, function, arguments, options):
    try:
        if len(arguments) == 3 and not options:  # the chip's needs no memory of Python's to begin, as this call
            function(arguments[0], arguments[1], arguments[2])
        else:
            function(*arguments, **(options or {}))
    finally:
        link.tell("thread_ended", number)


def __getattr__(name):
    return getattr(_real, name)
