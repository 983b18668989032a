"""The crash log: the last records, on flash."""

import json

from hardware import flash

KEPT = 10
PATH = "/crashes.json"


def load(path=PATH):
    """The kept records as a list of dicts, oldest first; empty when there are none or the file is damaged."""
    try:
        records = json.loads(flash.read(path) or b"[]")
    except ValueError:
        return []
    return records if isinstance(records, list) else []


def keep(memory, path=PATH):
    """Move the crash note of the last start from `memory` (hardware/power.Memory) to flash. Returns the record, or None."""
    note = memory.crash_note()
    if not note:
        return None
    try:
        record = json.loads(note)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        record = {"error": "a record that cannot be read"}
    try:
        flash.write_atomically(path, json.dumps((load(path) + [record])[-KEPT:]).encode())
        memory.set_crash_note(b"")
    except OSError:
        pass  # a full flash is no reason not to start: the note stays where it is
    return record
