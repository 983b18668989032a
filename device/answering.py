"""Answering: what happens on one connection - limits, deadlines, the app's answer. In memory while somebody is connected."""

import asyncio

from core.memory import FEW_BYTES, can_allocate, has_free
from core.on_demand import PLENTY_BYTES, forget
from core.refused import Refused
from microdot import microdot
from microdot.microdot import Response
from server import BUSY, SHORT_OF_MEMORY
from answer import Answer, close_body

READ_S = 5
ANSWER_S = 15
LINGER_S = 1
PIECE_BYTES = 512


async def attend(server, visit):
    """Read a request, answer it. Raises OSError, asyncio.TimeoutError, MemoryError."""
    connection = visit.connection
    microdot.print_exception = lambda failure: _tell(server.log, failure)  # Microdot itself would put a traceback on the console
    try:
        import receiving

        request = await asyncio.wait_for(receiving.receive(server.app, server.access, connection), READ_S)
        receiving = None
        server.asked(visit)
        if not has_free(PLENTY_BYTES):
            forget("receiving")  # those who are still asking hold on to it
        if request:
            await _answer(server, visit, request)
    except Refused as refusal:
        await Answer(visit).send(Response(refusal.args[1] + "\n", refusal.args[0]))
        visit.asking = True
        await asyncio.wait_for(_swallow(connection), LINGER_S)


async def _answer(server, visit, request):
    if not can_allocate(FEW_BYTES):
        raise MemoryError
    response = await asyncio.wait_for(_dispatch(request), ANSWER_S)
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
        visit.endless = True
        try:
            await answer.send(response)
        finally:
            server.streams[kind] += 1


async def _dispatch(request):
    app = request.app
    if request.foreign:
        return app.foreign_host(request)
    app.error_handlers.setdefault(405, _method_not_allowed)
    app.error_handlers.setdefault(MemoryError, _busy)
    return await app.dispatch_request(request)


def _tell(log, failure):
    """Say on the console that a page failed."""
    log(SHORT_OF_MEMORY if isinstance(failure, MemoryError) else "A page failed (%s)." % type(failure).__name__)


async def _swallow(connection):
    """Take what still comes: closing over unread bytes resets the connection, and the answer would be lost on the way."""
    while await connection.read(PIECE_BYTES):
        pass


def _method_not_allowed(request):
    return "This address does not take %s.\n" % request.method, 405, request.app.default_options_handler(request)


def _busy(request, failure):
    return "Dewlog is short of memory. Try again in a moment.\n", 503, {"Retry-After": "5"}
