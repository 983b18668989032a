"""The shelf: the modules of the app, packed together in one file and unpacked while they are imported.

Flash hands out whole blocks of 4 KB, so a hundred small modules would take half a megabyte for each of the two slots. tools/shelving.py
describes the file.
"""

import binascii
import gc
import io
import struct
import sys

import deflate
import vfs

PLACE = "/shelf"
FILE = "/app.shelf"
WINDOW_BITS = 10  # what the build packed with
CHECKSUM_BYTES = 2
RECORD_BYTES = 6
PIECE_BYTES = 64
NOT_FOUND = 2
ANY = "any"
ANY_FILE = "/any.mpy"
GET_BUFFER_SIZE = 11  # a request of MicroPython's stream protocol; the others are answered with 0


_mounted = None


def mount():
    """Make the shelf of the slot that stands first in sys.path importable. Modules that lie in the slot itself go before it."""
    global _mounted
    _mounted = _Shelf(sys.path[0] + FILE)
    vfs.mount(_mounted, PLACE)
    sys.path.insert(1, PLACE)


def load(name):
    """What core/on_demand.py has under this name, for the board: tools/build.py puts it in the other's place.

    Every module comes by one path, because MicroPython keeps each path that it imports from for good.
    """
    _mounted.wanted = "/%s.mpy" % name
    _mounted.opened = opened = []
    try:
        return __import__(ANY)
    finally:
        _mounted.opened = None
        for name in opened:
            sys.modules.pop(name, None)


class _Shelf:
    """A filesystem that can be read, as far as `import` needs one: one file at a time.

    There is one unpacker for ever: it takes 2.3 kB in two pieces, which a heap in use could not be sure to have again. It stands between
    two streams whenever all of one was read.
    """

    def __init__(self, path):
        self._file = open(path, "rb")
        count, self._shift = self._file.read(2)
        self._checksums = self._file.read(count * CHECKSUM_BYTES)
        self._unpacked = deflate.DeflateIO(self._file, deflate.RAW, WINDOW_BITS)
        self._left = 0  # bytes of the present stream
        self.wanted = None
        """The file that is meant by `ANY`."""
        self.opened = None
        """A list to which the names of modules are added as they are opened."""
        self._module = _Module(self.readinto)

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
        """A stream from which the module can be read. Raises OSError."""
        number = self._find(path)
        if self.opened is not None:
            self.opened.append(path[1:-4])
        gc.collect()  # what is kept should not lie scattered between garbage
        self._pass_over(self._left)
        self._file.seek(2 + len(self._checksums) + number * RECORD_BYTES)
        offset, self._left, before = struct.unpack("<HHH", self._file.read(RECORD_BYTES))
        self._file.seek(2 * offset)
        self._pass_over(before)
        return self._module

    def readinto(self, buffer):
        count = self._unpacked.readinto(memoryview(buffer)[: self._left])
        self._left -= count
        return count

    def _pass_over(self, count):
        buffer = memoryview(bytearray(PIECE_BYTES))
        while count:
            count -= self.readinto(buffer[:count])

    def _find(self, path):
        """Which module it is."""
        if path == ANY_FILE:
            path = self.wanted
        wanted = struct.pack("<H", binascii.crc32(path[1:].encode()) >> self._shift & 0xFFFF)
        place = self._checksums.find(wanted)
        while place > 0 and place % CHECKSUM_BYTES:
            place = self._checksums.find(wanted, place + 1)
        if place >= 0:
            return place // CHECKSUM_BYTES
        raise OSError(NOT_FOUND)


class _Module(io.IOBase):
    """The stream of the module that was opened last."""

    def __init__(self, readinto):
        self.readinto = readinto

    def ioctl(self, request, argument):
        return PIECE_BYTES if request == GET_BUFFER_SIZE else 0
