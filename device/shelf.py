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
FOLDERS = ("", "core", "hardware", "microdot")
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
        self._indexes = {folder: self._index(folder) for folder in FOLDERS}

    def _path(self, folder):
        return "%s/%s.shelf" % (self._directory, folder or "top")

    def _index(self, folder):
        with open(self._path(folder), "rb") as file:
            return file.read(struct.unpack("<H", file.read(2))[0] * RECORD_BYTES)

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def stat(self, path):
        """Whether it is there, and a folder or a file; everything else is 0. Raises OSError."""
        if path[1:] not in self._indexes:
            self._find(path)
            return (0x8000,) + (0,) * 9
        return (0x4000,) + (0,) * 9

    def open(self, path, mode):
        """A stream from which the module can be read to its end, but not beyond. Raises OSError."""
        folder, offset, skip = self._find(path)
        gc.collect()  # the window wants one free piece of 1 KB, and what is kept should not lie scattered between garbage
        file = open(self._path(folder), "rb")
        file.seek(offset)
        stream = deflate.DeflateIO(file, deflate.RAW, WINDOW_BITS, True)
        buffer = bytearray(64)
        while skip:
            skip -= stream.readinto(buffer, min(skip, len(buffer)))
        return stream

    def _find(self, path):
        """(folder, where its stream begins in the file, how many unpacked bytes come before it)."""
        folder, _, name = path[1:].rpartition("/")
        index = self._indexes.get(folder, b"")
        wanted = binascii.crc32(name.encode()) & 0xFFFF
        for position in range(0, len(index), RECORD_BYTES):
            checksum, offset, skip = struct.unpack_from("<HHH", index, position)
            if checksum == wanted:
                return folder, offset, skip
        raise OSError(NOT_FOUND)
