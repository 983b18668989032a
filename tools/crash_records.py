"""The device's crash records in words."""

import json

from firmware_core import timestamps
from terminal import printable

LATEST_S = 1 << 32


def parsed(content):
    """The records in the bytes of /crashes.json, oldest first. Raises ValueError when they are not a list of objects."""
    try:
        found = json.loads(content or b"[]")
    except RecursionError:
        found = None
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise ValueError("no list of crash records")
    return found


def described(record):
    """A record in words: error, task, time and heap, then a line for each place, the innermost last. Whatever is in it, it is text."""
    facts = [("%s %s" % (record.get("error"), record.get("message") or "")).strip()]
    if record.get("task"):
        facts.append("in %s" % record["task"])
    time_s = record.get("time_s")
    if type(time_s) is int and 0 < time_s < LATEST_S:
        facts.append("at %s" % timestamps.iso(time_s))
    if "uptime_s" in record:
        facts.append("%s s after its start, %s bytes of heap free" % (record["uptime_s"], record.get("heap_free")))
    where = record.get("where")
    lines = [", ".join(facts)] + (where if isinstance(where, list) else [])
    return "\n      ".join(printable(str(line)) for line in lines)
