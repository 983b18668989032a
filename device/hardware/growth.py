"""The one growth of Python's heap that is chosen: see hardware/heap.py for why. Loaded on demand."""

import _thread
import gc
import time

from hardware.heap import idf, total

ENOUGH_BYTES = 86 * 1024
"""A Python heap of this size needs no growth: it has grown already, or the board has PSRAM."""
STEP_BYTES = 256  # one of them stays for good
STACK_BACK_MS = 200  # the idle task gives the stack of an ended thread back


def grow(by):
    """Let Python's heap grow by about `by` bytes, before Wi-Fi takes its share. Returns (bytes before, after, pin); None for no growth.

    The pin must be kept for ever: an area that is empty would be given back. A thread whose stack takes all but `by` bytes of the
    largest block stands in the way while the heap is made to grow.
    """
    largest = idf()[1]
    before = total()
    if not by or largest is None or largest <= by or before >= ENOUGH_BYTES:
        return None
    lock = _thread.allocate_lock()
    lock.acquire()
    _thread.stack_size(largest - by)
    _thread.start_new_thread(lock.acquire, ())
    _thread.stack_size(0)
    held, largest = [], idf()[1]
    while idf()[1] == largest:
        held.append(bytearray(STEP_BYTES))
    pin = held[-1]
    held = None
    gc.collect()
    lock.release()
    time.sleep_ms(STACK_BACK_MS)
    gc.collect()
    return before, total(), pin
