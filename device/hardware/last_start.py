"""What earlier starts left: why the last one ended, the records of crashes, the identity, a filesystem that may want repair."""

import gc
import io
import json
import os
import sys

from hardware.flash import free_bytes, keep, read, remove
from hardware.records import crashes
from micropython import const

_ROOM_BYTES = const(64 * 1024)
PROBE_BYTES = 4096  # more than fits beside a file's name: it needs a block of its own
_FOLDER = const(0x4000)
NOTE_BYTES = 512  # a crash record's size as JSON: it has to survive the restart in a small memory


def reset_cause(memory):
    """Why the board started: "power", "watchdog: uploading", "restart: new settings", "panic" ... memory: a chip.Memory."""
    import machine

    reason = memory.get("reason", "")  # a hard reset without one was not ours: ESP-IDF panicked
    cause = machine.reset_cause()
    if cause == machine.WDT_RESET and not reason.startswith("watchdog"):
        return "watchdog"
    words = ("unknown", "power", "panic", "watchdog", "deep sleep", "soft reset")  # ESP32's numbers are these places
    return reason or words[cause if 0 <= cause < len(words) else 0]


def load_state(path="/state.json"):
    """The identity, a dict with at least `hotspot_password` (str) and `quick_starts` (int); made anew when it is missing or damaged."""
    try:
        state = json.loads(read(path) or b"{}")
        password = state["hotspot_password"]
        if isinstance(password, str) and 8 <= len(password.encode()) <= 63 and isinstance(state["quick_starts"], int):
            return state
    except (ValueError, KeyError, TypeError, RuntimeError):  # too deep nesting is a RuntimeError
        pass
    letters = "abcdefghjkmnpqrstuvwxyz23456789"  # without i, l, o, 0 and 1, which a label does not tell apart
    password = ""
    while len(password) < 10:
        password += letters[os.urandom(1)[0] & 31 :][:1]  # the last of 32 numbers gives none: every character is equally likely
    state = {"hotspot_password": password, "quick_starts": 0}
    save_state(state, path)
    return state


def save_state(state, path="/state.json"):
    """Keep it. Where flash takes nothing, the password is a new one at the next start."""
    keep(path, json.dumps(state).encode())


def lasted(device):
    """This start was no quick one. It is asked now and then, and also tells how much flash has free."""
    device.flash_free = free_bytes()
    if device.state["quick_starts"]:
        device.state["quick_starts"] = 0
        save_state(device.state)


def keep_crash(memory, path="/crashes.json"):
    """Move the crash record of the last start from `memory` to flash, beside the nine before. Returns it, or None."""
    record = memory.get("crash", None)
    if record and keep(path, json.dumps((crashes(path) + [record])[-10:]).encode()):  # else it stays where it is
        memory.set("crash", None)
    return record


def note(failure, device):
    """Keep `failure`, an error that nobody expected, without secrets, where it survives the restart. The next start moves it to flash."""
    trace = io.StringIO()
    sys.print_exception(failure, trace)
    settings, state, clock = device.settings, device.state, device.clock  # each None when the device had not come to it
    secrets = [settings["password"], settings["api_key"]] + [password for _, password in settings["networks"]] if settings else []
    secrets.append(state["hotspot_password"] if state else "")
    entry = {"task": device.failed_task or "start", "time_s": clock and clock.now(), "uptime_s": clock.uptime_s() if clock else 0}
    entry["heap_free"] = gc.mem_free()
    device.memory.set("crash", record(failure, trace.getvalue(), secrets, entry))
    print("Dewlog met an error it did not expect and restarts. The diagnostics keep a record of it.")


def record(failure, trace, secrets, entry):
    """The dict `entry`, filled up so that it makes at most `NOTE_BYTES` bytes of JSON; its `task` is the loop that `failure` ended.

    trace: the traceback as the interpreter prints it; the last places are kept. secrets: texts that must not stand in it.
    """
    message = str(failure)
    for secret in secrets:
        if secret:
            trace, message = trace.replace(secret, "[hidden]"), message.replace(secret, "[hidden]")
    places = [line.strip() for line in trace.split("\n") if line.strip().startswith("File ")][-3:]
    entry.update({"error": type(failure).__name__, "message": message[:120], "where": places})
    while len(json.dumps(entry).encode()) > NOTE_BYTES:
        if places:
            places.pop(0)
        else:
            entry["message"] = message[:20]  # letters of many bytes
    return entry


def repair(root=""):
    """Remove what cannot be read and, where room is short, the oldest readings. Returns what was done, in sentences.

    A filesystem that is well costs one small file, written and removed. Programs are not touched; settings go only when they cannot be
    read, and then the last good ones take their place.
    """
    if _takes_writing(root):
        return []
    done = ["The flash took nothing any more and was repaired."]
    for path in _files(root) + _files(root + "/journal"):
        if not _is_readable(path):
            remove(path)
            done.append("%s was damaged and is removed." % path)
    segments = _files(root + "/journal")
    while segments and (not _takes_writing(root) or free_bytes(root + "/") < _ROOM_BYTES):
        remove(segments.pop(0))
        done.append("The oldest readings made room.")
    if not _takes_writing(root):
        done.append("It still takes nothing: put the firmware on it again with tools/deploy.py --wipe.")
    return done


def erase(what):
    """Delete "readings", "settings" or "everything"; the identity stays, so that the label stays true."""
    paths = []
    if what != "settings":
        paths = _files("/journal") + ["/cursor"]
    if what != "readings":
        paths += ["/settings.good.json", "/settings.json"]  # in this order: a power cut in between must not bring them back
    if what == "everything":
        paths += ["/sessions.json", "/crashes.json"]
    for path in paths:
        remove(path)


def _takes_writing(root):
    path = root + "/probe.new"
    try:
        with open(path, "wb") as file:
            for _ in range(PROBE_BYTES // 256):
                file.write(bytes(256))
        return True
    except OSError:
        return False
    finally:
        remove(path)


def _files(path):
    """The paths of the files in it, sorted; none when it is not there."""
    try:
        return sorted([path + "/" + entry[0] for entry in os.ilistdir(path or "/") if entry[1] != _FOLDER])
    except OSError:
        return []


def _is_readable(path):
    buffer = bytearray(512)
    try:
        with open(path, "rb") as file:
            while file.readinto(buffer):
                pass
        return True
    except OSError:
        return False
