"""The exchange on one connection: what Microdot reads a request from and writes its answer to, with every limit kept while bytes come.

Rules and status codes: RFC 9112 (messages) and RFC 9110 (semantics).
"""

import asyncio
import json
import sys

from microdot import HTTPException, Response
from micropython import const

_BUFFER_BYTES = const(512)
_PIECE_BYTES = const(256)  # after some hours larger pieces of the heap may be hard to find
_LINE_BYTES = const(2048)
_REQUEST_BYTES = const(10 * 1024)
_BODY_BYTES = const(2048)
_READ_S = const(5)

# The headers somebody here reads; those that decide something, the first ones, may come once only, and whole. All others are swallowed.
_DECISIVE = b" host: origin: content-type: content-length: expect: sec-fetch-site: transfer-encoding: "
_USEFUL = b" accept: accept-encoding: cookie: if-none-match: "

# Referrer-Policy: with "no-referrer" browsers send `Origin: null` even from our own forms. Style sheets stand inside the pages.
_GUARD = (
    b"Connection: close\r\n"
    b"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"connect-src 'self'; form-action 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
    b"Referrer-Policy: same-origin\r\n\r\n"
)


class Exchange:
    """Both streams that Microdot wants, over one connection (hardware/listener.py) whose first bytes, `rest`, are read already.

    What is too much, or not understood, is an HTTPException whose reason is an error code, or a ValueError.
    """

    def __init__(self, connection, rest):
        connection.left_s = _READ_S
        self._connection = connection
        self._rest = rest
        self._left_bytes = _REQUEST_BYTES - len(rest)
        self._seen = b""  # the decisive headers that came; empty before the first line
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))  # all of an answer goes through it: what has begun finds no shortage
        self._in_chunks = True

    async def readline(self):
        """The first line, then each header that somebody here reads, then an empty line. Raises EOFError, OSError."""
        while True:
            line = await self._line()
            if not self._seen:
                if line:
                    return self._first(line)
                continue  # RFC 9112, 2.2: empty lines before the first are skipped
            if not line:
                return line
            name, colon, value = line.partition(b":")
            name = name.lower() + colon
            if not colon or b" " in name or b"\t" in name:  # a folded line starts with a blank and ends here, too
                raise ValueError
            if name == b"cookie:":  # of the cookies of all who share this address, ours
                value = (b";" + value.replace(b" ", b"") + b";dewlog=").split(b";dewlog=")[1].split(b";")[0]
                line = name + b"dewlog=" + value
            is_whole = len(line) <= _LINE_BYTES
            if name == b"host:" and name in self._seen and self._is_absolute:
                pass
            elif b" %s " % name in _DECISIVE:
                if not is_whole:
                    raise HTTPException(431, "too_long")
                self._decide(name, value.strip())
                return line
            elif value and b" %s " % name in _USEFUL and is_whole and max(value) < 127:
                return line

    def _first(self, line):
        """The request line, with nothing but a path in it. RFC 9112, 3.2.2: it may be the absolute form, and its host wins."""
        if len(line) > _LINE_BYTES:
            raise HTTPException(414, "too_long")
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

    def _decide(self, name, value):
        if name in self._seen or max(value or b" ") > 126:
            raise ValueError
        self._seen += name
        if name == b"transfer-encoding:":
            raise HTTPException(411, "length_required")
        if name == b"content-length:":
            if not value.isdigit():
                raise ValueError
            if int(value[:7]) > _BODY_BYTES:
                raise HTTPException(413, "too_large")
        if name == b"expect:" and value.lower() != b"100-continue":
            raise HTTPException(417, "not_understood")

    async def _line(self):
        """The next line without its end; of one that is too long its beginning, which is too long as well."""
        start = b""
        while True:
            line, end, rest = self._rest.partition(b"\n")
            if end:
                self._rest = rest
                return start or line.rstrip(b"\r")
            if len(line) > _LINE_BYTES:
                if not self._seen:
                    return line
                start = start or line
                self._rest = b""
            await self._more()

    async def _more(self):
        piece = await self._connection.read(_PIECE_BYTES)
        if not piece:
            raise EOFError
        self._left_bytes -= len(piece)
        if self._left_bytes < 0:
            raise HTTPException(431, "too_long")
        self._rest += piece

    async def readexactly(self, size):
        """The body. Raises EOFError, OSError."""
        if b"expect:" in self._seen:
            await self._connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._connection.begun = False
        while len(self._rest) < size:
            await self._more()
        return self._rest[:size]

    async def answer(self, response):
        """Write the Response, and hear the visitor out. Raises OSError, MemoryError."""
        headers, body = response.headers, response.body
        self._filled = self._head_bytes = 0  # how much of it is the answer's head, until that is on its way
        self._in_head = True
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        if not body or isinstance(body, bytes) or "Content-Length" in headers:
            self._in_chunks = False
        elif self._in_chunks:
            headers["Transfer-Encoding"] = "chunked"
        await response.write(self)
        if self._in_chunks and not response.is_head:
            await self._gather(b"0\r\n\r\n")  # all of it could be made
        await self._flush()
        self._connection.left_s = 1
        while self._connection.asking and await self._connection.read(_PIECE_BYTES):
            pass  # it may go on sending, and the answer would be lost if the connection were closed meanwhile

    async def awrite(self, data):
        """A line of the head at a time, then the body piece by piece: gathered, so that few packets go out. Raises OSError."""
        if not self._in_head:
            if data and self._in_chunks:
                await self._gather(b"%x\r\n" % len(data))
                await self._gather(data)
                await self._gather(b"\r\n")
            else:
                await self._gather(data)
            if self._connection.endless == "text/event-stream":
                await self._flush()
            await asyncio.sleep(0)
        elif data != b"\r\n":
            await self._gather(b"HTTP/1.1" + data[8:] if data[:9] == b"HTTP/1.0 " else data)  # Microdot's, which knows no chunks
        else:
            self._in_head = False
            self._head_bytes = self._filled
            if self._connection.endless:
                await self._flush()  # the first piece may take a minute

    async def _gather(self, data):
        data = memoryview(data)
        while data:
            size = min(len(data), _BUFFER_BYTES - self._filled)
            self._buffer[self._filled : self._filled + size] = data[:size]
            self._filled += size
            data = data[size:]
            if self._filled == _BUFFER_BYTES:
                await self._flush()

    async def _flush(self):
        body, self._head_bytes = self._head_bytes, 0
        if body:
            await self._connection.write(self._buffer[:body])
            await self._connection.write(_GUARD)
        if self._filled > body:
            await self._connection.write(self._buffer[body : self._filled])
        self._filled = 0
        if self._connection.endless:
            self._connection.left_s = 86400


