"""Bringing the app on a board up to date, so that the old one starts until the new one is whole."""

from collections import namedtuple

import slots
from board_link import BoardFull, BoardProblem

OLDEST, NEWEST = (1, 24), (1, 29)
"""The MicroPython versions that Dewlog is tested for."""
MPY_VERSION = 6
LEAST_FLASH_BYTES = 4 * 1024 * 1024
MAIN = "/main.py"
ACTIVE = "/active"
FLASH_HINT = "`python3 tools/deploy.py --flash` installs MicroPython anew (that erases the board)."

Update = namedtuple("Update", "contents plan active new_app new_main is_first")
"""contents: {path: bytes} of the app. plan: slots.Plan. active: the slot that starts now or None. new_app, new_main: whether the app
or main.py differ from what the board has. is_first: the board has no app yet, in neither slot."""


def check(facts):
    """Raise BoardProblem when Dewlog cannot run on a board with these facts; return sentences about what is unusual."""
    _check_chip(facts)
    version = tuple(facts["version"][:2])
    shown = ".".join(str(number) for number in facts["version"])
    supported = "%d.%d to %d.%d" % (OLDEST + NEWEST)
    if version < OLDEST or facts["mpy"] & 0xFF != MPY_VERSION:
        raise BoardProblem("The board runs MicroPython %s; Dewlog needs %s. %s" % (shown, supported, FLASH_HINT))
    if facts["littlefs"] is False:
        raise BoardProblem("The board's filesystem is not littlefs, so it would not survive a pulled cable. " + FLASH_HINT)
    if version > NEWEST:
        return ["MicroPython %s is newer than what Dewlog was tested with (%s)." % (shown, supported)]
    return []


def _check_chip(facts):
    if facts["platform"] == "esp8266":
        raise BoardProblem("This is an ESP8266. It has too little memory for Dewlog: take an ESP32, ESP32-S3 or ESP32-C3.")
    if facts["platform"] != "esp32":
        raise BoardProblem("This is no ESP32 but: %s." % (facts["machine"] or facts["platform"]))
    if facts["flash_bytes"] and facts["flash_bytes"] < LEAST_FLASH_BYTES:
        raise BoardProblem("This board has %d MB of flash; Dewlog needs 4 MB." % (facts["flash_bytes"] >> 20))


def prepare(link, facts, contents, main_py):
    """Compare the board with {path: bytes} and the text of main.py and return the Update. Raises BoardFull when it cannot fit."""
    wanted = slots.manifest(contents)
    active = facts["active"] if facts["active"] in slots.SLOTS else None
    running = link.hashes("/" + active) if active else {}
    new_main = link.read(MAIN) != main_py
    if active and running == wanted:
        return Update(contents, slots.Plan(active, [], [], sorted(wanted), []), active, False, new_main, False)
    slot = slots.other(active)
    target = link.hashes("/" + slot)
    plan = slots.plan(wanted, running, target, slot)
    _check_room(facts, wanted, target, plan)
    is_first = active is None and not target and not link.hashes("/" + slots.other(slot))
    return Update(contents, plan, active, True, new_main, is_first)


def _check_room(facts, wanted, target, plan):
    block = facts["block_bytes"]
    needed = slots.bytes_on_flash({path: wanted[path] for path in plan.send + plan.copy}, block)
    given_back = slots.bytes_on_flash({path: target[path] for path in target if path not in plan.keep}, block)
    free = facts["free_bytes"] + given_back
    if needed > free:
        raise BoardFull(
            "The board's filesystem is full: %d kB are free, the app needs %d kB. `python3 tools/backup.py` saves settings and readings, "
            "then `python3 tools/deploy.py --wipe` makes room." % (free >> 10, -(-needed >> 10))
        )


def carry_out(link, update, main_py, progress=lambda count: None):
    """Do what `update` plans; `progress` is told bytes as they arrive on the board. Raises BoardProblem.

    The order is what keeps the board bootable: the unused slot, its check, /active, then main.py, which reads it.
    """
    if update.new_app:
        _fill_slot(link, update, progress)
        link.replace(ACTIVE, update.plan.slot.encode())  # this much every main.py understands
        link.run("forget_starts()")
    if update.new_main:
        link.replace(MAIN, main_py)
    if update.new_app and update.active:  # else there is nothing to go back to
        link.replace(ACTIVE, (update.plan.slot + slots.ON_TRIAL).encode())
    if update.is_first:
        _reserve_other_slot(link, update, progress)


def bytes_to_move(update):
    """Return what `progress` will have been told in all."""
    planned = sum(len(update.contents[path]) for path in update.plan.send + update.plan.copy)
    return planned + update.is_first * sum(map(len, update.contents.values()))


def _reserve_other_slot(link, update, progress):
    """Fill the other slot, too: the journal grows until a floor, and would take the room that the next version needs."""
    other = slots.other(update.plan.slot)
    try:
        for path in update.contents:
            link.copy("/%s/%s" % (update.plan.slot, path), "/%s/%s" % (other, path))
            progress(len(update.contents[path]))
    except BoardFull:  # other people's files: the next update will say so
        link.remove("/" + other)


def _fill_slot(link, update, progress):
    plan = update.plan
    folder = "/" + plan.slot + "/"
    for path in plan.remove:
        link.remove(folder + path)
    for path in plan.copy:
        link.copy("/%s/%s" % (update.active, path), folder + path)
        progress(len(update.contents[path]))
    for path in plan.send:
        link.write(folder + path, update.contents[path], progress)
    if link.hashes("/" + plan.slot) != slots.manifest(update.contents):
        raise BoardProblem("What arrived on the board is not what was sent. The old app is still the one that starts: try again.")


def wipe(link, facts):
    """Remove everything that is not the app itself: settings, readings, hotspot password, foreign files. Returns new facts."""
    for name in facts["files"]:
        if name not in slots.SLOTS and "/" + name not in (ACTIVE, MAIN):
            link.remove("/" + name)
    return link.facts()
