"""The exchange on one connection: a request is read within its limits, the web app answers it, and every answer shows if it breaks off."""

import asyncio

from core.hosts import host_allowed
from core.request_head import Refused, read_request
from micropython import const
from microdot.microdot import NoCaseDict, Request, Response

_READ_S = const(5)
_ANSWER_S = const(15)
_SEND_S = const(60)  # an answer that has an end
_LINGER_S = const(1)
_STREAM_S = const(86400)
_FILE_BYTES = const(1024)  # read at a time
_JOINED_BYTES = const(2048)  # a body up to this size leaves together with its head
STREAMS = {"text/event-stream": 2, "text/csv": 1}
"""How many answers of these kinds may run at once, without an end: one place always stays free for a page."""

# Referrer-Policy: with "no-referrer" browsers send `Origin: null` even from our own forms. Style sheets stand inside the pages.
_GUARD = (
    "Connection: close\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: same-origin\r\n\r\n"
)


class Exchange:
    """Answers visitors with the Microdot application `app`; `access` is a core.access.Access, log a callable(line).

    A request has `door` ("hotspot" or "home"), and (address, port) as `client_addr`. Requests for other hosts are answered by
    `app.foreign_host(request)`, which returns a Response.
    """

    def __init__(self, app, access, log):
        self._app = app
        self._access = access
        self._log = log
        app.error_handlers[Exception] = _failed

    async def attend(self, visit, piece):
        """Read the request that begins with `piece`, and answer it. Raises OSError, MemoryError."""
        connection = visit.connection
        request = None
        try:
            visit.allow(_READ_S)
            parts = await read_request(connection, piece)
            if not parts:
                return
            visit.asking = False
            visit.allow(_ANSWER_S)
            method, target, version, headers, body = parts
            try:
                request = Request(self._app, connection.peer, method, target, version, NoCaseDict(headers), body=body)
            except ValueError:  # Microdot decodes the query here
                raise Refused(400, "not_understood")
            response = await self._answer(request)
            visit.server.answered += 1
        except Refused as refusal:
            response = Response({"error": refusal.args[1]}, refusal.args[0])
        await _send(visit, request, response)
        if visit.asking:  # it may go on sending, and the answer would be lost if the connection were closed meanwhile
            visit.allow(_LINGER_S)
            while await connection.read(512):
                await asyncio.sleep(0)

    async def _answer(self, request):
        """The Response. Raises Refused, MemoryError."""
        app, headers = self._app, request.headers
        request.door = self._access.door(request.client_addr[0])
        host = headers.get("host", "")
        if not host_allowed(host, *self._access.names()):
            return app.foreign_host(request)
        if len(request.path) > 64:  # none of ours, and deep recursion for a regular expression
            raise Refused(414, "too_long")
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            origin = headers.get("origin")  # browsers always send one, scripts do not
            is_ours = origin is None or origin.lower() == "http://" + host.lower()
            if not is_ours or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
                raise Refused(403, "foreign_origin")
        request.failure = None
        response = await app.dispatch_request(request)
        if request.failure:
            if isinstance(request.failure, MemoryError):
                raise request.failure
            self._log("http: %s failed, %r" % (request.path, request.failure))
        return response


def _failed(request, failure):
    request.failure = failure
    return {"error": "failed"}, 500


async def _send(visit, request, response):
    """Raises OSError, MemoryError, often before a byte is out: the whole head goes out, or nothing of it."""
    body, headers = response.body, response.headers
    try:
        is_bare = response.status_code in (204, 304)  # no body, nor headers about one
        if not is_bare:
            response.complete()
        is_whole = isinstance(body, bytes)
        if not (is_whole or _has_place(visit, headers["Content-Type"].split(";")[0])):
            return await visit.server.say_busy(visit)
        in_chunks = not is_whole and request.http_version != "1.0" and "content-length" not in headers
        lines = ["HTTP/1.1 %d %s" % (response.status_code, "OK" if response.status_code == 200 else "")]
        for name, value in headers.items():
            for one in value if isinstance(value, list) else (value,):
                lines.append("%s: %s" % (name, one))
        if "cache-control" not in headers:
            lines.append("Cache-Control: no-store")
        if in_chunks:
            lines.append("Transfer-Encoding: chunked")
        lines.append(_GUARD)
        head = "\r\n".join(lines).encode()
        if is_bare or (request and request.method == "HEAD"):
            await visit.write(head)
        elif is_whole:
            if len(body) > _JOINED_BYTES:
                await visit.write(head)
                head = b""
            await visit.write(head + body)
        else:
            await _stream(visit, head, body, in_chunks)
    finally:
        if hasattr(body, "close"):
            body.close()  # one that is read from a file or a generator ends here, however far it came


def _has_place(visit, kind):
    if kind in STREAMS:
        others = 0
        for other in visit.server.visits:
            if other.endless == kind:
                if other.connection.gone():  # a browser that loads its page again comes before its old connection is missed
                    other.send_away()
                else:
                    others += 1
        if others >= STREAMS[kind]:
            return False
        visit.endless = kind
    return True


async def _stream(visit, head, body, in_chunks):
    """Send the body piece by piece: an asynchronous iterator, a file or a generator. The chunk that ends it goes out only when all of it
    could be made."""
    if visit.endless:
        await visit.write(head)  # its first piece may take a minute
        head = b""
    late_s = visit.server.uptime_s() + _SEND_S
    piece = True
    while piece is not None:
        if visit.endless:
            visit.allow(_STREAM_S)
        elif visit.server.uptime_s() > late_s:
            return
        try:
            if hasattr(body, "__anext__"):
                piece = await body.__anext__()
            else:
                piece = (body.read(_FILE_BYTES) or None) if hasattr(body, "read") else next(body)
        except (StopIteration, StopAsyncIteration):
            piece = None
        if piece:
            piece = piece.encode() if isinstance(piece, str) else piece
            if in_chunks:
                piece = b"".join((head, b"%x\r\n" % len(piece), piece, b"\r\n"))
            elif head:
                piece = head + piece
            await visit.write(piece)
            head = b""
            await asyncio.sleep(0)
    if in_chunks:
        head += b"0\r\n\r\n"
    if head:
        await visit.write(head)
