"""The journal on flash: every reading once, in segments; the oldest go when space runs short."""

import binascii
import os
import struct

from core.journal import RECORD_BYTES, SEGMENT_RECORDS, USED_RECORDS, after, pack, unpack
from hardware.flash import free_bytes, read, remove, write_atomically

FLOOR_BYTES = 256 * 1024
"""Kept free for a new version of the app beside the running one."""


class Journal:
    """Appends readings, walks over them, and remembers in a cursor how far they are uploaded.

    first and end are positions: of the oldest reading, and of the next one to be written. Every record is on flash when `append`
    returns. Counted since the start: `damaged` records skipped, `dropped` ones deleted before they were uploaded.
    """

    def __init__(self, directory="/journal", cursor_path="/cursor", floor_bytes=FLOOR_BYTES):
        self._directory = directory
        self._cursor_path = cursor_path
        self._floor_bytes = floor_bytes
        self._file = None
        self.damaged = 0
        self.dropped = 0
        self._open()
        self.cursor = self._load_cursor()

    def append(self, reading):
        """Keep the reading and return its position. Raises OSError when flash is full or broken; the next append tries again."""
        if self._file is None:
            self._start_segment()
        position = self.end
        try:
            self._file.write(pack(reading))
            self._file.flush()
        except OSError:
            # Half a record may be in the file: the next one goes into a new file, where records are aligned.
            self._close()
            self.end = (position // SEGMENT_RECORDS + 1) * SEGMENT_RECORDS
            raise
        self.end = after(position)
        if self.end % SEGMENT_RECORDS == 0:
            self._close()
        return position

    def read_into(self, position, buffer):
        """Fill the buffer (bytearray) with the records from `position` on; return how many, 0 when there is none at that position."""
        segment, index = divmod(position, SEGMENT_RECORDS)
        try:
            with open(self._path(segment), "rb") as file:
                file.seek(index * RECORD_BYTES)
                wanted = memoryview(buffer)[: min(len(buffer), (USED_RECORDS - index) * RECORD_BYTES)]
                return file.readinto(wanted) // RECORD_BYTES
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
            position = after(position, records) if records else (position // SEGMENT_RECORDS + 1) * SEGMENT_RECORDS

    def waiting(self):
        """Readings from the cursor to the end."""
        segments = self.end // SEGMENT_RECORDS - self.cursor // SEGMENT_RECORDS
        return self.end - self.cursor - segments * (SEGMENT_RECORDS - USED_RECORDS)

    def move_cursor(self, position):
        """Everything before `position` is uploaded. Raises OSError when flash cannot be written; the cursor in memory has moved then."""
        self.cursor = position
        write_atomically(self._cursor_path, struct.pack("<II", position, _checksum(position)))

    def _open(self):
        lowest, highest = None, -1
        try:
            os.mkdir(self._directory)
        except OSError:
            pass  # it is there
        for name in os.listdir(self._directory):
            if name[-4:] == ".seg" and name[:-4].isdigit():
                segment = int(name[:-4])
                lowest = segment if lowest is None else min(lowest, segment)
                highest = max(highest, segment)
        self.first = (lowest or 0) * SEGMENT_RECORDS
        self.end = (highest + 1) * SEGMENT_RECORDS
        if highest >= 0:
            size = os.stat(self._path(highest))[6]
            # A torn tail ends its segment: appending behind it would put every later record out of step.
            if size % RECORD_BYTES == 0 and size < USED_RECORDS * RECORD_BYTES:
                self.end = highest * SEGMENT_RECORDS + size // RECORD_BYTES
                self._file = open(self._path(highest), "ab")

    def _start_segment(self):
        while free_bytes(self._directory) < self._floor_bytes and self._drop_oldest():
            pass
        self._file = open(self._path(self.end // SEGMENT_RECORDS), "ab")

    def _drop_oldest(self):
        """Delete the oldest segment; False when only the newest is left."""
        if self.first >= self.end - self.end % SEGMENT_RECORDS:
            return False
        following = (self.first // SEGMENT_RECORDS + 1) * SEGMENT_RECORDS
        remove(self._path(self.first // SEGMENT_RECORDS))
        self.first = following
        if self.cursor < following:
            waiting = self.waiting()
            self.cursor = following
            self.dropped += waiting - self.waiting()
        return True

    def _load_cursor(self):
        content = read(self._cursor_path) or b""
        if len(content) == 8:
            position, checksum = struct.unpack("<II", content)
            if checksum == _checksum(position):
                return min(max(position, self.first), self.end)
        # Unknown: send everything again. ThingSpeak refuses what it has.
        return self.first

    def _close(self):
        try:
            self._file.close()
        except OSError:
            pass
        self._file = None

    def _path(self, segment):
        return "%s/%06d.seg" % (self._directory, segment)


def _checksum(position):
    return binascii.crc32(b"cursor%d" % position)  # the plain CRC-32 of four erased bytes would be four erased bytes
