"""Repair: a filesystem that is full, or has a damaged file, with which littlefs finds no free block, made to take something again."""

import os

from hardware.flash import free_bytes, remove
from micropython import const

_ROOM_BYTES = const(64 * 1024)
PROBE_BYTES = 4096  # more than fits beside a file's name: it needs a block of its own
_FOLDER = const(0x4000)


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


def _files(folder):
    """The paths of the files in it, sorted; none when it is not there."""
    try:
        return sorted([folder + "/" + entry[0] for entry in os.ilistdir(folder or "/") if entry[1] != _FOLDER])
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
