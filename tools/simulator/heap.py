"""The device's heap: what the stand-ins take of it is added, so that the firmware has what a board would give it."""

import hashlib
import json
import os
import re

SUFFIXES = {"": 1, "k": 1024, "m": 1024 * 1024}
SMALLEST_BYTES, LARGEST_BYTES = 32 * 1024, 1 << 30
BUDGET_BYTES = {32: 88 * 1024, 64: 176 * 1024}
"""What the firmware gives itself on a board (platform.md: 56 kB and 32 more); 64-bit words make the same objects about twice as large."""
CALIBRATION_PATIENCE_S = 20
CALIBRATION_FACTS = {
    "speed": 1, "virtual_start": 0.0, "real_start": 0.0, "rtc_offset": 0.0, "cause": 1, "unique_id": "", "rtc_memory": None,
    "root_digest": "", "authority": None, "image": None, "blocks": 0, "writes_left": None, "python_bytes": LARGEST_BYTES,
}
CALIBRATION_BYTES = 2 * 1024 * 1024
BOOKKEEPING = 1.02
"""The collector keeps 3 bits a block of 16 or 32 bytes inside the heap it is given."""


def parse(text):
    """Bytes of "64k", "100000" or "1m". Raises ValueError."""
    match = re.fullmatch(r"(\d+)([km]?)b?", text.strip().lower())
    size = int(match.group(1)) * SUFFIXES[match.group(2)] if match else 0
    if not SMALLEST_BYTES <= size <= LARGEST_BYTES:
        raise ValueError("a heap is a number of bytes such as 65536 or 64k, from 32k to 1024m")
    return size


def stand_in_bytes(path, micropython, stand_ins, measured):
    """How much heap the stand-ins take on an interpreter: what `path` keeps, or what `measured()` finds now."""
    key = _key(micropython, stand_ins)
    known = _known(path)
    if key not in known:
        known[key] = int(measured() * BOOKKEEPING)
        unfinished = path.with_suffix(".%d.new" % os.getpid())
        unfinished.write_text(json.dumps(known))
        unfinished.replace(path)
    return known[key]


def measured(chip):
    """Boot `chip` up to the point where the flash would be mounted. Returns the heap taken by then; None when it did not come so far."""
    try:
        chip.link.settimeout(CALIBRATION_PATIENCE_S)
        while True:
            message = chip.hear()
            if not message:
                return None
            verb, *arguments = json.loads(message)
            if verb == "ready":
                return arguments[0]
            chip.answer(json.dumps((True, CALIBRATION_FACTS)).encode())
    finally:
        chip.kill()


def _known(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _key(micropython, stand_ins):
    digest = hashlib.sha256(micropython.encode())
    for path in sorted(stand_ins.glob("*.mpy")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
