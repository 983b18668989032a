"""The guarded HTTP server under both web apps: limits, deadlines, host check."""

import asyncio

from core.memory import can_allocate
from core.request_head import LINE_BYTES, Head, Refused
from microdot import microdot
from microdot.microdot import NoCaseDict, Request, Response
from visit import Visit, close_body

CONNECTIONS = 4
STREAMS = {"text/event-stream": 2, "text/csv": 1}
"""How many answers of these kinds may run at once, without an end: one place always stays free for a page."""
READ_S = 5
ANSWER_S = 15
LINGER_S = 1
GRACE_S = 0.25  # for a request to follow its connection when every place is taken; halved while nothing but silence comes
SHORTEST_GRACE_S = 0.05
BEAT_S = 5
PIECE_BYTES = 512
SHORT_OF_MEMORY = "Short of memory: a page had to be left out."

BUSY = b"HTTP/1.0 503 Busy\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_READING_METHODS = ("GET", "HEAD", "OPTIONS")


class Server:
    """Serves the Microdot application `app`, which may be exchanged while it runs.

    listen: callable -> a listener (hardware/listener.py). access: who may ask (core/access.py). log: callable(sentence).
    beat: callable, called while the server makes progress. An application with an attribute `foreign_host`, callable(request) ->
    Response, answers requests for other hosts itself; for the others they end with 421.
    """

    def __init__(self, listen, access, log, beat):
        self.app = None
        self.answered = 0
        self._listen = listen
        self._access = access
        self._log = log
        self._beat = beat
        self._visits = []
        self._grace_s = GRACE_S
        self._streams = dict(STREAMS)
        microdot.print_exception = self._tell  # Microdot itself would put a traceback on the console

    def _tell(self, failure):
        if isinstance(failure, MemoryError):
            self._log(SHORT_OF_MEMORY)
        else:
            self._log("A page failed (%s)." % type(failure).__name__)

    def quiet(self):
        """True when nobody is connected."""
        return not self._visits

    async def serve(self):
        """Serve for ever; an accept loop that ends is started again."""
        while True:
            try:
                listener = self._listen()
                try:
                    await self._accept(listener)
                finally:
                    listener.close()
            except (OSError, MemoryError) as failure:
                self._log("The web server starts again (%s)." % repr(failure))
            await asyncio.sleep(1)

    async def _accept(self, listener):
        while True:
            self._beat()
            try:
                await asyncio.wait_for(listener.ready(), BEAT_S)
            except asyncio.TimeoutError:
                continue
            await self._make_room()
            connection = listener.accept()
            if connection is None:
                await asyncio.sleep(SHORTEST_GRACE_S)
            else:
                self._welcome(connection)

    async def _make_room(self):
        """Returns once a place is free. Who has not finished asking gives way: browsers, too, open connections they may never use."""
        while len(self._visits) >= CONNECTIONS:
            waiting = [visit for visit in self._visits if visit.asking]
            await asyncio.sleep(self._grace_s)
            self._grace_s = max(SHORTEST_GRACE_S, self._grace_s / 2)
            for visit in waiting:
                if visit.asking:
                    visit.task.cancel()
            await asyncio.sleep(0)

    def _welcome(self, connection):
        try:
            visit = Visit(connection)
            self._visits.append(visit)
            visit.task = asyncio.create_task(self._attend(visit))
        except MemoryError:
            connection.close()
            self._visits = [visit for visit in self._visits if visit.task]
            raise

    async def _attend(self, visit):
        connection = visit.connection
        try:
            visit.asking = True
            try:
                request = await asyncio.wait_for(self._receive(connection), READ_S)
                visit.asking = False
                self._grace_s = GRACE_S
                if request:
                    await self._answer(visit, request)
            except Refused as refusal:
                await visit.send(Response(refusal.args[1] + "\n", refusal.args[0]))
                visit.asking = True
                await asyncio.wait_for(_swallow(connection), LINGER_S)
            except MemoryError:
                self._log(SHORT_OF_MEMORY)
                if visit.held is not None:
                    await connection.write(BUSY)
        except (OSError, asyncio.TimeoutError):
            pass  # the visitor has gone, or is too slow to be waited for
        except Exception as failure:
            self._log("An answer broke off (%s)." % repr(failure))
        finally:
            visit.asking = False
            connection.close()
            self._visits.remove(visit)

    async def _receive(self, connection):
        """The Request, or None when the visitor leaves before it is complete."""
        head = Head(NoCaseDict())
        pending = b""
        complete = False
        while not complete:
            end = pending.find(b"\n") + 1
            if end:
                complete = head.feed(pending[:end])
                pending = pending[end:]
                continue
            if len(pending) > LINE_BYTES:
                raise Refused(431 if head.method else 414, "The line is too long.")
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
            return Request(self.app, None, head.method, head.target, "1.0", head.headers, body=pending)
        except ValueError:  # Microdot decodes the query here
            raise Refused(400, "The address is not understood.")

    async def _answer(self, visit, request):
        if not can_allocate():
            raise MemoryError
        response = await asyncio.wait_for(self._dispatch(request), ANSWER_S)
        self.answered += 1
        kind = response.headers.get("Content-Type", "").split(";")[0]
        if kind not in STREAMS:
            await asyncio.wait_for(visit.send(response), ANSWER_S)
        elif not self._streams[kind]:
            close_body(response)
            await visit.connection.write(BUSY)
        else:
            self._streams[kind] -= 1
            try:
                await visit.send(response)
            finally:
                self._streams[kind] += 1

    async def _dispatch(self, request):
        app = request.app
        host = request.headers.get("host", "")
        if not self._access.host_allowed(host):
            if not hasattr(app, "foreign_host"):
                raise Refused(421, "This device has another name.")
            return app.foreign_host(request)
        if request.method not in _READING_METHODS and not self._is_own_page(request.headers, host):
            raise Refused(403, "This was sent by a page of another site.")
        app.error_handlers.setdefault(405, _method_not_allowed)
        app.error_handlers.setdefault(MemoryError, _busy)
        return await app.dispatch_request(request)

    def _is_own_page(self, headers, host):
        site = headers.get("sec-fetch-site", "none")
        return site in ("none", "same-origin") and self._access.origin_allowed(headers.get("origin"), host)


async def _swallow(connection):
    """Take what still comes: closing over unread bytes resets the connection, and the answer would be lost on the way."""
    while await connection.read(PIECE_BYTES):
        pass


def _method_not_allowed(request):
    return "This address does not take %s.\n" % request.method, 405, request.app.default_options_handler(request)


def _busy(request, failure):
    return "Dewlog is short of memory. Try again in a moment.\n", 503, {"Retry-After": "5"}
