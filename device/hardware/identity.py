"""The identity: what tells this device from its neighbours, made at the first power-on and kept for good."""

import json
import os

from hardware.flash import read, write_atomically

PATH = "/state.json"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without i, l, o, 0 and 1, which a label does not tell apart


def load(path=PATH):
    """What is kept, as a dict with at least `hotspot_password` (str) and `quick_starts` (int); made now when it is missing or damaged."""
    try:
        state = json.loads(read(path) or b"{}")
        password = state["hotspot_password"]
        if isinstance(password, str) and 8 <= len(password.encode()) <= 63 and isinstance(state["quick_starts"], int):
            return state
    except (ValueError, KeyError, TypeError, RuntimeError):  # too deep nesting is a RuntimeError
        pass
    password = ""
    while len(password) < 10:
        password += _ALPHABET[os.urandom(1)[0] & 31 :][:1]  # the last of 32 numbers gives none: every character is equally likely
    state = {"hotspot_password": password, "quick_starts": 0}
    save(state, path)
    return state


def save(state, path=PATH):
    """Keep it. A flash that cannot be written is no reason not to run: the password is then a new one at the next start."""
    try:
        write_atomically(path, json.dumps(state).encode())
    except OSError:
        pass
