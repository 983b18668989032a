"""The two heaps of the chip: Python's own, and ESP-IDF's, from which Wi-Fi, sockets, threads and TLS live.

Measured on official ESP32 firmware 1.25 and 1.26 without PSRAM: Python begins with 56 kB. When that is too little, MicroPython doubles
it by itself, out of what TLS needs, and never gives it back. So the heap grows once by a chosen amount at the start, and from then
on everybody asks `free()` before taking much.
"""

import gc

import esp32

pin = None
"""Keeps what hardware/growth.py added from being given back while it is empty."""


def idf():
    """(free, largest block) of ESP-IDF's heap in bytes."""
    unused = largest = 0
    for region in esp32.idf_heap_info(esp32.HEAP_DATA):  # each: total, free, largest block, lowest free so far
        unused += region[1]
        largest = max(largest, region[2])
    return unused, largest


def free():
    """Bytes that Python can take before its heap grows by itself. Collects garbage first."""
    gc.collect()
    return gc.mem_free() - idf()[1]  # mem_free() counts the block that it would grow by
