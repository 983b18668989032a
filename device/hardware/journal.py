"""The journal on flash: every reading once, in segments of which the oldest go when space runs short (hardware/segments.py)."""

import binascii
import struct

from core.on_demand import Borrowed
from core.reading import RECORD_BYTES, SEGMENT_RECORDS, pack, unpack


class Journal:
    """Appends readings, walks over them, and remembers in a cursor how far they are uploaded.

    `first` and `end` are positions: of the oldest reading, and of the next one to be written. `dropped` counts readings that will never be
    uploaded, since the first day: deleted before their turn, or refused for good. `damaged` counts records that the upload found unreadable
    since the start. root: the folder that is taken for "/".
    """

    first = end = dropped = damaged = 0

    def __init__(self, root=""):
        self.root = root
        with Borrowed():
            from hardware.segments import survey

            survey(self)

    def append(self, reading):
        """Keep the reading and return its position. Raises OSError when flash is full or broken; the next append tries again."""
        position = self.end
        is_new = position % SEGMENT_RECORDS == 0
        if is_new:
            with Borrowed():
                from hardware.segments import make_room

                make_room(self)
        try:
            with open(self.path(position), "wb" if is_new else "ab") as file:
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
                with open(self.path(position), "rb") as file:
                    file.seek(position % SEGMENT_RECORDS * RECORD_BYTES)
                    records = file.readinto(buffer) // RECORD_BYTES
            except OSError:
                pass  # deleted to make room, or damaged
            if records:
                yield position, records
            position += records or SEGMENT_RECORDS - position % SEGMENT_RECORDS

    def walk(self, position, size=16):
        """Yield (position, Reading, or None for a damaged record) from `position` to the end; `size` records a read."""
        buffer = bytearray(size * RECORD_BYTES)
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
        # Once a minute: on littlefs the old content stays until the file is closed, and this erases ten times less than a second file.
        with open(self.root + "/cursor", "wb") as file:
            file.write(content + struct.pack("<I", binascii.crc32(b"cursor" + content)))

    def path(self, position):
        """Of the segment that the position is in."""
        return "%s/journal/%06d.seg" % (self.root, position // SEGMENT_RECORDS)
