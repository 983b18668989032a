"""The upkeep of flash: the journal's segments looked through and the oldest removed, a damaged filesystem repaired, what was kept erased.

`journal` is a hardware.journal.Journal.
"""

import binascii
import os
import struct

from core.reading import RECORD_BYTES, SEGMENT_RECORDS
from hardware.flash import free_bytes, read, remove
from micropython import const

FLOOR_BYTES = 256 * 1024  # kept free for a new version of the app beside the running one
_ROOM_BYTES = const(64 * 1024)
PROBE_BYTES = 4096  # more than fits beside a file's name: it needs a block of its own
_FOLDER = const(0x4000)


def survey(journal):
    """Find out where the journal begins and ends, and how far it is uploaded."""
    folder = journal.root + "/journal"
    try:
        os.mkdir(folder)
    except OSError:
        pass  # it is there
    last = -1
    for entry in os.ilistdir(folder):  # a list of a hundred names would take 5 kB
        name = entry[0]
        if name[6:] == ".seg" and name[:6].isdigit():
            position = int(name[:6]) * SEGMENT_RECORDS
            journal.first = position if last < 0 else min(journal.first, position)
            last = max(last, position)
    if last >= 0:
        size = os.stat(journal.path(last))[6]
        # A torn tail ends its segment: appending behind it would put every later record out of step.
        journal.end = last + (SEGMENT_RECORDS if size % RECORD_BYTES else size // RECORD_BYTES)
    journal.cursor = journal.first  # when it is unknown: ThingSpeak refuses what it has
    content = read(journal.root + "/cursor") or b""
    if len(content) == 12:
        position, dropped, checksum = struct.unpack("<III", content)
        if checksum == binascii.crc32(b"cursor" + content[:8]):
            journal.cursor = min(max(position - position // 1024, journal.first), journal.end)
            journal.dropped = dropped


def make_room(journal):
    """Remove the oldest segments until enough is free for the next one, or none is left."""
    while journal.first < journal.end and free_bytes(journal.root + "/") < FLOOR_BYTES:
        remove(journal.path(journal.first))
        journal.first += SEGMENT_RECORDS
        journal.dropped += max(0, journal.first - journal.cursor)
        journal.cursor = max(journal.cursor, journal.first)


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
