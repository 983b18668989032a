"""Answering: what happens on one connection - limits, deadlines, host check, the app's answer. In memory while somebody is connected."""

import asyncio

from core.memory import FEW_BYTES, can_allocate
from core.refused import Refused
from microdot import microdot
from microdot.microdot import Response
from server import BUSY
from answer import Answer, close_body

READ_S = 5
ANSWER_S = 15
LINGER_S = 1
PIECE_BYTES = 512
_READING_METHODS = ("GET", "HEAD", "OPTIONS")


async def attend(server, visit):
    """Read a request, answer it. Raises OSError, asyncio.TimeoutError, MemoryError."""
    connection = visit.connection
    microdot.print_exception = server.tell  # Microdot itself would put a traceback on the console
    try:
        import receiving

        request = await asyncio.wait_for(receiving.receive(server.app, connection), READ_S)
        receiving = None
        server.has_asked(visit)
        if request:
            await _answer(server, visit, request)
    except Refused as refusal:
        await Answer(visit).send(Response(refusal.args[1] + "\n", refusal.args[0]))
        visit.asking = True
        await asyncio.wait_for(_swallow(connection), LINGER_S)


async def _answer(server, visit, request):
    if not can_allocate(FEW_BYTES):
        raise MemoryError
    response = await asyncio.wait_for(_dispatch(server.access, request), ANSWER_S)
    server.answered += 1
    answer = Answer(visit)
    kind = response.headers.get("Content-Type", "").split(";")[0]
    if kind not in server.streams:
        await asyncio.wait_for(answer.send(response), ANSWER_S)
    elif not server.streams[kind]:
        close_body(response)
        await visit.connection.write(BUSY)
    else:
        server.streams[kind] -= 1
        try:
            await answer.send(response)
        finally:
            server.streams[kind] += 1


async def _dispatch(access, request):
    app = request.app
    host = request.headers.get("host", "")
    if not access.host_allowed(host):
        if not hasattr(app, "foreign_host"):
            raise Refused(421, "This device has another name.")
        return app.foreign_host(request)
    if request.method not in _READING_METHODS and not _is_own_page(access, request.headers, host):
        raise Refused(403, "This was sent by a page of another site.")
    app.error_handlers.setdefault(405, _method_not_allowed)
    app.error_handlers.setdefault(MemoryError, _busy)
    return await app.dispatch_request(request)


def _is_own_page(access, headers, host):
    site = headers.get("sec-fetch-site", "none")
    return site in ("none", "same-origin") and access.origin_allowed(headers.get("origin"), host)


async def _swallow(connection):
    """Take what still comes: closing over unread bytes resets the connection, and the answer would be lost on the way."""
    while await connection.read(PIECE_BYTES):
        pass


def _method_not_allowed(request):
    return "This address does not take %s.\n" % request.method, 405, request.app.default_options_handler(request)


def _busy(request, failure):
    return "Dewlog is short of memory. Try again in a moment.\n", 503, {"Retry-After": "5"}
