"""A request through the whole exchange, with a Microdot application and a visitor that is made up."""

import asyncio

from core.access import Access
from exchange import STREAMS, Exchange
from microdot import Microdot, Response

JOINED_BYTES = 2048
HOST = b"Host: 192.168.1.57\r\n"
GET = b"GET %s HTTP/1.1\r\n" + HOST + b"\r\n"


class Visitor:
    """Says its pieces one after the other, then it has finished. Notes every write."""

    def __init__(self, *pieces, peer="192.168.1.20"):
        self.pieces = list(pieces)
        self.peer = (peer, 50000)
        self.writes = []
        self.is_gone = False

    async def read(self, size):
        await asyncio.sleep(0)
        if not self.pieces:
            return b""
        piece = self.pieces.pop(0)
        if len(piece) > size:
            self.pieces.insert(0, piece[size:])
        return piece[:size]

    async def write(self, data):
        await asyncio.sleep(0)
        self.writes.append(bytes(data))

    def gone(self):
        return self.is_gone


class Visit:
    """What exchange.py needs of server.Visit; `allowed`: the deadlines it was given."""

    def __init__(self, server, connection):
        self.server = server
        self.connection = connection
        self.asking = True
        self.begun = False
        self.endless = None
        self.allowed = []
        self.sent_away = 0
        self.memory_error = None
        server.visits.append(self)

    def allow(self, seconds):
        self.allowed.append(seconds)

    async def write(self, data):
        self.begun = True
        self.allow(10)
        await self.connection.write(data)

    def send_away(self):
        self.sent_away += 1

    @property
    def received(self):
        return b"".join(self.connection.writes)

    @property
    def status(self):
        return int(self.received.split(b" ")[1]) if self.received else None

    @property
    def headers(self):
        lines = self.received.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]
        return {line.split(b": ")[0].lower().decode(): line.split(b": ", 1)[1].decode() for line in lines}

    @property
    def body(self):
        return self.received.split(b"\r\n\r\n", 1)[1]


class Server:
    def __init__(self):
        self.visits = []
        self.answered = self.busy = self.now_s = 0

    def uptime_s(self):
        return self.now_s

    async def say_busy(self, visit):
        self.busy += 1


class Steps:
    """An asynchronous body, as MicroPython has no asynchronous generators. A step that is an exception is raised."""

    def __init__(self, *steps):
        self.steps = list(steps)
        self.closed = 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        await asyncio.sleep(0)
        if not self.steps:
            raise StopAsyncIteration
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def close(self):
        self.closed += 1


class File:
    def __init__(self, content):
        self.content = content
        self.closed = 0

    def read(self, size):
        piece = self.content[:size]
        self.content = self.content[size:]
        return piece

    def close(self):
        self.closed += 1


def pieces_of(*pieces):
    for piece in pieces:
        if isinstance(piece, Exception):
            raise piece
        yield piece


def application():
    app = Microdot()

    @app.get("/")
    async def page(request):
        return "hello"

    @app.get("/json")
    async def json(request):
        return {"door": request.door, "peer": request.client_addr[0], "cookie": request.cookies.get("dewlog")}

    @app.get("/headers")
    async def headers(request):
        return "x", {"Cache-Control": "max-age=60", "Set-Cookie": ["a=1", "b=2"]}

    @app.post("/setup")
    async def setup(request):
        return request.body

    @app.get("/memory")
    async def memory(request):
        raise MemoryError

    @app.get("/bug")
    async def bug(request):
        raise KeyError("bug")

    @app.get("/unchanged")
    async def unchanged(request):
        return "", 304, {"ETag": '"1"'}

    @app.get("/body")
    async def body(request):
        return Response(app.body, 200, app.body_headers)

    app.body_headers = {}
    app.foreign_host = lambda request: Response("elsewhere: " + request.door, 421)
    return app


def exchanged(*pieces, app=None, hotspot=None, peer="192.168.1.20", server=None):
    """The Visit after the exchange with a visitor that says `pieces`."""
    access = Access(lambda: ("dewlog", "192.168.1.57", hotspot), "", None)
    server = server or Server()
    visit = Visit(server, Visitor(*pieces[1:], peer=peer))
    visit.said = []

    async def main():
        try:
            await Exchange(app or application(), access, visit.said.append).attend(visit, pieces[0])
        except MemoryError:
            visit.memory_error = True

    asyncio.run(main())
    return visit


def body_sent(body, version=b"1.1", method=b"GET", headers=None, server=None):
    app = application()
    app.body = body
    app.body_headers = headers or {}
    return exchanged(b"%s /body HTTP/%s\r\n" % (method, version) + HOST + b"\r\n", app=app, server=server)


