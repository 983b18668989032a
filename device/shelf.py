"""The shelf: the modules of the app, packed together in a few files and unpacked while they are imported.

Flash hands out whole blocks of 4 KB, so a hundred small modules would take half a megabyte for each of the two slots. tools/shelving.py
describes the files.
"""

import binascii
import gc
import struct
import sys

import deflate
import vfs

PLACE = "/shelf"
FILES = ("top", "core", "hardware")
WINDOW_BITS = 10  # what the build packed with
RECORD_BYTES = 6
NOT_FOUND = 2


def mount():
    """Make the shelf of the slot that stands first in sys.path importable. Modules that lie in the slot itself go before it."""
    vfs.mount(_Shelf(sys.path[0]), PLACE)
    sys.path.insert(1, PLACE)


class _Shelf:
    """A filesystem that can be read, as far as `import` needs one."""

    def __init__(self, directory):
        self._directory = directory
        self._indexes = [self._index(name) for name in FILES]

    def _path(self, name):
        return "%s/%s.shelf" % (self._directory, name)

    def _index(self, name):
        with open(self._path(name), "rb") as file:
            return file.read(struct.unpack("<H", file.read(2))[0] * RECORD_BYTES)

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def stat(self, path):
        """Whether it is there, and the shelf itself or a file; everything else is 0. Raises OSError."""
        if path != "/":
            self._find(path)
        return (0x4000 if path == "/" else 0x8000,) + (0,) * 9

    def open(self, path, mode):
        """A stream from which the module can be read to its end, but not beyond. Raises OSError."""
        name, offset, skip = self._find(path)
        gc.collect()  # the window wants one free piece of 1 KB, and what is kept should not lie scattered between garbage
        file = open(self._path(name), "rb")
        file.seek(offset)
        stream = deflate.DeflateIO(file, deflate.RAW, WINDOW_BITS, True)
        buffer = bytearray(64)
        while skip:
            skip -= stream.readinto(buffer, min(skip, len(buffer)))
        return stream

    def _find(self, path):
        """(shelf, where the module's stream begins in the file, how many unpacked bytes come before it)."""
        wanted = binascii.crc32(path[1:].encode()) & 0xFFFF
        for name, index in zip(FILES, self._indexes):
            for position in range(0, len(index), RECORD_BYTES):
                checksum, offset, skip = struct.unpack_from("<HHH", index, position)
                if checksum == wanted:
                    return name, offset, skip
        raise OSError(NOT_FOUND)
