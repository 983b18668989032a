import asyncio

from core.access import Access
from microdot import Microdot, Response
from server import CONNECTIONS, Server

HOST = b"Host: 192.168.1.57\r\n"


class Connection:
    """A visitor that says its `pieces` one after the other; then it waits (`waits`) or has finished."""

    peer = "192.168.1.20"

    def __init__(self, *pieces, waits=False):
        self.pieces = list(pieces)
        self.waits = waits
        self.received = b""
        self.closed = self.drained = 0

    async def ready(self):
        await asyncio.sleep(0)
        while self.waits and not self.pieces:
            await asyncio.sleep(0.01)

    async def read(self, size):
        await self.ready()
        if not self.pieces:
            return b""
        piece = self.pieces.pop(0)
        if len(piece) > size:
            self.pieces.insert(0, piece[size:])
        return piece[:size]

    def drain(self):
        self.drained += 1

    async def write(self, data):
        await asyncio.sleep(0)
        self.received += data

    def close(self):
        self.closed += 1

    def status(self):
        return int(self.received.split(b" ")[1]) if self.received else None

    def body(self):
        return self.received.split(b"\r\n\r\n", 1)[1]


class Hangup(Connection):
    """A visitor that is gone when it is answered."""

    async def write(self, data):
        raise OSError(104)


class Listener:
    def __init__(self, connections):
        self.connections = connections
        self.closed = 0

    async def ready(self):
        while not self.connections:
            await asyncio.sleep(0.01)

    def accept(self):
        return self.connections.pop(0)

    def close(self):
        self.closed += 1


class Body:
    """A body that never ends."""

    def __init__(self):
        self.closed = 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        await asyncio.sleep(0.01)
        return b"data: 1\n\n"

    def close(self):
        self.closed += 1


def failing(*pieces):
    for piece in pieces:
        if isinstance(piece, MemoryError):
            raise piece
        yield piece


def application():
    app = Microdot()

    @app.get("/")
    async def page(request):
        return "hello"

    @app.post("/setup")
    async def setup(request):
        return request.body

    @app.get("/slow")
    async def slow(request):
        await asyncio.sleep(5)

    @app.get("/broken")
    async def broken(request):
        raise MemoryError

    @app.get("/unmade")
    async def unmade(request):
        return Response(failing(MemoryError()), 200, {"Content-Length": "5"})

    @app.get("/cut")
    async def cut(request):
        return Response(failing(b"hel", MemoryError()), 200, {"Content-Length": "5"})

    @app.get("/cached")
    async def cached(request):
        return "x", {"Cache-Control": "max-age=60"}

    @app.get("/api/events")
    async def events(request):
        return Response(app.bodies.pop(0), 200, {"Content-Type": "text/event-stream"})

    return app


def serving(*connections, app=None, seconds=0.0, look=list):
    """Serve these connections until all are closed, or for `seconds`; then `look` around. Returns the server."""
    said = []
    names = Access(lambda: ("dewlog", "192.168.1.57"), "", None)
    listener = Listener(list(connections))
    server = Server(lambda: listener, names, said.append, lambda: None)
    server.app = app or application()
    server.said = said

    async def run():
        task = asyncio.create_task(server.serve())
        await asyncio.sleep(seconds)
        while not seconds and not all(connection.closed for connection in connections):
            await asyncio.sleep(0.01)
        server.quiet_then = server.quiet()
        server.seen = look()
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass

    asyncio.run(run())
    return server


def answer(*pieces, app=None):
    connection = Connection(*pieces)
    server = serving(connection, app=app)
    assert connection.closed == 1
    assert server.quiet_then
    return connection