def test_a_page_leaves_in_one_write_with_the_guarding_headers():
    page = exchanged(GET % b"/")
    assert page.status == 200 and page.body == b"hello" and page.headers["content-length"] == "5"
    assert len(page.connection.writes) == 1
    assert page.headers["cache-control"] == "no-store" and page.headers["connection"] == "close"
    assert page.headers["x-content-type-options"] == "nosniff"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
    assert page.server.answered == 1 and not page.asking and page.begun


def test_a_handlers_own_headers_are_kept():
    page = exchanged(GET % b"/headers")
    assert page.headers["cache-control"] == "max-age=60" and b"no-store" not in page.received
    assert b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n" in page.received


def test_a_request_knows_its_door_its_peer_and_our_cookie():
    for peer, hotspot, door in (
        ("192.168.4.2", "192.168.4.1", "hotspot"),
        ("192.168.1.20", "192.168.4.1", "home"),
        ("192.168.4.2", None, "home"),
    ):
        told = exchanged(b"GET /json HTTP/1.1\r\nCookie: a=b; dewlog=00ff\r\n" + HOST + b"\r\n", peer=peer, hotspot=hotspot).body
        for text in (door, peer, "00ff"):
            assert ('"%s"' % text).encode() in told, told


def test_a_request_may_come_in_any_pieces():
    request = b"POST /setup HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nabcde"
    for size in (1, 2, 7, 100):
        pieces = [request[start : start + size] for start in range(0, len(request), size)]
        assert exchanged(*pieces).body == b"abcde", size


def test_what_follows_a_body_is_not_part_of_it():
    assert exchanged(b"POST /setup HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\nabcde").body == b"ab"


def test_refusals():
    for request, status in (
        (GET % b"/nothing", 404),
        (b"POST / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
        (b"DELETE /setup HTTP/1.1\r\n" + HOST + b"\r\n", 405),
        (b"POST /setup HTTP/1.1\r\n" + HOST + b"Content-Length: 9999\r\n\r\n", 413),
        (b"POST /setup HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n", 411),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        (b"GET / HTTP/1.1\r\n\r\n", 421),
        (b"POST /setup HTTP/1.1\r\nOrigin: http://evil.example\r\n" + HOST + b"\r\n", 403),
        (b"POST /setup HTTP/1.1\r\nOrigin: null\r\n" + HOST + b"\r\n", 403),
        (b"POST /setup HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\n" + HOST + b"\r\n", 403),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /" + b"a" * 1500, 414),
        (b"GET / HTTP/1.1\r\nHost: " + b"a" * 1500, 431),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 70, 431),
        (GET % b"/bug", 500),
    ):
        refused = exchanged(request, b"more of it")
        assert refused.status == status, (request[:60], refused.received[:60])
        assert refused.headers["x-content-type-options"] == "nosniff"
        assert int(refused.headers["content-length"]) == len(refused.body)


def test_one_who_is_refused_is_listened_to_for_a_moment():
    refused = exchanged(b"POST /setup HTTP/1.1\r\n" + HOST + b"Content-Length: 9999\r\n\r\n", b"x" * 5000, b"y")
    assert refused.status == 413 and b'{"error": "too_large"}' == refused.body
    assert not refused.connection.pieces and refused.asking and refused.allowed[-1] == 1


def test_an_odd_query_is_no_failure_of_ours():
    for query in (b"a=%zz", b"a=%ff", b"%", b"=&=&&", b"a=%-1"):
        assert exchanged(GET % (b"/?" + query)).status in (200, 400), query


def test_a_path_that_is_longer_than_any_of_ours_is_not_looked_for():
    assert exchanged(GET % (b"/" + b"a" * 900)).status == 414
    assert exchanged(GET % (b"/?" + b"a" * 900)).status == 200


def test_only_our_own_page_may_change_something():
    for origin, host, status in (
        (b"http://192.168.1.57:8080", b"192.168.1.57:8080", 200),
        (b"http://Dewlog.local", b"dewlog.local", 200),
        (b"http://192.168.1.57:81", b"192.168.1.57:8080", 403),
        (b"http://192.168.1.57", b"dewlog.local", 403),
        (b"https://192.168.1.57", b"192.168.1.57", 403),
        (b"", b"192.168.1.57", 403),
    ):
        said = b"POST /setup HTTP/1.1\r\nOrigin: " + origin + b"\r\nHost: " + host + b"\r\nContent-Length: 1\r\n\r\nx"
        assert exchanged(said).status == status, (origin, host)


def test_our_own_page_may_post():
    own = b"POST /setup HTTP/1.1\r\nOrigin: http://192.168.1.57\r\nSec-Fetch-Site: same-origin\r\n" + HOST + b"Content-Length: 1\r\n\r\nx"
    assert exchanged(own).status == 200