def pieces(members):
    """The text of a JSON object in pieces; the whole takes too much memory at once. members: its names and values."""
    text, between = "", "{"
    for name, value in members:
        value = json.dumps(value)
        if len(text) + len(value) > _PIECE_BYTES:
            yield text
            text = ""
        text += '%s"%s": %s' % (between, name, value)
        between = ", "
    yield text
    yield "}"


def send(request, name, version="", status=200):
    """The file `name` (without a "/") of the web folder, or 404.

    A page has the firmware's `version`. The name of what it needs changes with the content, so who has that never asks again.
    """
    kind = Response.types_map.get(name.rpartition(".")[2])
    if not kind or not version and kind == "text/html":
        return {"error": "not_found"}, 404
    age = "max-age=3600" if version else "public, max-age=31536000, immutable"
    if status != 200 or name in ("setup.html", "proof.html"):  # what stands there changes as the set-up goes on
        age = "no-cache"
    tag = '"%s%s"' % (name, version)
    headers = {"Content-Type": kind + "; charset=utf-8", "Cache-Control": age, "ETag": tag, "Vary": "Accept-Encoding"}
    if status == 200 and tag in request.headers.get("If-None-Match", ""):
        return None, 304, headers
    try:
        file = open("%s/static/%s.gz" % (sys.path[0], name), "rb")
    except OSError:
        return {"error": "not_found"}, 404
    _, is_taken, weight = request.headers.get("Accept-Encoding", "").lower().replace(" ", "").partition("gzip")
    weight = weight.split(",")[0]
    if is_taken and (not weight or weight.strip(";q=0.")):
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(file.seek(0, 2))
        file.seek(0)
    else:
        import deflate

        file = deflate.DeflateIO(file, deflate.GZIP, 11, True)  # 11: the window of 2 kB that the build packs with
    return Response(_blocks(file), status, headers)


def _blocks(file):
    """What is in it, piece by piece in one place of the heap."""
    block = memoryview(bytearray(_PIECE_BYTES))
    try:
        while size := file.readinto(block):
            yield block[:size]
    finally:
        file.close()
