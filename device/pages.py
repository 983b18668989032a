"""The pages and files built from web/, sent from flash compressed as they are."""

import struct
from binascii import crc32

from microdot import Response

from core.on_demand import load

CHUNK_BYTES = 512
STORED_LIMIT = 0xFFFF
RECORD = "<HHIIB"
RECORD_BYTES = 13
GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
LAST_BLOCK = b"\x03\0"  # an empty final block: the pieces before it are all non-final
TYPES = {"css": "text/css", "js": "text/javascript", "json": "application/manifest+json", "svg": "image/svg+xml", "png": "image/png"}


def escape(text):
    """`text` so that it stands in HTML, between tags or in a quoted attribute, as what it is."""
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(character, entity)
    return text


class Pages:
    """The built files in `directory` (its path ends in "/")."""

    def __init__(self, directory):
        self._directory = directory

    def render(self, request, name, values, status=200, headers=None):
        """The page web/`name` with its {{placeholders}} filled from `values`, as a streamed Response.

        A value is HTML: str, UTF-8 bytes, or an iterable of them that is walked while it is sent. A placeholder without a
        value stays empty.
        """
        path = self._directory + name + ".page"
        sent = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        if _takes_gzip(request):
            sent["Content-Encoding"] = "gzip"
            body = _compressed_page(path, values)
        else:
            body = load("plain_pages").page(path, values)
        sent.update(headers or {})
        return Response(body, status, sent)

    def static(self, request, filename):
        """The file `filename`, named with its version: a browser that has it never asks again. 404 for anything else."""
        kind = TYPES.get(filename.rsplit(".", 1)[-1])
        if not kind or "/" in filename or "\\" in filename or "\0" in filename:
            return Response("Not found", 404)
        try:
            file = open(self._directory + filename + ".gz", "rb")
        except OSError:
            return Response("Not found", 404)
        tag = '"%s"' % filename
        sent = {"Content-Type": kind, "Cache-Control": "public, max-age=31536000, immutable", "ETag": tag, "Vary": "Accept-Encoding"}
        if tag in request.headers.get("If-None-Match", ""):
            file.close()
            return Response(b"", 304, sent)
        if _takes_gzip(request):
            sent["Content-Encoding"] = "gzip"
            return Response(read_to_end(file, file), 200, sent)
        return Response(load("plain_pages").content(file), 200, sent)


def _takes_gzip(request):
    for offer in request.headers.get("Accept-Encoding", "").split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip().lower() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def read_to_end(file, stream):
    """`stream`, which reads from `file`, in chunks; `file` is closed after them."""
    with file:
        while True:
            chunk = stream.read(CHUNK_BYTES)
            if not chunk:
                return
            yield chunk


def _compressed_page(path, values):
    """The page as one gzip file: the packed pieces as they are, the values between them as stored blocks."""
    with open(path, "rb") as file:
        yield from in_chunks(_blocks(file, values))


def in_chunks(parts):
    """The bytes of `parts` in pieces of CHUNK_BYTES: small packets would each wait for the phone to acknowledge the one before."""
    chunk = bytearray(CHUNK_BYTES)
    used = 0
    for part in parts:
        part = memoryview(part)
        while part:
            fits = min(len(part), CHUNK_BYTES - used)
            chunk[used : used + fits] = part[:fits]
            part = part[fits:]
            used += fits
            if used == CHUNK_BYTES:
                yield bytes(chunk)
                used = 0
    if used:
        yield bytes(chunk[:used])


def pieces(file):
    """The records of the page's pieces, see `pack_page` in tools/packing.py. `file` then stands at the data of the first piece.

    Each is (packed bytes, text bytes, CRC-32 of the text, its shift, name of the placeholder that follows).
    """
    index = file.read(struct.unpack("<H", file.read(2))[0])
    at = 0
    while at < len(index):
        packed_bytes, text_bytes, crc, shift, name_bytes = struct.unpack_from(RECORD, index, at)
        at += RECORD_BYTES
        yield packed_bytes, text_bytes, crc, shift, index[at : at + name_bytes].decode()
        at += name_bytes


def _blocks(file, values):
    crc = size = 0
    yield GZIP_HEADER
    for packed_bytes, text_bytes, piece_crc, shift, name in pieces(file):
        while packed_bytes:
            data = file.read(min(packed_bytes, CHUNK_BYTES))
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
