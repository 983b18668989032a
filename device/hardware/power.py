"""Power: memory that survives a restart, the restart itself, the watchdog."""

import asyncio
import binascii
import json
import os
import struct
import time

import machine

HOPELESS_STARTS = 12  # bad ones in a row: then even set-up does not last
BREATHER_S = 15  # each start writes its crash record to flash, which must not be worn out by a loop of them

random_bytes = os.urandom


class Memory:
    """Memory that survives reset, watchdog and panic, but not power loss: numbers and texts by name, at most 2 kB as JSON.

    Kept are: "starts" since power-on, this one included; "bad_starts" (core/mode.py); "setup_wanted" by a person at the next start;
    "uptime_base_s" and "session" (hardware/clock.py); "reason", why the last start was ended on purpose; "crash" (core/crash.py).
    It is empty when what is found is not complete.
    """

    def __init__(self):
        self._rtc = machine.RTC()
        self._values = {}
        found = self._rtc.memory()
        if len(found) > 4 and struct.unpack_from("<I", found)[0] == binascii.crc32(found[4:]):
            self._values = json.loads(found[4:])

    def get(self, name, default=0):
        return self._values.get(name, default)

    def set(self, name, value):
        self._values[name] = value
        body = json.dumps(self._values).encode()
        self._rtc.memory(struct.pack("<I", binascii.crc32(body)) + body)


def restart(memory, reason):
    """Restart the board; `reason` ("new settings", "memory", ...) is what the next start says about it. Does not return."""
    try:
        memory.set("reason", "restart: " + reason)
    except MemoryError:
        pass  # the restart brings it back
    if memory.get("bad_starts") > HOPELESS_STARTS:
        time.sleep(BREATHER_S)
    machine.reset()


def overdue(beats, limits_s, now_s):
    """The name of a loop that has been silent for longer than it may, or None.

    beats: {loop: seconds of uptime when it made progress last}; a loop is watched from its first beat on. limits_s: {loop: seconds}.
    """
    for name, last_s in beats.items():
        if now_s - last_s > limits_s[name]:
            return name
    return None


async def guard(beats, limits_s, memory, uptime_s, log, timeout_s):
    """Start the watchdog and feed it for as long as every loop makes progress; it bites `timeout_s` after one of them stopped for good.

    beats, limits_s: as `overdue` takes them. uptime_s: callable. A watchdog that runs cannot be stopped again.
    """
    watchdog = machine.WDT(timeout=timeout_s * 1000)
    while True:
        late = overdue(beats, limits_s, uptime_s())
        if late is None:
            watchdog.feed()
        elif memory.get("reason") != "watchdog: " + late:
            memory.set("reason", "watchdog: " + late)
            log("No progress in %s: the watchdog will restart Dewlog." % late)
        await asyncio.sleep(1)