def test_the_application_answers_for_foreign_hosts():
    foreign = b"GET /generate_204 HTTP/1.1\r\nHost: connectivitycheck.gstatic.com\r\n\r\n"
    assert exchanged(foreign, hotspot="192.168.4.1").body == b"elsewhere: home"
    assert exchanged(foreign, peer="192.168.4.2", hotspot="192.168.4.1").body == b"elsewhere: hotspot"


def test_who_leaves_before_the_end_gets_nothing():
    for pieces in ((b"GET / HT",), (b"GET / HTTP/1.1\r\n",), (b"POST /setup HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nab",)):
        assert exchanged(*pieces).received == b"", pieces


def test_a_client_that_waits_is_told_to_go_on():
    waiting = exchanged(b"POST /setup HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\n", b"x")
    assert waiting.received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_a_bug_is_told_and_shortage_of_memory_is_the_servers_business():
    bug = exchanged(GET % b"/bug")
    assert bug.body == b'{"error": "failed"}' and "KeyError" in bug.said[0] and "/bug" in bug.said[0]
    short = exchanged(GET % b"/memory")
    assert short.memory_error and short.received == b"" and not short.said


def test_head_has_the_head_only():
    for body in (b"hello", File(b"hello"), Steps(b"hello")):
        head = body_sent(body, method=b"HEAD")
        assert head.status == 200 and head.body == b""
        assert getattr(body, "closed", 1) == 1
    assert body_sent(b"hello", method=b"HEAD").headers["content-length"] == "5"


def test_unchanged_has_no_body_and_nothing_about_one():
    unchanged = exchanged(GET % b"/unchanged")
    assert unchanged.status == 304 and unchanged.headers["etag"] == '"1"' and unchanged.body == b""
    assert "content-length" not in unchanged.headers and "content-type" not in unchanged.headers


def test_a_large_body_is_not_copied():
    page = body_sent(b"x" * (JOINED_BYTES + 1))
    assert [len(data) for data in page.connection.writes][1:] == [JOINED_BYTES + 1]


def test_a_body_of_unknown_length_comes_in_chunks():
    chunks = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    for body in (pieces_of(b"abc", b"", "de"), Steps("abc", b"de", b"")):
        answer = body_sent(body)
        assert answer.headers["transfer-encoding"] == "chunked" and "content-length" not in answer.headers
        assert answer.body == chunks
        assert len(answer.connection.writes) == 3
    file = File(b"x" * 1025)
    answer = body_sent(file)
    assert answer.body == b"400\r\n" + b"x" * 1024 + b"\r\n1\r\nx\r\n0\r\n\r\n" and file.closed == 1
    assert body_sent(File(b"")).body == b"0\r\n\r\n"


def test_old_clients_get_no_chunks():
    answer = body_sent(pieces_of(b"abc", b"de"), version=b"1.0")
    assert answer.body == b"abcde" and "transfer-encoding" not in answer.headers
    assert body_sent(File(b""), version=b"1.0").status == 200


def test_a_known_length_is_told():
    answer = body_sent(File(b"abcde"), headers={"Content-Length": "5"})
    assert answer.body == b"abcde" and answer.headers["content-length"] == "5" and "transfer-encoding" not in answer.headers


def test_an_answer_that_breaks_off_is_known_to():
    for failure, headers in ((MemoryError(), {}), (MemoryError(), {"Content-Length": "5"})):
        body = Steps(b"hel", failure)
        answer = body_sent(body, headers=headers)
        assert answer.begun and answer.memory_error and b"hel" in answer.body and b"0\r\n\r\n" not in answer.body
        assert body.closed == 1
    unmade = body_sent(pieces_of(MemoryError()))
    assert unmade.memory_error and not unmade.begun and unmade.received == b"", "one that has not begun can still be asked to come again"


def test_a_reader_has_time_for_each_piece_and_an_end():
    server = Server()

    def slow():
        for _ in range(100):
            server.now_s += 9
            yield b"x"

    answer = body_sent(slow(), server=server)
    assert answer.allowed.count(10) < 10 and not answer.body.endswith(b"0\r\n\r\n")


def test_so_many_live_viewers_and_no_more():
    for kind, most in STREAMS.items():
        server = Server()
        headers = {"Content-Type": kind + "; charset=UTF-8"}
        for _ in range(most):
            viewer = body_sent(Steps(b"data: 1\n\n"), headers=headers, server=server)
            assert viewer.status == 200 and viewer.endless == kind and 24 * 3600 in viewer.allowed
            assert viewer.connection.writes[0].endswith(b"\r\n\r\n"), "the head does not wait for the first event"
        body = Steps(b"data: 1\n\n")
        refused = body_sent(body, headers=headers, server=server)
        assert refused.received == b"" and server.busy == 1 and body.closed == 1
        server.visits[0].connection.is_gone = True
        assert body_sent(Steps(b"data: 1\n\n"), headers=headers, server=server).status == 200
        assert server.visits[0].sent_away == 1
        assert exchanged(GET % b"/", server=server).status == 200
