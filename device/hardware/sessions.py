"""The sessions - each from one power-on to the next - on flash: their count, and when they began. Loaded on demand."""

import json

from hardware.flash import read, write_atomically

KEPT = 16


def load(path):
    """(number of the last session, {session: (Unix time of its power-on, rank of who told it)}); (0, {}) for a damaged file.

    That costs the times of unsent readings of earlier sessions, not the start.
    """
    try:
        last, starts = json.loads(read(path) or b"[0, []]")
        return int(last) % 256, {int(session): (int(start_s), int(rank)) for session, start_s, rank in starts}
    except (ValueError, TypeError):
        return 0, {}


def save(path, last, starts):
    """Keep the newest `KEPT` of `starts`. A flash that is full is no reason not to run: they are known until the next power cut."""
    while len(starts) > KEPT:
        del starts[min(starts, key=lambda session: (session - last - 1) % 256)]
    try:
        write_atomically(path, json.dumps([last, [(session,) + known for session, known in starts.items()]]).encode())
    except OSError:
        pass
