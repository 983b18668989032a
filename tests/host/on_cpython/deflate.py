"""MicroPython's module `deflate`, for portable tests on CPython."""

import zlib

RAW, ZLIB, GZIP = 1, 2, 3


class DeflateIO:
    """Unpacks what it reads from `stream`; bound to a window of 2**wbits bytes as on the device."""

    def __init__(self, stream, format, wbits, close=False):
        self._stream = stream
        self._closes = close
        self._decompressor = zlib.decompressobj({RAW: -wbits, ZLIB: wbits, GZIP: 16 + wbits}[format])

    def read(self, size):
        unpacked = b""
        while len(unpacked) < size:
            packed = self._decompressor.unconsumed_tail or self._stream.read(64)
            unpacked += self._decompressor.decompress(packed, size - len(unpacked))
            if not packed:
                break
        return unpacked

    def readinto(self, buffer):
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self):
        if self._closes:
            self._stream.close()
