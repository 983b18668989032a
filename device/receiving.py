"""Receiving: a request from its first byte to its last, every limit kept while the bytes arrive, and whether it is meant for us.

In memory while somebody is asking.
"""

from core.hosts import host_allowed, origin_allowed, own_names
from core.refused import Refused
from core.request_head import LINE_BYTES, Head
from microdot.microdot import NoCaseDict, Request

PIECE_BYTES = 192
_READING_METHODS = ("GET", "HEAD", "OPTIONS")


async def receive(app, access, connection):
    """The Request, or None when the visitor leaves before it is complete. One for another host has `foreign` set. Raises Refused."""
    head = Head(NoCaseDict())
    pending = b""
    complete = is_skipping = False
    while not complete:
        end = pending.find(b"\n") + 1
        if is_skipping:
            head.skip(end or len(pending))
            is_skipping = not end
            pending = pending[end:] if end else b""
        elif end:
            complete = head.feed(pending[:end])
            pending = pending[end:]
        elif len(pending) > LINE_BYTES:
            if not head.method:
                raise Refused(414, "The line is too long.")
            head.skip(len(pending), pending.partition(b":")[0].lower())
            is_skipping = True
            pending = b""
        if end:
            continue
        piece = await connection.read(PIECE_BYTES)
        if not piece:
            return None
        pending += piece
    if head.waits:
        await connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    pending = pending[: head.body_bytes]
    while len(pending) < head.body_bytes:
        piece = await connection.read(min(PIECE_BYTES, head.body_bytes - len(pending)))
        if not piece:
            return None
        pending += piece
    try:
        request = Request(app, connection.peer, head.method, head.target, "1.0", head.headers, body=pending)
    except ValueError:  # Microdot decodes the query here
        raise Refused(400, "The address is not understood.")
    request.foreign = _is_foreign(request, own_names(*access.names()))
    return request


def _is_foreign(request, names):
    host = request.headers.get("host", "")
    if not host_allowed(host, names):
        if not hasattr(request.app, "foreign_host"):
            raise Refused(421, "This device has another name.")
        return True
    if request.method not in _READING_METHODS:
        site = request.headers.get("sec-fetch-site", "none")
        if site not in ("none", "same-origin") or not origin_allowed(request.headers.get("origin"), host, names):
            raise Refused(403, "This was sent by a page of another site.")
    return False
