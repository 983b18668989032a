"""Power: memory that survives a restart, the restart itself, the watchdog."""

import asyncio
import binascii
import json
import os
import struct
import time

import machine

random_bytes = os.urandom


class Memory:
    """Memory that survives reset, watchdog and panic, but not power loss: numbers and texts by name, at most 2 kB as JSON.

    Kept are: "starts" since power-on, this one included; "bad_starts" (core/mode.py); "setup_wanted" by a person at the next start;
    "uptime_base_s" and "session" (hardware/clock.py); "reason", why the last start was ended on purpose; "crash" (core/crash.py).
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


async def guard(beats, limits_s, memory, uptime_s, log, timeout_s):
    """Start the watchdog and feed it until a loop makes no progress any more: it bites `timeout_s` later, and cannot be stopped.

    beats: {loop: uptime at its last progress}; a loop is watched from its first beat on. limits_s: {loop: how long it may be silent}.
    """
    watchdog = machine.WDT(timeout=timeout_s * 1000)
    while True:
        for loop in beats:
            if uptime_s() - beats[loop] > limits_s[loop]:
                memory.set("reason", "watchdog: " + loop)
                log("No progress in %s: the watchdog will restart Dewlog." % loop)
                return
        watchdog.feed()
        await asyncio.sleep(1)
