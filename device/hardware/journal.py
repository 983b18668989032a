"""The journal on flash: every reading once, in segments; the oldest go when space runs short."""

import binascii
import os
import struct

from core.journal import RECORD_BYTES, SEGMENT_RECORDS, USED_RECORDS, after, pack, unpack
from hardware.flash import free_bytes, read, remove

FLOOR_BYTES = 256 * 1024
"""Kept free for a new version of the app beside the running one."""


class Journal:
    """Appends readings, walks over them, and remembers in a cursor how far they are uploaded.

    first and end are positions: of the oldest reading, and of the next one to be written. Every record is on flash when `append`
    returns. `dropped` counts readings that will never be uploaded, since the first day: deleted before their turn, or refused for good.
    `damaged` counts records that the upload found unreadable since the start.
    """

    def __init__(self, directory="/journal", cursor_path="/cursor", floor_bytes=FLOOR_BYTES):
        self._directory = directory
        self._cursor_path = cursor_path
        self._floor_bytes = floor_bytes
        self._file = None
        self.damaged = 0
        self._find_ends()
        self._read_cursor()

    def append(self, reading):
        """Keep the reading and return its position. Raises OSError when flash is full or broken; the next append tries again."""
        if self._file is None:
            if self.end % SEGMENT_RECORDS == 0:
                self._make_room()
            self._file = open(self._path(self.end), "ab")
        position = self.end
        try:
            self._file.write(pack(reading))
            self._file.flush()
        except OSError:
            self._close()
            if position % SEGMENT_RECORDS:
                # Half a record may be in the file: the next one goes into a new file, where records are aligned.
                self.end = _next_segment(position)
            else:
                remove(self._path(position))
            raise
        self.end = after(position)
        if self.end % SEGMENT_RECORDS == 0:
            self._close()
        return position

    def read_into(self, position, buffer):
        """Fill the buffer (bytearray) with the records from `position` on; return how many, 0 when there is none at that position."""
        index = position % SEGMENT_RECORDS
        try:
            with open(self._path(position), "rb") as file:
                file.seek(index * RECORD_BYTES)
                return file.readinto(memoryview(buffer)[: (USED_RECORDS - index) * RECORD_BYTES]) // RECORD_BYTES
        except OSError:
            return 0  # deleted to make room, or damaged

    def walk(self, position, batch=16):
        """Yield (position, Reading, or None for a damaged record) from `position` to the end as it is then; `batch` records a read."""
        buffer = bytearray(batch * RECORD_BYTES)
        position = max(position, self.first)
        while position < self.end:
            records = self.read_into(position, buffer)
            for index in range(records):
                yield position + index, unpack(buffer, index * RECORD_BYTES)
            position = after(position, records) if records else _next_segment(position)

    def waiting(self):
        """Readings from the cursor to the end."""
        segments = self.end // SEGMENT_RECORDS - self.cursor // SEGMENT_RECORDS
        return self.end - self.cursor - segments * (SEGMENT_RECORDS - USED_RECORDS)

    def move_cursor(self, position):
        """Everything before `position` is uploaded. Raises OSError when flash cannot be written; the cursor in memory has moved then."""
        self.cursor = position
        # Once a minute: on littlefs the old content stays until the file is closed, and this erases ten times less than a second file.
        with open(self._cursor_path, "wb") as file:
            content = struct.pack("<II", position, self.dropped)
            file.write(content + _checksum(content))

    def _path(self, position):
        return "%s/%06d.seg" % (self._directory, position // SEGMENT_RECORDS)

    def _close(self):
        try:
            self._file.close()
        except OSError:
            pass
        self._file = None

    def _find_ends(self):
        """Reads names, and the size of the last file."""
        try:
            os.mkdir(self._directory)
        except OSError:
            pass  # it is there
        lowest, highest = None, -1
        for entry in _entries(self._directory):
            name = entry[0]
            if len(name) == 10 and name[-4:] == ".seg" and name[:-4].isdigit():
                segment = int(name[:-4])
                lowest = segment if lowest is None else min(lowest, segment)
                highest = max(highest, segment)
        self.first = (lowest or 0) * SEGMENT_RECORDS
        self.end = (highest + 1) * SEGMENT_RECORDS
        if highest >= 0:
            size = os.stat(self._path(highest * SEGMENT_RECORDS))[6]
            # A torn tail ends its segment: appending behind it would put every later record out of step.
            if size % RECORD_BYTES == 0 and size < USED_RECORDS * RECORD_BYTES:
                self.end = highest * SEGMENT_RECORDS + size // RECORD_BYTES

    def _read_cursor(self):
        """Where the upload had got to; the oldest reading when that is unknown: ThingSpeak refuses what it has."""
        self.cursor, self.dropped = self.first, 0
        content = read(self._cursor_path) or b""
        if len(content) == 12 and content[8:] == _checksum(content[:8]):
            position, self.dropped = struct.unpack("<II", content[:8])
        elif len(content) == 8:  # up to version 1.1
            position, checksum = struct.unpack("<II", content)
            if checksum != binascii.crc32(b"cursor%d" % position):
                return
        else:
            return
        self.cursor = min(max(position, self.first), self.end)

    def _make_room(self):
        """Delete the oldest segments until `floor_bytes` are free or only the newest is left."""
        while free_bytes(self._directory) < self._floor_bytes and self.first < self.end - self.end % SEGMENT_RECORDS:
            remove(self._path(self.first))
            self.first = _next_segment(self.first)
            if self.cursor < self.first:
                waiting = self.waiting()
                self.cursor = self.first
                self.dropped += waiting - self.waiting()


def _next_segment(position):
    return (position // SEGMENT_RECORDS + 1) * SEGMENT_RECORDS


def _checksum(content):
    # Not a plain CRC-32: that of four erased bytes is four erased bytes.
    return struct.pack("<I", binascii.crc32(b"cursor" + content))


def _entries(directory):
    if hasattr(os, "ilistdir"):  # MicroPython: a hundred names at once would take 5 kB
        return os.ilistdir(directory)
    return [(name,) for name in os.listdir(directory)]
