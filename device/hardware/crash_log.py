"""The last start: why it ended, and the records of crashes, on flash."""

import gc
import io
import json
import sys

import machine

from hardware import flash

KEPT = 10
PATH = "/crashes.json"


def reset_cause(memory):
    """Why the board started, in words: "power", "watchdog: uploading", "restart: new settings", "panic" ...

    The reason kept in `memory` belongs to the start that has ended; call this once a start and then `memory.set("reason", "")`.
    """
    reason = memory.get("reason", "")  # a hard reset without one was not ours: ESP-IDF panicked
    cause = machine.reset_cause()
    if cause == machine.WDT_RESET and not reason.startswith("watchdog"):
        return "watchdog"
    words = ("unknown", "power", "panic", "watchdog", "deep sleep", "soft reset")  # ESP32's numbers are these places
    return reason or words[cause if 0 <= cause < len(words) else 0]


def load(path=PATH):
    """The kept records as a list of dicts, oldest first; empty when there are none or the file is damaged."""
    try:
        records = json.loads(flash.read(path) or b"[]")
    except ValueError:
        return []
    return records if isinstance(records, list) else []


def keep(memory, path=PATH):
    """Move the crash record of the last start from `memory` (hardware/power.Memory) to flash. Returns the record, or None."""
    record = memory.get("crash", None)
    if record:
        try:
            flash.write_atomically(path, json.dumps((load(path) + [record])[-KEPT:]).encode())
            memory.set("crash", None)
        except OSError:
            pass  # a full flash is no reason not to start: the record stays where it is
    return record


def note(failure, device):
    """Keep `failure`, an error that nobody expected, without secrets, where it survives the restart. The next start moves it to flash."""
    from core.crash import record
    from core.settings import SECRETS

    trace = io.StringIO()
    sys.print_exception(failure, trace)
    settings, state, clock = device.settings, device.state, device.clock  # what the device had come to
    secrets = [settings[name] for name in SECRETS] if settings else []
    secrets.append(state["hotspot_password"] if state else "")
    now_s, uptime_s = (clock.now(), clock.uptime_s()) if clock else (None, 0)
    task = device.failed_task or "start"
    device.memory.set("crash", record(failure, trace.getvalue(), task, now_s, uptime_s, gc.mem_free(), secrets))
    print("Dewlog met an error it did not expect and restarts. The diagnostics keep a record of it.")