def test_a_page_is_answered_with_the_guarding_headers():
    page = answer(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    assert page.status() == 200 and page.body() == b"hello"
    for header in (b"Content-Security-Policy: default-src 'none'", b"nosniff", b"frame-ancestors 'none'", b"no-store", b"close"):
        assert header in page.received, header


def test_an_answer_that_finds_no_memory_is_one_to_ask_for_again_or_known_to_be_cut():
    page = answer(b"GET /unmade HTTP/1.1\r\n" + HOST + b"\r\n")
    assert page.status() == 503 and b"\r\nRefresh: " in page.received and page.drained == 1
    page = answer(b"GET /cut HTTP/1.1\r\n" + HOST + b"\r\n")
    assert page.status() == 200 and b"Content-Length: 5\r\n" in page.received and page.body() == b"hel"


def test_a_handler_decides_about_caching():
    assert b"no-store" not in answer(b"GET /cached HTTP/1.1\r\n" + HOST + b"\r\n").received


def test_a_request_may_come_in_any_pieces():
    request = b"POST /setup HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nabcde"
    for size in (1, 2, 7, 100):
        pieces = [request[start : start + size] for start in range(0, len(request), size)]
        assert answer(*pieces).body() == b"abcde", size


def test_what_follows_a_body_is_not_part_of_it():
    assert answer(b"POST /setup HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\nabcde").body() == b"ab"


def test_head_has_no_body():
    head = answer(b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n")
    assert head.status() == 200 and head.body() == b""


def test_refusals():
    for request, status in (
        (b"GET /nothing HTTP/1.1\r\n" + HOST + b"\r\n", 404),
        (b"POST / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
        (b"DELETE /setup HTTP/1.1\r\n" + HOST + b"\r\n", 405),
        (b"POST /setup HTTP/1.1\r\n" + HOST + b"Content-Length: 9999\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        (b"GET / HTTP/1.1\r\n\r\n", 421),
        (b"POST /setup HTTP/1.1\r\nOrigin: http://evil.example\r\n" + HOST + b"\r\n", 403),
        (b"POST /setup HTTP/1.1\r\nOrigin: null\r\n" + HOST + b"\r\n", 403),
        (b"POST /setup HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\n" + HOST + b"\r\n", 403),
        (b"POST /setup HTTP/1.1\r\n" + HOST + b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 3\r\n\r\n--x", 415),
        (b"POST /setup HTTP/1.1\r\n" + HOST + b"Content-Type: text/plain\r\nContent-Length: 3\r\n\r\na=b", 415),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /" + b"a" * 1500, 414),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 5000, 431),
        (b"GET / HTTP/1.1\r\nOrigin: " + b"a" * 1500, 431),
        (b"GET / HTTP/1.1\r\nContent-Length: " + b"0" * 1500, 431),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 50, 431),
        (b"GET /broken HTTP/1.1\r\n" + HOST + b"\r\n", 503),
    ):
        refused = answer(request)
        assert refused.status() == status, (request[:60], refused.received[:60])
        assert b"nosniff" in refused.received


def test_what_nobody_needs_locks_nobody_out():
    for header in (b"Cookie: a=" + b"b" * 1100, b"X-Nobody: " + b"a" * 1500, b"Cookie: a=\xe9", b"Accept: \xe9\xff", b"X-Nobody: \xe9"):
        assert answer(b"GET / HTTP/1.1\r\n" + header + b"\r\n" + HOST + b"\r\n").status() == 200, header[:20]


def test_an_odd_query_is_no_failure_of_ours():
    for query in (b"a=%zz", b"a=%ff", b"%", b"=&=&&", b"a=%-1"):
        assert answer(b"GET /?" + query + b" HTTP/1.1\r\n" + HOST + b"\r\n").status() in (200, 400), query


def test_a_refused_method_is_told_which_ones_fit():
    assert b"Allow: GET, HEAD, OPTIONS" in answer(b"POST / HTTP/1.1\r\n" + HOST + b"\r\n").received


def test_our_own_page_may_post():
    own = b"POST /setup HTTP/1.1\r\nOrigin: http://192.168.1.57\r\nSec-Fetch-Site: same-origin\r\n" + HOST + b"Content-Length: 1\r\n\r\nx"
    assert answer(own).status() == 200


def test_an_application_may_answer_foreign_hosts_itself():
    app = application()
    app.foreign_host = lambda request: Response.redirect("http://192.168.4.1/")
    assert answer(b"GET /generate_204 HTTP/1.1\r\nHost: connectivitycheck.gstatic.com\r\n\r\n", app=app).status() == 302


def test_who_leaves_before_the_end_gets_nothing():
    for pieces in ((), (b"GET / HT",), (b"GET / HTTP/1.1\r\n",), (b"POST /setup HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nab",)):
        assert answer(*pieces).received == b"", pieces


def test_a_client_that_waits_is_told_to_go_on():
    waiting = answer(b"POST /setup HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\n", b"x")
    assert waiting.received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200")


def test_a_visitor_that_hangs_up_costs_nothing():
    hangup = Hangup(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    server = serving(hangup, Connection(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"))
    assert hangup.closed == 1 and server.quiet_then and not server.said


def test_silent_visitors_give_way():
    silent = [Connection(waits=True) for _ in range(3 * CONNECTIONS)]
    page = Connection(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    serving(*(silent + [page]), seconds=1.0)
    assert page.status() == 200
    assert [visitor.closed for visitor in silent[:CONNECTIONS]] == [1] * CONNECTIONS
    assert max(visitor.closed for visitor in silent) == 1


def test_two_live_viewers_and_no_third():
    app = application()
    app.bodies = [Body(), Body(), Body()]
    bodies = list(app.bodies)
    viewers = [Connection(b"GET /api/events HTTP/1.1\r\n" + HOST + b"\r\n", waits=True) for _ in bodies]
    page = Connection(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    server = serving(*(viewers + [page]), app=app, seconds=0.5, look=lambda: [body.closed for body in bodies])
    assert [viewer.status() for viewer in viewers] == [200, 200, 503]
    assert b"Retry-After" in viewers[2].received
    assert server.seen == [0, 0, 1]
    assert page.status() == 200


def test_the_body_of_a_viewer_that_left_is_closed():
    app = application()
    body = Body()
    app.bodies = [body]
    serving(Hangup(b"GET /api/events HTTP/1.1\r\n" + HOST + b"\r\n"), app=app)
    assert body.closed == 1


def test_the_accept_loop_is_started_again():
    class Broken(Listener):
        async def ready(self):
            raise OSError(103)

    listeners = [Broken([]), Listener([page := Connection(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")])]
    first = listeners[0]
    said = []
    server = Server(lambda: listeners.pop(0), Access(lambda: ["192.168.1.57"], "", None), said.append, lambda: None)
    server.app = application()

    async def run():
        task = asyncio.create_task(server.serve())
        while not page.closed:
            await asyncio.sleep(0.05)
        task.cancel()

    asyncio.run(run())
    assert first.closed == 1 and page.status() == 200
    assert len(said) == 1 and "again" in said[0]


def test_the_heart_beats_while_nobody_comes():
    beats = []
    server = Server(lambda: Listener([]), Access(list, "", None), print, lambda: beats.append(1))

    async def run():
        task = asyncio.create_task(server.serve())
        await asyncio.sleep(0.1)
        task.cancel()

    asyncio.run(run())
    assert beats


def serving_made_apps(make_app, *connections, rest=False):
    """Serve the connections one after the other with apps that are made when they are needed. Returns the server."""
    said = []
    waiting = []
    server = Server(lambda: Listener(waiting), Access(lambda: ("dewlog", "192.168.1.57"), "", None), said.append, lambda: None)
    server.make_app = make_app
    server.said = said

    async def run():
        task = asyncio.create_task(server.serve())
        for connection in connections:
            waiting.append(connection)
            for _ in range(50):
                await asyncio.sleep(0.01)
                if connection.closed:
                    break
            if rest:
                server.rest()
                await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(run())
    return server


def test_the_app_is_made_when_somebody_comes_and_again_after_a_rest():
    made = []

    def make_app():
        made.append(application())
        return made[-1]

    def page():
        return Connection(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")

    pages = [page(), page(), page()]
    assert serving_made_apps(make_app, *pages).app is made[0]
    assert [page.status() for page in pages] == [200] * 3 and len(made) == 1
    pages = [page(), page()]
    server = serving_made_apps(make_app, *pages, rest=True)
    assert [page.status() for page in pages] == [200] * 2 and len(made) == 3
    assert server.app is None and server.quiet()


def test_a_rest_sends_away_who_is_still_there():
    viewer = Connection(b"GET /api/events HTTP/1.1\r\n" + HOST + b"\r\n", waits=True)
    app = application()
    app.bodies = [Body()]
    assert serving_made_apps(lambda: app, viewer, rest=True).quiet()
    assert viewer.closed == 1 and viewer.status() == 200


def test_a_visitor_whose_answer_has_not_begun_is_asked_to_come_again():
    visitor = Connection(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n")
    assert serving_made_apps(application, visitor, rest=True).quiet()
    assert visitor.closed == 1 and visitor.status() == 503 and visitor.drained == 1


def test_while_room_is_wanted_every_visitor_is_asked_to_come_again():
    def get(path):
        return Connection(b"GET %s HTTP/1.1\r\n" % path + HOST + b"\r\n")

    async def run():
        waiting = []
        access = Access(lambda: ("dewlog", "192.168.1.57"), "", None)
        server = Server(lambda: Listener(waiting), access, lambda sentence: None, lambda: None)
        server.make_app = application
        task = asyncio.create_task(server.serve())
        seen = []
        asking = Connection(b"GET / HT", waits=True)
        waiting.append(asking)
        await asyncio.sleep(0.1)
        for wanted in (None, True, False):
            if wanted is not None:
                server.make_room(wanted)
            visitor = get(b"/")
            waiting.append(visitor)
            while not visitor.closed:
                await asyncio.sleep(0.01)
            seen.append((visitor.status(), server.app is None))
            assert asking.status() == (503 if wanted is not None else None)
        task.cancel()
        return seen

    assert asyncio.run(run()) == [(200, False), (503, True), (200, False)]


def test_who_comes_at_the_moment_when_room_is_made_is_answered_too():
    visitor = Connection(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    waiting = [visitor]

    def beat():
        if not waiting:
            server.make_room()

    async def run():
        task = asyncio.create_task(server.serve())
        await asyncio.sleep(0.3)
        task.cancel()

    server = Server(lambda: Listener(waiting), Access(lambda: ("dewlog",), "", None), lambda sentence: None, beat)
    server.make_app = application
    asyncio.run(run())
    assert visitor.closed == 1 and visitor.status() == 503 and server.quiet()


def test_who_comes_while_there_is_no_memory_for_an_app_is_asked_to_come_again():
    def make_app():
        raise MemoryError

    visitor = Connection(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    server = serving_made_apps(make_app, visitor)
    assert visitor.status() == 503 and b"\r\nRefresh: 5\r\n" in visitor.received
    assert int(visitor.received.split(b"Content-Length: ")[1].split(b"\r\n")[0]) == len(visitor.body())
    assert len([line for line in server.said if "Short of memory" in line]) == 1 and server.app is None
