"""The journal's rare work: finding its ends at the start, and making room when a new segment begins. Loaded on demand."""

import os
import struct

from core.journal import RECORD_BYTES, SEGMENT_RECORDS, USED_RECORDS
from hardware.flash import free_bytes, read, remove

CURSOR = "<II"


def find_ends(journal, directory):
    """Set `first` and `end` of the journal from what is in its directory. Reads names, and the size of the last file."""
    lowest, highest = None, -1
    for name in _names(directory):
        if len(name) == 10 and name[-4:] == ".seg" and name[:-4].isdigit():
            segment = int(name[:-4])
            lowest = segment if lowest is None else min(lowest, segment)
            highest = max(highest, segment)
    journal.first = (lowest or 0) * SEGMENT_RECORDS
    journal.end = (highest + 1) * SEGMENT_RECORDS
    if highest >= 0:
        try:
            size = os.stat(journal.path(highest))[6]
        except OSError:
            size = 1  # damaged: like a torn tail
        # A torn tail ends its segment: appending behind it would put every later record out of step.
        if size % RECORD_BYTES == 0 and size < USED_RECORDS * RECORD_BYTES:
            journal.end = highest * SEGMENT_RECORDS + size // RECORD_BYTES


def stored_cursor(journal, path):
    """Where the upload had got to; the oldest reading when that is unknown: ThingSpeak refuses what it has."""
    content = read(path) or b""
    if len(content) == struct.calcsize(CURSOR):
        position, checksum = struct.unpack(CURSOR, content)
        if checksum == journal.checksum(position):
            return min(max(position, journal.first), journal.end)
    return journal.first


def make_room(journal, directory, floor_bytes):
    """Delete the oldest segments until `floor_bytes` are free or only the newest is left."""
    while free_bytes(directory) < floor_bytes and journal.first < journal.end - journal.end % SEGMENT_RECORDS:
        following = (journal.first // SEGMENT_RECORDS + 1) * SEGMENT_RECORDS
        remove(journal.path(journal.first // SEGMENT_RECORDS))
        journal.first = following
        if journal.cursor < following:
            waiting = journal.waiting()
            journal.cursor = following
            journal.dropped += waiting - journal.waiting()


def _names(directory):
    try:
        os.mkdir(directory)
    except OSError:
        pass  # it is there
    if hasattr(os, "ilistdir"):  # MicroPython: a hundred names at once would take 5 kB
        return (entry[0] for entry in os.ilistdir(directory))
    return os.listdir(directory)
