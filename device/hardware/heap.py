"""The two heaps of the chip: Python's own, and ESP-IDF's, from which Wi-Fi, sockets, threads and TLS live.

Measured on official ESP32 firmware 1.25 and 1.26 without PSRAM: Python begins with 56 kB. When that is too little, MicroPython doubles
it by itself, out of what TLS needs, and never gives it back. So the heap grows once by a chosen amount at the start, and from then
on everybody asks `free()` before taking much.
"""

import gc

try:
    import esp32
except ImportError:  # another port: there is no second heap
    esp32 = None

pin = None
"""Keeps what hardware/growth.py added from being given back while it is empty."""


def idf():
    """(free, largest block) of ESP-IDF's heap in bytes; (None, None) where there is none."""
    if esp32 is None:
        return None, None
    regions = esp32.idf_heap_info(esp32.HEAP_DATA)  # each: total, free, largest block, lowest free so far
    return sum(region[1] for region in regions), max(region[2] for region in regions)


def free():
    """Bytes that Python can take before its heap grows by itself. Collects garbage first."""
    gc.collect()
    if not hasattr(gc, "mem_free"):  # CPython
        return 1 << 20
    return gc.mem_free() - (idf()[1] or 0)  # mem_free() counts the block that it would grow by


def total():
    """Bytes of Python's heap, used and free."""
    if not hasattr(gc, "mem_free"):
        return 0
    return gc.mem_alloc() + gc.mem_free() - (idf()[1] or 0)
