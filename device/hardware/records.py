"""What is on record for who looks: the last crashes, and how the last update went."""

import json
import sys

from hardware.flash import read


def crashes(path="/crashes.json"):
    """The kept records as a list of dicts, oldest first; empty when there are none or the file is damaged."""
    try:
        records = json.loads(read(path) or "[]")
    except ValueError:
        return []
    return records if isinstance(records, list) else []


def last_update():
    """What GET /api/update tells. previous: the version in the other slot, or None. why: what made that one be taken back, or None."""
    slot, active, state, why = sys.path[0], (read("/active") or b"").decode(), "good", None
    if active[1:] and active[0] == slot[1]:  # else it is the other one that is about to start
        state = "on_trial"
        if active[1] == "-":
            state, why = "taken_back", active[2:]
    versions = [(read(folder + "/version") or b"").decode().strip() or None for folder in (slot, "/a" if slot > "/a" else "/b")]
    return {"version": versions[0], "state": state, "previous": versions[1], "why": why}
