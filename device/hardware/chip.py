"""The chip: its two heaps, memory that survives a restart, the restart itself, the watchdog.

The heaps are Python's own, and ESP-IDF's, from which Wi-Fi, sockets, threads and TLS live. Measured on official ESP32 firmware 1.25 and
1.26 without PSRAM: Python begins with 56 kB. When that is too little, MicroPython doubles it by itself, out of what TLS needs, and never
gives it back. So the heap grows once by a chosen amount at the start (hardware/profile.py), and from then on everybody asks `free()`
before taking much.
"""

import asyncio
import binascii
import gc
import json
import struct
import time
from os import urandom as random_bytes  # noqa: F401 (for the log-in)

import esp32
import machine

held = None
"""Keeps what the heap grew by at the start from being given back while it is empty."""


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


class Memory:
    """Memory that survives reset, watchdog and panic, but not power loss: numbers and texts by name, at most 2 kB as JSON.

    Kept are: "starts" since power-on, this one included; "bad_starts" and "crash" (hardware/last_start.py); "setup_wanted" by a person at
    the next start; "uptime_base_s" and "session" (hardware/clock.py); "reason", why the last start was ended on purpose.
    It is empty when what is found is not complete.
    """

    def __init__(self):
        found = machine.RTC().memory()
        is_whole = len(found) > 4 and found[:4] == struct.pack("<I", binascii.crc32(found[4:]))
        self._values = json.loads(found[4:]) if is_whole else {}

    def get(self, name, default=0):
        return self._values.get(name, default)

    def set(self, name, value):
        self._values[name] = value
        body = json.dumps(self._values).encode()
        machine.RTC().memory(struct.pack("<I", binascii.crc32(body)) + body)


def restart(memory, reason):
    """Restart the board; `reason` ("new settings", "memory", ...) is what the next start says about it. Does not return."""
    try:
        memory.set("reason", "restart: " + reason)
    except MemoryError:
        pass  # the restart brings it back
    if memory.get("bad_starts") > 12:  # hopeless: each start writes its crash record to flash, which a loop of them must not wear out
        time.sleep(15)
    machine.reset()


async def guard(device):
    """Start the watchdog and feed it until a loop makes no progress any more: it bites a minute later, and cannot be stopped.

    `device.beats` is {loop: uptime at its last progress}: one is watched from its first beat on. It may be silent for five minutes, while
    uploading for ten.
    """
    watchdog = machine.WDT(timeout=60000)
    while True:
        for loop in device.beats:
            if device.clock.uptime_s() - device.beats[loop] > (600 if loop == "uploading" else 300):
                device.memory.set("reason", "watchdog: " + loop)
                device.log("No progress in %s: the watchdog will restart Dewlog." % loop)
                return
        watchdog.feed()
        await asyncio.sleep(1)
