"""The exchange on one connection: what Microdot reads a request from and writes its answer to, with every limit kept while bytes come.

Rules and status codes: RFC 9112 (messages) and RFC 9110 (semantics).
"""

import asyncio
import json
from io import StringIO

from microdot import HTTPException
from micropython import const

_BUFFER_BYTES = const(512)
_SIZE_BYTES = const(5)  # what stands before a chunk: its size in three digits, and the end of that line
_FULL_BYTES = const(512 - 7)  # after it: the end of the chunk, and of all chunks
_PIECE_BYTES = const(256)  # after some hours larger pieces of the heap may be hard to find
_LINE_BYTES = const(1536)
_REQUEST_BYTES = const(10 * 1024)
_BODY_BYTES = const(2048)
_BUNDLE_BYTES = const(512 * 1024)
_READ_S = const(5)

# The headers somebody here reads; those that decide something, the first ones, may come once only, and whole. All others are swallowed.
_DECISIVE = const(b"\nhost:\norigin:\ncontent-type:\ncontent-length:\nsec-fetch-site:\ntransfer-encoding:")
_USEFUL = const(b"\naccept:\naccept-encoding:\ncookie:\nif-none-match:")

# Referrer-Policy: with "no-referrer" browsers send `Origin: null` even from our own forms. Style sheets stand inside the pages.
_GUARD = const(
    b"Connection: close\r\n"
    b"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
    b"Referrer-Policy: same-origin\r\n\r\n"
)


