"""A page on its way out, still compressed as the build left it. Loaded on demand."""

import struct
from binascii import crc32

from core.memory import can_allocate

CHUNK_BYTES, FEW_BYTES = 512, 128
STORED_LIMIT = 0xFFFF
RECORD = "<HHIIB"
RECORD_BYTES = 13
GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
LAST_BLOCK = b"\x03\0"  # an empty final block: the pieces before it are all non-final


def page(path, values):
    """The page at `path` as one gzip file: the packed pieces as they are, the values between them as stored blocks."""
    with open(path, "rb") as file:
        yield from in_chunks(_blocks(file, values))


def in_chunks(parts):
    """The bytes of `parts` in pieces of CHUNK_BYTES: small packets would each wait for the phone to acknowledge the one before."""
    size = CHUNK_BYTES if can_allocate(4 * CHUNK_BYTES) else FEW_BYTES
    chunk = bytearray(size)
    used = 0
    for part in parts:
        part = memoryview(part)
        while part:
            fits = min(len(part), size - used)
            chunk[used : used + fits] = part[:fits]
            part = part[fits:]
            used += fits
            if used == size:
                yield bytes(chunk)
                used = 0
    if used:
        yield bytes(chunk[:used])


def pieces(file):
    """The records of the page's pieces, see `pack_page` in tools/packing.py. `file` then stands at the data of the piece.

    Each is (packed bytes, text bytes, CRC-32 of the text, its shift, name of the placeholder that follows). What is not read of the data
    is passed over.
    """
    at = 2
    data_at = end = 2 + struct.unpack("<H", file.read(2))[0]
    while at < end:
        file.seek(at)
        packed_bytes, text_bytes, crc, shift, name_bytes = struct.unpack(RECORD, file.read(RECORD_BYTES))
        name = file.read(name_bytes).decode()
        at += RECORD_BYTES + name_bytes
        file.seek(data_at)
        data_at += packed_bytes
        yield packed_bytes, text_bytes, crc, shift, name


def _blocks(file, values):
    crc = size = 0
    yield GZIP_HEADER
    for packed_bytes, text_bytes, piece_crc, shift, name in pieces(file):
        while packed_bytes:
            data = file.read(min(packed_bytes, FEW_BYTES))
            packed_bytes -= len(data)
            yield data
        crc = joined_crc(crc, shift) ^ piece_crc
        size += text_bytes
        for text in texts(values.get(name, "")):
            for start in range(0, len(text), STORED_LIMIT):
                block = text[start : start + STORED_LIMIT]
                yield struct.pack("<BHH", 0, len(block), len(block) ^ 0xFFFF)
                yield block
            crc = crc32(text, crc)
            size += len(text)
    yield LAST_BLOCK
    yield struct.pack("<II", crc, size)


def texts(value):
    """What a placeholder becomes, as pieces of UTF-8."""
    for part in (value,) if isinstance(value, (str, bytes)) else value:
        yield part.encode() if isinstance(part, str) else part


def joined_crc(crc, shift):
    """`crc` after as many zero bytes as `shift` stands for: their product modulo the CRC-32 polynomial.

    In halves of 16 bits, because MicroPython keeps only numbers below 2**30 off the heap. See `crc_shift` in tools/packing.py.
    """
    high, low = crc >> 16, crc & 0xFFFF
    product_high = product_low = 0
    for half in (shift >> 16, shift & 0xFFFF):
        bit = 0x8000
        while bit:
            if half & bit:
                product_high ^= high
                product_low ^= low
            odd = low & 1
            low = low >> 1 | (high & 1) << 15
            high >>= 1
            if odd:
                high ^= 0xEDB8
                low ^= 0x8320
            bit >>= 1
    return product_high << 16 | product_low
