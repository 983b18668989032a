"""The one growth of Python's heap that is chosen: see hardware/heap.py for why."""

import _thread
import gc
import time

from hardware import heap

ENOUGH_BYTES = 86 * 1024
"""A Python heap of this size needs no growth: it has grown already, or the board has PSRAM."""
STEP_BYTES = 256  # one of them stays for good


def grow(by):
    """Let Python's heap grow by about `by` bytes, before Wi-Fi takes its share. Returns (bytes before, bytes after), None for no growth.

    A thread whose stack takes all but `by` bytes of the largest block stands in the way while the heap is made to grow.
    """
    before = _total()
    if not by or before >= ENOUGH_BYTES:
        return None
    lock = _thread.allocate_lock()
    lock.acquire()
    _thread.stack_size(heap.idf()[1] - by)
    _thread.start_new_thread(lock.acquire, ())
    _thread.stack_size(0)
    held, largest = [], heap.idf()[1]
    while heap.idf()[1] == largest:
        held.append(bytearray(STEP_BYTES))
    heap.pin = held[-1]
    held = None
    gc.collect()
    lock.release()
    time.sleep_ms(200)  # the idle task gives the stack back
    gc.collect()
    return before, _total()


def _total():
    return heap.free() + gc.mem_alloc()
