"""The journal's segments on flash: looked through when it is opened, the oldest removed when room is short. `journal` is a Journal."""

import binascii
import os
import struct

from core.reading import RECORD_BYTES, SEGMENT_RECORDS
from hardware import flash

FLOOR_BYTES = 256 * 1024  # kept free for a new version of the app beside the running one


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
    content = flash.read(journal.root + "/cursor") or b""
    if content[8:] == struct.pack("<I", binascii.crc32(b"cursor" + content[:8])):
        position, journal.dropped = struct.unpack_from("<II", content)
        journal.cursor = min(max(position - position // 1024, journal.first), journal.end)


def make_room(journal):
    """Remove the oldest segments until enough is free for the next one, or none is left. What is dropped for it is counted on flash."""
    while journal.first < journal.end and flash.free_bytes(journal.root + "/") < FLOOR_BYTES:
        flash.remove(journal.path(journal.first))
        journal.first += SEGMENT_RECORDS
    unsent = journal.first - journal.cursor
    if unsent > 0:
        journal.dropped += unsent
        try:
            journal.move_cursor(journal.first)
        except OSError:
            pass  # the next upload writes it
