"""Power: why the board started, memory that survives a restart, the restart itself, the watchdog."""

import asyncio
import binascii
import struct
import time

import machine
from core.on_demand import paged

FIELDS = (
    "starts",  # since power-on, this one included
    "bad_starts",  # see core/safe_start.py
    "portal_wanted",  # 1: the next start is set-up mode, because a person asked for it
    "uptime_base_s",  # these two belong to hardware/clock.py
    "session",
)
CRASH_NOTE_BYTES = 512
HOPELESS_STARTS = 12  # bad ones in a row: then even set-up does not last
BREATHER_S = 15  # each start writes its crash record to flash, which must not be worn out by a loop of them
REASON_BYTES = 40
_MAGIC = b"Dew1"
_HEAD = "<4sI"
_BODY = "<%dqBH" % len(FIELDS)


class Memory:
    """Memory that survives reset, watchdog and panic, but not power loss: whole numbers by name, a reason, and a crash note.

    It starts all zero and empty when what is found there is not complete.
    """

    @paged
    def __init__(self):
        self._rtc = machine.RTC()
        self._values = [0] * len(FIELDS)
        self._reason = b""
        self._crash_note = b""
        try:
            self._read(self._rtc.memory())
        except ValueError:
            pass  # after a power loss

    def get(self, name):
        return self._values[FIELDS.index(name)]

    def set(self, name, value):
        self._values[FIELDS.index(name)] = int(value)
        self._write()

    def reason(self):
        """Why the last start was ended on purpose, in a few words, or ""."""
        return self._reason.decode()

    def set_reason(self, words):
        self._reason = words.encode()[:REASON_BYTES]
        self._write()

    @paged
    def crash_note(self):
        return self._crash_note

    def set_crash_note(self, note):
        """note: at most `CRASH_NOTE_BYTES` bytes; b"" once it is kept elsewhere."""
        self._crash_note = bytes(note[:CRASH_NOTE_BYTES])
        self._write()

    @paged
    def _read(self, found):
        head_bytes = struct.calcsize(_HEAD)
        if len(found) < head_bytes + struct.calcsize(_BODY):
            raise ValueError
        magic, checksum = struct.unpack_from(_HEAD, found)
        body = found[head_bytes:]
        if magic != _MAGIC or checksum != binascii.crc32(body):
            raise ValueError
        values = struct.unpack_from(_BODY, body)
        texts = body[struct.calcsize(_BODY) :]
        reason_bytes, note_bytes = values[-2:]
        self._values = list(values[:-2])
        self._reason = bytes(texts[:reason_bytes])
        self._crash_note = bytes(texts[reason_bytes : reason_bytes + note_bytes])

    def _write(self):
        body = struct.pack(_BODY, *(self._values + [len(self._reason), len(self._crash_note)])) + self._reason + self._crash_note
        self._rtc.memory(struct.pack(_HEAD, _MAGIC, binascii.crc32(body)) + body)


@paged
def reset_cause(memory):
    """Why the board started, in words: "power", "watchdog: uploading", "restart: new settings", "panic" (a reset that nobody asked for) ...

    The reason kept in `memory` belongs to the start that has ended; call this once a start and then `memory.set_reason("")`.
    """
    reason = memory.reason()
    cause = machine.reset_cause()
    if cause == machine.WDT_RESET:
        return reason if reason.startswith("watchdog") else "watchdog"
    if reason:
        return reason
    words = ("unknown", "power", "panic", "watchdog", "deep sleep", "soft reset")  # ESP32's numbers are these places
    return words[cause] if 0 <= cause < len(words) else "unknown"


def restart(memory, reason):
    """Restart the board; `reason` ("new settings", "memory", ...) is what the next start says about it. Does not return."""
    try:
        memory.set_reason("restart: " + reason)
    except MemoryError:
        pass  # the restart brings it back
    if memory.get("bad_starts") > HOPELESS_STARTS:
        time.sleep(BREATHER_S)
    machine.reset()


async def guard(heartbeats, memory, uptime_s, log, timeout_s):
    """Start the watchdog and feed it for as long as every loop makes progress; it bites `timeout_s` after one of them stopped for good.

    heartbeats: core/heartbeat.Heartbeats. uptime_s: callable. A watchdog that runs cannot be stopped again.
    """
    watchdog = machine.WDT(timeout=timeout_s * 1000)
    while True:
        late = heartbeats.overdue(uptime_s())
        if late is None:
            watchdog.feed()
        elif memory.reason() != "watchdog: " + late:
            memory.set_reason("watchdog: " + late)
            log("No progress in %s: the watchdog will restart Dewlog." % late)
        await asyncio.sleep(1)
