"""The journal on flash: every reading once, in segments; the oldest go when space runs short."""

import binascii
import struct

from core.journal import RECORD_BYTES, SEGMENT_RECORDS, USED_RECORDS, after, pack, unpack
from core.on_demand import load, paged
from hardware.flash import remove

FLOOR_BYTES = 256 * 1024
"""Kept free for a new version of the app beside the running one."""


class Journal:
    """Appends readings, walks over them, and remembers in a cursor how far they are uploaded.

    first and end are positions: of the oldest reading, and of the next one to be written. Every record is on flash when `append`
    returns. Counted since the start: `damaged` records skipped, `dropped` ones deleted before they were uploaded.
    """

    @paged
    def __init__(self, directory="/journal", cursor_path="/cursor", floor_bytes=FLOOR_BYTES):
        self._directory = directory
        self._cursor_path = cursor_path
        self._floor_bytes = floor_bytes
        self._file = None
        self.damaged = 0
        self.dropped = 0
        upkeep = load("hardware.journal_upkeep")
        upkeep.find_ends(self, directory)
        self.cursor = upkeep.stored_cursor(self, cursor_path)

    def append(self, reading):
        """Keep the reading and return its position. Raises OSError when flash is full or broken; the next append tries again."""
        if self._file is None:
            self._open_segment()
        position = self.end
        try:
            self._file.write(pack(reading))
            self._file.flush()
        except OSError:
            self._close()
            if position % SEGMENT_RECORDS:
                # Half a record may be in the file: the next one goes into a new file, where records are aligned.
                self.end = (position // SEGMENT_RECORDS + 1) * SEGMENT_RECORDS
            else:
                remove(self.path(position // SEGMENT_RECORDS))
            raise
        self.end = after(position)
        if self.end % SEGMENT_RECORDS == 0:
            self._close()
        return position

    @paged
    def read_into(self, position, buffer):
        """Fill the buffer (bytearray) with the records from `position` on; return how many, 0 when there is none at that position."""
        segment, index = divmod(position, SEGMENT_RECORDS)
        try:
            with open(self.path(segment), "rb") as file:
                file.seek(index * RECORD_BYTES)
                wanted = memoryview(buffer)[: min(len(buffer), (USED_RECORDS - index) * RECORD_BYTES)]
                return file.readinto(wanted) // RECORD_BYTES
        except OSError:
            return 0  # deleted to make room, or damaged

    @paged
    def walk(self, position, batch=16):
        """Yield (position, Reading, or None for a damaged record) from `position` to the end as it is then; `batch` records a read."""
        read_into = self.read_into  # a page, too
        buffer = bytearray(batch * RECORD_BYTES)
        position = max(position, self.first)
        while position < self.end:
            records = read_into(position, buffer)
            for index in range(records):
                yield position + index, unpack(buffer, index * RECORD_BYTES)
            position = after(position, records) if records else (position // SEGMENT_RECORDS + 1) * SEGMENT_RECORDS

    def waiting(self):
        """Readings from the cursor to the end."""
        segments = self.end // SEGMENT_RECORDS - self.cursor // SEGMENT_RECORDS
        return self.end - self.cursor - segments * (SEGMENT_RECORDS - USED_RECORDS)

    @paged
    def move_cursor(self, position):
        """Everything before `position` is uploaded. Raises OSError when flash cannot be written; the cursor in memory has moved then."""
        self.cursor = position
        # Once a minute: on littlefs the old content stays until the file is closed, and this erases ten times less than a second file.
        with open(self._cursor_path, "wb") as file:
            file.write(struct.pack("<II", position, self.checksum(position)))

    def path(self, segment):
        """The name of a segment's file."""
        return "%s/%06d.seg" % (self._directory, segment)

    def checksum(self, position):
        """What stands beside a cursor. (The plain CRC-32 of four erased bytes would be four erased bytes.)"""
        return binascii.crc32(b"cursor%d" % position)

    @paged
    def _open_segment(self):
        if self.end % SEGMENT_RECORDS == 0:
            load("hardware.journal_upkeep").make_room(self, self._directory, self._floor_bytes)
        self._file = open(self.path(self.end // SEGMENT_RECORDS), "ab")

    @paged
    def _close(self):
        try:
            self._file.close()
        except OSError:
            pass
        self._file = None
