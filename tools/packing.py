"""Web pages in the form the device sends: compressed pieces with room for what only the device knows."""

import hashlib
import re
import struct
import zlib

from slimming import slim

WINDOW_BITS = 11
"""2 kB: what the device has to spare when it must unpack a page for a client without gzip."""
CRC_POLYNOMIAL = 0xEDB88320
RECORD = "<HHIIB"
"""One piece in a page's index: compressed bytes, text bytes, CRC-32 of the text, its shift (see `crc_shift`), length of the name
of the placeholder that follows. device/pages.py reads the same."""

PLACEHOLDER = re.compile(rb"\{\{([a-z][a-z0-9_]*)\}\}")
ASSET = re.compile(rb"\{\{asset:([\w.-]+)\}\}")


class PackingFailed(Exception):
    """A page cannot be packed; the text says which and why."""


def pack_page(html):
    """Cut the template `html` (bytes) at its {{placeholders}} and return the page file.

    The file is: length of the index (u16), index, then the raw-deflate data of all pieces. Each piece ends in a full flush, so it
    stands at a byte boundary and refers to nothing before it: whatever is inserted between two pieces leaves both valid.
    """
    parts = PLACEHOLDER.split(html)
    texts, names = parts[0::2], parts[1::2] + [b""]
    compressor = zlib.compressobj(9, zlib.DEFLATED, -WINDOW_BITS, 9)
    index, body = [], []
    for text, name in zip(texts, names):
        if len(text) > 0xFFFF:
            raise PackingFailed("a piece of %d bytes is longer than 64 kB" % len(text))
        data = compressor.compress(text) + compressor.flush(zlib.Z_FULL_FLUSH) if text else b""
        index.append(struct.pack(RECORD, len(data), len(text), zlib.crc32(text), crc_shift(len(text)), len(name)) + name)
        body.append(data)
    index = b"".join(index)
    return struct.pack("<H", len(index)) + index + b"".join(body)


def crc_shift(length):
    """x^(8*length) modulo the CRC-32 polynomial: multiplied with a CRC it says what the CRC becomes `length` zero bytes later.

    With it the device joins the CRCs of two texts without seeing them: crc(ab) = crc(a) * shift(len(b)) + crc(b), as in zlib's
    crc32_combine. Bit 31 stands for x^0.
    """
    result, square, exponent = 1 << 31, 1 << 30, 8 * length
    while exponent:
        if exponent & 1:
            result = _multiply(result, square)
        square = _multiply(square, square)
        exponent >>= 1
    return result


def _multiply(a, b):
    product = 0
    for bit in range(31, -1, -1):
        if a >> bit & 1:
            product ^= b
        b = b >> 1 ^ (CRC_POLYNOMIAL if b & 1 else 0)
    return product


def gzip(data):
    """A gzip file of `data` that is the same wherever and whenever it is made: no time, no name, no operating system."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -WINDOW_BITS, 9)
    body = compressor.compress(data) + compressor.flush()
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + body + struct.pack("<II", zlib.crc32(data), len(data))


class Assets:
    """The style sheets, scripts and pictures of web/, under names that change with their content."""

    def __init__(self, directory):
        self._directory = directory
        self.files = {}
        """What was asked for so far: name on the device to content."""

    def fill_in(self, text):
        """Replace every {{asset:file}} in `text` (bytes) by its address, /static/file.HASH.ext."""
        return ASSET.sub(lambda match: b"/static/" + self._versioned(match.group(1).decode()).encode(), text)

    def _versioned(self, name):
        content = self._content(name)
        stem, _, extension = name.rpartition(".")
        versioned = "%s.%s.%s" % (stem, hashlib.sha256(content).hexdigest()[:8], extension)
        self.files[versioned] = content
        return versioned

    def _content(self, name):
        """A page's style sheet is the common one plus its own, so that a page asks for one only."""
        path = self._directory / name
        if not path.is_file():
            raise PackingFailed("web/%s does not exist" % name)
        content = path.read_bytes()
        base = self._directory / "base.css"
        if name.endswith(".css") and path != base and base.exists():
            content = base.read_bytes() + content
        return slim(name, self.fill_in(content))
