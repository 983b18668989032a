"""The exchange on one connection: what Microdot reads a request from and writes its answer to, with every limit kept while bytes come.

Rules and status codes: RFC 9112 (messages) and RFC 9110 (semantics).
"""

import asyncio

from micropython import const

_PIECE_BYTES = const(512)
_LINE_BYTES = const(2048)
_HEAD_BYTES = const(8192)
_BODY_BYTES = const(2048)
_READ_S = const(5)
_STREAM_S = const(86400)

# The headers somebody here reads; those that decide something, the first ones, may come once only, and whole. All others are swallowed.
_DECISIVE = b" host: origin: content-type: content-length: expect: sec-fetch-site: transfer-encoding: "
_USEFUL = b" accept: accept-encoding: if-none-match: "

# Referrer-Policy: with "no-referrer" browsers send `Origin: null` even from our own forms. Style sheets stand inside the pages.
_GUARD = (
    b"Connection: close\r\n"
    b"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"connect-src 'self'; form-action 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
    b"Referrer-Policy: same-origin\r\n\r\n"
)


class Refused(Exception):
    """This request gets `args[0]` (the status) and `args[1]` (an error code) instead of an answer."""


class Exchange:
    """Both streams that Microdot wants, over one connection (hardware/listener.py) whose first bytes, `rest`, are read already."""

    def __init__(self, connection, rest):
        connection.left_s = _READ_S
        self._connection = connection
        self._rest = rest
        self._read_bytes = len(rest)
        self._seen = None  # the decisive headers that came; None before the first line
        self._head = []  # the lines of the answer's head, None when it is out
        self._ready = b""  # it, until there is something of the body to go with it
        self._in_chunks = True

    # the request

    async def readline(self):
        """The first line, then each header that somebody here reads, then an empty line. Raises Refused, ValueError, EOFError, OSError."""
        while True:
            line, is_whole = await self._line()
            if self._seen is None:
                if not is_whole:
                    raise Refused(414, "too_long")
                if line:
                    return self._first(line)
                continue  # RFC 9112, 2.2: empty lines before the first are skipped
            if not line:
                return line
            name, colon, value = line.partition(b":")
            name = name.lower() + colon
            if not colon or b" " in name or b"\t" in name:  # a folded line starts with a blank and ends here, too
                raise ValueError
            if name == b"cookie:":
                at = (b";" + value.replace(b" ", b"")).find(b";dewlog=")
                if at >= 0:  # of the cookies of all who share this address, ours
                    return name + value.replace(b" ", b"")[at:].split(b";")[0]
            elif name == b"host:" and name in self._seen and self._is_absolute:
                pass
            elif b" %s " % name in _DECISIVE:
                self._decide(name, value.strip(), is_whole)
                return line
            elif b" %s " % name in _USEFUL and is_whole and max(value or b" ") < 127:
                return line

    def _first(self, line):
        """The request line, with nothing but a path in it. RFC 9112, 3.2.2: it may be the absolute form, and its host wins."""
        self._seen = b" "
        method, self._is_absolute, rest = line.partition(b" http://")
        if self._is_absolute:
            address, _, version = rest.partition(b" ")
            host, _, path = address.partition(b"/")
            self._rest = b"Host: " + host + b"\r\n" + self._rest
            line = method + b" /" + path + b" " + version
        if max(line) > 126 or b" /" not in line or line[-9:-1] != b" HTTP/1.":  # before it is text: MicroPython keeps
            raise ValueError  # every different character that it looks at for good
        self._in_chunks = line[-1:] != b"0"
        return line

    def _decide(self, name, value, is_whole):
        if not is_whole:
            raise Refused(431, "too_long")
        if name in self._seen or max(value or b" ") > 126:
            raise ValueError
        self._seen += name
        if name == b"transfer-encoding:":
            raise Refused(411, "length_required")
        if name == b"content-length:":
            if not value.isdigit():
                raise ValueError
            if int(value[:7]) > _BODY_BYTES:
                raise Refused(413, "too_large")
        if name == b"expect:" and value.lower() != b"100-continue":
            raise Refused(417, "not_understood")

    async def _line(self):
        """(the next line without its end, whether that is all of it)"""
        start = None
        while True:
            end = self._rest.find(b"\n")
            if end >= 0:
                line, self._rest = self._rest[:end].rstrip(b"\r"), self._rest[end + 1 :]
                return (line, len(line) <= _LINE_BYTES) if start is None else (start, False)
            if len(self._rest) > _LINE_BYTES:
                if self._seen is None:
                    return b"", False
                start = start or self._rest
                self._rest = b""
            await self._more()

    async def _more(self):
        piece = await self._connection.read(_PIECE_BYTES)
        if not piece:
            raise EOFError
        self._read_bytes += len(piece)
        if self._read_bytes > _HEAD_BYTES + _BODY_BYTES:
            raise Refused(431, "too_long")
        self._rest += piece

    async def readexactly(self, size):
        """The body. Raises EOFError, OSError."""
        if b"expect:" in self._seen:
            await self._connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._connection.begun = False
        while len(self._rest) < size:
            await self._more()
        return self._rest[:size]

    # the answer

    async def awrite(self, data):
        """A line of the head at a time, then the body piece by piece. Raises OSError."""
        head = self._head
        if head is None:
            if data:
                if self._in_chunks:
                    data = b"%x\r\n%s\r\n" % (len(data), data)
                await self._send(data)
            await asyncio.sleep(0)
        elif data != b"\r\n":
            head.append(data)
        else:
            self._head = None
            head[0] = b"HTTP/1.1" + head[0][8:]  # Microdot says 1.0, which knows no chunks
            text = b"".join(head)
            lower = text.lower()
            if b"\r\ncache-control:" not in lower:
                text += b"Cache-Control: no-store\r\n"
            if b"\r\ncontent-length:" in lower or b" 304 " in head[0]:
                self._in_chunks = False
            elif self._in_chunks:
                text += b"Transfer-Encoding: chunked\r\n"
            self._ready = text + _GUARD
            if self._connection.endless:
                await self._send(b"")  # its first piece may take a minute

    async def finish(self, has_body):
        """What ends the answer, when all of it could be made: a chunk of no length."""
        await self._send(b"0\r\n\r\n" if self._in_chunks and has_body else b"")

    async def _send(self, data):
        if self._ready:
            ready, self._ready = self._ready, b""
            await self._connection.write(ready)
        if data:
            await self._connection.write(data)
        if self._connection.endless:
            self._connection.left_s = _STREAM_S

    async def linger(self):
        """Hear the visitor out: it may go on sending, and the answer would be lost if the connection were closed meanwhile."""
        self._connection.left_s = 1
        while self._connection.asking and await self._connection.read(_PIECE_BYTES):
            await asyncio.sleep(0)