class Exchange:
    """Both streams that Microdot wants, over one connection (hardware/listener.py) whose first bytes, `piece`, are read already.

    What is too much, or not understood, is an HTTPException whose reason is an error code, or a ValueError.
    """

    def __init__(self, connection, piece):
        connection.left_s = _READ_S
        self._connection = connection
        self._rest = piece
        self._at = -1  # where the line feed before the next line is
        self._left_bytes = _REQUEST_BYTES - len(piece)
        self._seen = b""  # the decisive headers that came; empty before the first line

    async def readline(self):
        """The first line, then each header that somebody here reads, then an empty line. Raises EOFError, OSError."""
        while True:
            rest, start = self._rest, self._at
            end = rest.find(b"\n", start + 1)
            if end < 0 and len(rest) - start - 1 <= _LINE_BYTES:
                await self._more()
                continue
            self._at = end
            if end < 0:  # too long: it is taken as it is, and what is still to come of it as a header that nobody reads
                self._rest, self._at, end = b"\n-:", 0, len(rest)
            if end and rest[end - 1] == 13:  # a carriage return
                end -= 1
            if end == start + 1:
                if self._seen:
                    return b""
                continue  # RFC 9112, 2.2: empty lines before the first are skipped
            if not self._seen:
                return self._first(rest[start + 1 : end])
            line = self._header(rest, start, end)
            if line:
                return line

    def _first(self, line):
        """The request line, with nothing but a path in it."""
        if len(line) > _LINE_BYTES:
            raise HTTPException(414, "too_long")
        if max(line) > 126 or b" /" not in line or line[-9:-1] != b" HTTP/1.":  # before it is text: MicroPython keeps
            raise ValueError  # every different character that it looks at for good
        self._seen = b" "
        self._most_bytes = _BUNDLE_BYTES if line[:17] == b"POST /api/update " else _BODY_BYTES
        self._in_chunks = line[-1:] != b"0"
        return line

    def _header(self, rest, start, end):
        """The header line there, if it is one that somebody reads."""
        name = rest[start : rest.find(b":", start, end) + 1].lower()
        if not name or b" " in name or b"\t" in name:  # a folded line starts with a blank and ends here, too
            raise ValueError
        is_decisive = name in _DECISIVE
        if not is_decisive and name not in _USEFUL:
            return None
        line = rest[start + 1 : end] if end - start <= _LINE_BYTES else b""
        if is_decisive:
            if not line:
                raise HTTPException(431, "too_long")
            value = line[len(name) - 1 :].strip()
            if name in self._seen or max(value or b" ") > 126:
                raise ValueError
            self._seen += name
            if name == b"\ncontent-type:":
                line = line.lower()
            if name == b"\ntransfer-encoding:":
                raise HTTPException(411, "length_required")
            if name == b"\ncontent-length:":
                if not value.isdigit():
                    raise ValueError
                if int(value[:7]) > self._most_bytes:
                    raise HTTPException(413, "too_large")
                self._left_bytes += int(value)
        elif name == b"\ncookie:":  # of the cookies of all who share this address, ours
            line = _cookie(rest, start, end)
        return line if line and max(line) < 127 else None

    async def _more(self):
        piece = await self._connection.read(_PIECE_BYTES)
        if not piece:
            raise EOFError
        self._left_bytes -= len(piece)
        if self._left_bytes < 0:
            raise HTTPException(431, "too_long")
        self._rest, self._at = self._rest[max(self._at, 0) :] + piece, min(self._at, 0)

    async def readexactly(self, size):
        """The body, or the next bytes of it. Raises EOFError, OSError."""
        while len(self._rest) - self._at <= size:
            await self._more()
        self._at += size
        body = self._rest[self._at + 1 - size : self._at + 1]
        if len(self._rest) == self._at + 1:
            self._rest, self._at = b"", -1  # all of it, which may be two kB
        return body

    async def answer(self, response):
        """Write the Response, and hear the visitor out. Raises OSError, MemoryError."""
        headers, body = response.headers, response.body
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))  # all of an answer goes through it: what has begun finds no shortage
        self._rest = self._seen = None
        self._head = []  # its lines, until they are on their way
        self._filled = 0  # the end of what is gathered in the buffer; 0 in the head
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        if not body or isinstance(body, bytes) or "Content-Length" in headers:
            self._in_chunks = False
        elif self._in_chunks:
            headers["Transfer-Encoding"] = "chunked"
        await response.write(self)
        self._connection.in_chunks = self._in_chunks
        goes_on = response.is_head or self._connection.endless == "text/event-stream"
        await self._flush(b"0\r\n\r\n" if self._in_chunks and not goes_on else b"")  # all of it could be made
        self._connection.left_s = 1
        while self._connection.asking and await self._connection.read(_PIECE_BYTES):
            pass  # it may go on sending, and the answer would be lost if the connection were closed meanwhile

    async def awrite(self, data):
        """A line of the head at a time, then the body piece by piece: gathered, so that few packets go out. After an empty piece others
        have their turn. Raises OSError."""
        if not self._filled:
            if data != b"\r\n":
                self._head.append(data if self._head else b"HTTP/1.1" + data[8:])  # Microdot's is 1.0, which knows no chunks
                return
            self._filled = _SIZE_BYTES
            data = b""
        if not data:
            await asyncio.sleep(0)
        while len(data) > _FULL_BYTES - self._filled:
            data = memoryview(data)
            room = _FULL_BYTES - self._filled
            self._buffer[self._filled : _FULL_BYTES] = data[:room]
            self._filled = _FULL_BYTES
            data = data[room:]
            await self._flush()
            await asyncio.sleep(0)
        end = self._filled + len(data)
        self._buffer[self._filled : end] = data
        self._filled = end

    async def _flush(self, last=b""):
        """Write the head, if it is still there, and what is gathered of the body: as a chunk, for which the buffer has room round it."""
        if self._head:
            await self._connection.write(b"".join(self._head))
            await self._connection.write(_GUARD)
            self._head = None
        start = _SIZE_BYTES
        if self._in_chunks and self._filled > start:
            self._buffer[:start] = b"%03x\r\n" % (self._filled - start)
            start = 0
            last = b"\r\n" + last
        end = self._filled + len(last)
        self._buffer[self._filled : end] = last
        if end > start:
            await self._connection.write(self._buffer[start:end])
        self._filled = _SIZE_BYTES
        if self._connection.endless:
            self._connection.left_s = 86400


def _cookie(rest, start, end):
    """The header with our cookie alone, or b"". Nothing is copied: browsers bring two kB and more of others'."""
    while (start := rest.find(b"dewlog=", start + 1, end)) >= 0:
        if rest[start - 1] in b" ;:":  # else it is the end of another one's name
            stop = rest.find(b";", start, end)
            return b"Cookie:" + rest[start : end if stop < 0 else stop].strip()
    return b""


def pieces(members):
    """The text of a JSON object in pieces; the whole takes too much memory at once. members: its names and values."""
    text, between = StringIO(), "{"
    for name, value in members:
        text.write(between)
        json.dump(name, text)
        text.write(": ")
        json.dump(value, text)
        between = ", "
        if text.tell() > _PIECE_BYTES // 2:
            yield text.getvalue()
            text = StringIO()
    yield text.getvalue() + "}"
