"""The journal on flash: every reading once, in segments; the oldest go when space runs short."""

import binascii
import os
import struct

from core.journal import RECORD_BYTES, SEGMENT_RECORDS, pack, unpack
from hardware.flash import free_bytes, read, remove

FLOOR_BYTES = 256 * 1024
"""Kept free for a new version of the app beside the running one."""


class Journal:
    """Appends readings, walks over them, and remembers in a cursor how far they are uploaded.

    `first` and `end` are positions: of the oldest reading, and of the next one to be written. Every record is on flash when `append`
    returns. `dropped` counts readings that will never be uploaded, since the first day: deleted before their turn, or refused for good.
    `damaged` counts records that the upload found unreadable since the start. root: the folder that is taken for "/".
    """

    def __init__(self, root=""):
        self._root = root
        directory = root + "/journal"
        self.first = self.end = self.dropped = self.damaged = 0
        try:
            os.mkdir(directory)
        except OSError:
            pass  # it is there
        last = -1
        for entry in os.ilistdir(directory):  # a list of a hundred names would take 5 kB
            name = entry[0]
            if name[6:] == ".seg" and name[:6].isdigit():
                position = int(name[:6]) * SEGMENT_RECORDS
                self.first = position if last < 0 else min(self.first, position)
                last = max(last, position)
        if last >= 0:
            size = os.stat(self._path(last))[6]
            # A torn tail ends its segment: appending behind it would put every later record out of step.
            self.end = last + (SEGMENT_RECORDS if size % RECORD_BYTES else size // RECORD_BYTES)
        self.cursor = self.first  # when it is unknown: ThingSpeak refuses what it has
        content = read(root + "/cursor") or b""
        if len(content) == 12:
            position, dropped, checksum = struct.unpack("<III", content)
            if checksum == binascii.crc32(b"cursor" + content[:8]):
                self.cursor = min(max(position - position // 1024, self.first), self.end)
                self.dropped = dropped

    def append(self, reading):
        """Keep the reading and return its position. Raises OSError when flash is full or broken; the next append tries again."""
        position = self.end
        is_new = position % SEGMENT_RECORDS == 0
        if is_new:  # the oldest segments go until enough is free or none is left
            while self.first < position and free_bytes(self._root + "/") < FLOOR_BYTES:
                remove(self._path(self.first))
                self.first += SEGMENT_RECORDS
                self.dropped += max(0, self.first - self.cursor)
                self.cursor = max(self.cursor, self.first)
        try:
            with open(self._path(position), "wb" if is_new else "ab") as file:
                file.write(pack(reading))
        except OSError:
            self.end += -position % SEGMENT_RECORDS  # half a record may be in the file: the next one goes into a new file
            raise
        self.end += 1
        return position

    def batches(self, position, buffer):
        """Fill the buffer again and again with records, from `position` to the end; yields the position of the first and their number."""
        position = max(position, self.first)
        while position < self.end:
            records = 0
            try:
                with open(self._path(position), "rb") as file:
                    file.seek(position % SEGMENT_RECORDS * RECORD_BYTES)
                    records = file.readinto(buffer) // RECORD_BYTES
            except OSError:
                pass  # deleted to make room, or damaged
            if records:
                yield position, records
                position += records
            else:
                position += SEGMENT_RECORDS - position % SEGMENT_RECORDS

    def walk(self, position, batch=16):
        """Yield (position, Reading, or None for a damaged record) from `position` to the end; `batch` records a read."""
        buffer = bytearray(batch * RECORD_BYTES)
        for start, records in self.batches(position, buffer):
            for index in range(records):
                yield start + index, unpack(buffer, index * RECORD_BYTES)

    def waiting(self):
        """Readings from the cursor to the end."""
        return self.end - self.cursor

    def move_cursor(self, position):
        """Everything before `position` is uploaded. Raises OSError when flash cannot be written; the cursor in memory has moved then."""
        self.cursor = position
        # On flash a segment counts 1024, as ever. A plain CRC-32 would not do: that of four erased bytes is four erased bytes.
        content = struct.pack("<II", position + position // SEGMENT_RECORDS, self.dropped)
        content += struct.pack("<I", binascii.crc32(b"cursor" + content))
        # Once a minute: on littlefs the old content stays until the file is closed, and this erases ten times less than a second file.
        with open(self._root + "/cursor", "wb") as file:
            file.write(content)

    def _path(self, position):
        return "%s/journal/%06d.seg" % (self._root, position // SEGMENT_RECORDS)
