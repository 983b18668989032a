"""The chip: its two heaps, threads, and memory that survives a restart.

The heaps are Python's own, and ESP-IDF's, from which Wi-Fi, sockets, threads and TLS live: see "Memory" in README.md.
"""

import _thread
import asyncio
import binascii
import gc
import json
import struct
from os import urandom as random_bytes  # noqa: F401 (for the log-in)

import esp32
from machine import RTC, WDT, reset  # noqa: F401 (for app.py)

held = None  # keeps what the heap grew by at the start from being given back while it is empty
size = 0  # bytes of Python's heap, as hardware/profile.py left it at the start
reserve = None  # see `hold`


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
    return size - gc.mem_alloc()


def has(wanted):
    """Whether Python can take so many bytes before its heap grows by itself. Collects garbage if need be."""
    return size - gc.mem_alloc() >= wanted or free() >= wanted


def measured():
    """Bytes of Python's heap now: `size`, unless it has grown by itself."""
    gc.collect()
    return gc.mem_free() - idf()[1] + gc.mem_alloc()  # mem_free() counts the block that it would grow by


def hold():
    """Keep the piece that a TLS context takes, 1,868 bytes, before what comes breaks what is free into smaller ones. Raises MemoryError."""
    global reserve
    reserve = reserve or bytearray(1872)  # not more, for others would nest in the rest


class Background:
    """Runs blocking functions one at a time in a thread of its own, awaited like coroutines, while asyncio keeps serving pages.

    What runs in the thread must touch nothing that the rest of the app changes meanwhile: no file, no shared list. Hand whole objects in
    and take one whole object out.
    """

    def __init__(self, stack_bytes=8 * 1024):  # enough for a verified TLS handshake on the ESP32, where 6 kB was seen to do
        self.stack_bytes = stack_bytes
        self.outcome = [None]  # [what the last call returned or raised], empty while it runs

    def busy(self):
        """Whether a function is running."""
        return not self.outcome

    async def run(self, function, *arguments):
        """Return what `function(*arguments)` returns, or raise what it raises; OSError when there is no memory for a thread.

        Other callers wait for their turn. A caller that is cancelled stops waiting, but its function runs to its end all the same.
        """
        while self.busy():
            await asyncio.sleep_ms(20)
        outcome = []
        _thread.stack_size(self.stack_bytes)
        _thread.start_new_thread(_work, (function, arguments, outcome))
        self.outcome = outcome
        while not outcome:
            await asyncio.sleep_ms(20)
        result, outcome[0] = outcome[0], None
        if isinstance(result, Exception):
            raise result
        return result


def _work(function, arguments, outcome):
    try:
        outcome.append(function(*arguments))
    except Exception as error:
        outcome.append(error)


class Memory:
    """Memory that survives reset, watchdog and panic, but not power loss: numbers and texts by name, at most 2 kB as JSON.

    Kept are: "starts" since power-on, this one included; "bad_starts" and "crash" (hardware/last_start.py); "setup_wanted" by a person at
    the next start; "wifi_restarts" (station.py); "uptime_base_s" and "session" (hardware/time_sources.py); "reason", why the last start
    was ended on purpose.
    """

    def __init__(self):
        found = RTC().memory()
        is_whole = len(found) > 4 and found[:4] == struct.pack("<I", binascii.crc32(found[4:]))
        self.values = json.loads(found[4:]) if is_whole else {}

    def get(self, name, default=0):
        return self.values.get(name, default)

    def set(self, name, value):
        self.values[name] = value
        body = json.dumps(self.values).encode()
        RTC().memory(struct.pack("<I", binascii.crc32(body)) + body)
