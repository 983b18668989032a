"""A crash record: what went wrong, small enough for the memory that survives a restart."""

import json

NOTE_BYTES = 512
HIDDEN = "[hidden]"


def without(text, secrets):
    """`text` with each of the `secrets` (str or bytes; empty ones are skipped) replaced."""
    for secret in secrets:
        if isinstance(secret, bytes):
            secret = secret.decode("utf-8", "ignore") if secret else ""
        if secret:
            text = text.replace(secret, HIDDEN)
    return text


def record(failure, trace, task, time_s, uptime_s, heap_free, secrets):
    """The record as a dict that makes at most `NOTE_BYTES` bytes of JSON.

    failure: the exception. trace: its traceback as the interpreter prints it; the last places are kept. task: which loop it ended.
    time_s: Unix seconds or None. secrets: texts that must not stand in it.
    """
    places = [line.strip() for line in without(trace, secrets).split("\n") if line.strip().startswith("File ")][-3:]
    message = without(str(failure), secrets)[:120]
    entry = {"error": type(failure).__name__, "message": message, "where": places, "task": task}
    entry.update({"time_s": time_s, "uptime_s": uptime_s, "heap_free": heap_free})
    while len(json.dumps(entry).encode()) > NOTE_BYTES:
        if places:
            places.pop(0)
        else:
            entry["message"] = message[:20]  # letters of many bytes
    return entry
