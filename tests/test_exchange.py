"""What Microdot reads from and writes to, over a made-up connection; and the site's own rules about who is answered."""

import asyncio

from fake_device import Device, attend
import microdot
from microdot import HTTPException, Request, Response
from portal.exchange import Exchange
from portal.site import ENDLESS
from visitor import Answer, Visitor

BODY_BYTES, HEAD_BYTES, LINE_BYTES = 2048, 8192 + 2048, 1536
GET = b"GET / HTTP/1.1"
POST = b"POST /setup HTTP/1.1"
HOST = b"Host: 192.168.1.57"
SIZES = (7, 512)


def lines(*parts):
    return b"\r\n".join(parts) + b"\r\n\r\n"


def in_pieces(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


# reading a request


def read(visitor):
    """The Request that Microdot makes of what the visitor says."""

    async def create():
        exchange = Exchange(visitor, await visitor.read(512))
        return await Request.create(None, exchange, exchange, visitor.peer)

    return asyncio.run(create())


def headers_of(*parts, size=512):
    return read(Visitor(*in_pieces(lines(*parts), size))).headers


def status_of(*parts, size=512):
    try:
        headers_of(*parts, size=size)
    except HTTPException as refusal:
        return refusal.status_code
    except ValueError:
        return 400
    return 200


def test_a_request_may_come_in_any_pieces():
    for end in (b"\r\n", b"\n"):
        data = end.join((b"", b"POST /a?b=c HTTP/1.1", b"Host: 192.168.1.57:8080", b"ACCEPT-Encoding:gzip, br ", b"X-Other: 1"))
        data += end + b"Content-Length: 6" + end + end + b"body\n\nmore"
        for size in range(1, len(data) + 1):
            request = read(Visitor(*in_pieces(data, size)))
            assert (request.method, request.path, request.args["b"], request.body) == ("POST", "/a", "c", b"body\n\n")
            assert request.headers == {"Host": "192.168.1.57:8080", "ACCEPT-Encoding": "gzip, br", "Content-Length": "6"}
    assert read(Visitor(b"\nGET / HTTP/1.1\r", b"\n\n")).path == "/"


def test_request_lines_that_are_damaged():
    for line in (
        b"GET /", b"GET / HTTP/2.0", b"GET / HTTP/1.1 x", b"GET * HTTP/1.1", b"GET http://x/ HTTP/1.1", b"CONNECT x:443 HTTP/1.1",
        b"GET /\xc3\xa4 HTTP/1.1", b"GET /\xff HTTP/1.1", b"\x16\x03\x01\x02", b"GET /a\rb HTTP/1.1", b"GET / / HTTP/1.1", b"nonsense",
    ):  # fmt: skip
        assert status_of(line) == 400, line


def test_header_lines_that_are_damaged():
    for line in (
        b"no colon", b" no name", b" folded: line", b"\tfolded", b"Space : before", b"A B: c", b"Tab\t: x", b"Host: \xff",
        b"Host: \xc3\xa4", b"Origin: \xe9",
    ):  # fmt: skip
        assert status_of(GET, line) == 400, line


def test_a_header_that_decides_something_may_not_come_twice():
    for line in (b"Host: a", b"Content-Length: 1", b"Origin: http://a", b"Content-Type: text/plain", b"Sec-Fetch-Site: none"):
        assert status_of(POST, line, line.lower()) == 400, line
    assert status_of(GET, b"Accept: a", b"Accept: b", b"Referer: a", b"Referer: b") == 200


def test_a_content_type_is_the_same_in_capitals():
    assert headers_of(POST, b"Content-Type: Application/JSON; Charset=UTF-8") == {"content-type": "application/json; charset=utf-8"}


def test_what_nobody_reads_is_swallowed():
    for line in (
        b"User-Agent: " + b"a" * 1100, b"X-Name: caf\xe9", b"Cookie: other=" + b"a" * 1100, b"Cookie: other=\xe9; b=\xff", b"Cookie:",
        b"Accept: \xe9", b"Accept: " + b"a" * (LINE_BYTES + 20), b"Referer: http://a/" + b"b" * 5000, b"Cookie: " + b"a=b; " * 1200,
        b"X:" + b" " * 4000, b"caf\xe9: x", b"Cookie: notdewlog=1", b"Cookie: dewlog=caf\xe9",
    ):  # fmt: skip
        for size in SIZES:
            assert headers_of(GET, line, b"Host: a", size=size) == {"Host": "a"}, (line[:40], size)


def test_our_cookie_is_found_among_those_of_others():
    for before, after in (
        (b"", b""), (b"a=b;", b"; c=d"), (b"\xe9=1; ", b""), (b"a=" + b"b" * 1100 + b"; ", b"; x"), (b"a=b; " * 200, b"; c=d" * 500),
    ):  # fmt: skip
        for size in SIZES:
            cookies = read(Visitor(*in_pieces(lines(GET, b"Cookie: " + before + b"dewlog=0123abcd" + after), size))).cookies
            assert cookies == {"dewlog": "0123abcd"}, (before[:10], size)


def test_limits():
    for size in SIZES:
        assert status_of(GET, *[b"a: " + b"b" * 400] * 20, size=size) == 200
        assert status_of(GET, *[b"a: " + b"b" * 400] * 26, size=size) == 431
        assert status_of(GET, *[b"a: b"] * (HEAD_BYTES // 6), size=size) == 431
        assert status_of(GET, b"a: " + b"b" * HEAD_BYTES, size=size) == 431
        for longer in (0, 100, 600):
            assert status_of(b"GET /" + b"a" * (LINE_BYTES + longer) + b" HTTP/1.1", size=size) == 414, longer
            assert status_of(GET, b"Host: " + b"a" * (LINE_BYTES + longer), size=size) == 431, longer


def test_a_line_without_an_end_is_not_waited_for():
    for beginning, status in ((b"", 414), (GET + b"\r\na: ", 431), (GET + b"\r\nCookie: ", 431), (GET + b"\r\nOrigin: ", 431)):
        visitor = Visitor(*in_pieces(beginning + b"a" * 3 * HEAD_BYTES, 100))
        try:
            read(visitor)
            raise AssertionError(beginning)
        except HTTPException as refusal:
            assert refusal.status_code == status, beginning
        assert len(visitor.pieces) > HEAD_BYTES // 100


def test_the_length_of_the_body():
    for value, status in (
        (b"0", 200), (b"%d" % (BODY_BYTES + 1), 413), (b"9" * 50, 413), (b"-1", 400), (b"+1", 400), (b"1.5", 400), (b"0x10", 400),
        (b"1, 1", 400), (b"", 400), (b"\xc2\xb2", 400),
    ):  # fmt: skip
        assert status_of(POST, b"Content-Length: " + value) == status, value
    body = b"x" * BODY_BYTES
    assert read(Visitor(lines(POST, b"Content-Length: %d" % BODY_BYTES) + body)).body == body
    for parts in ((), (b"Content-Length: 3",)):
        assert status_of(POST, *parts + (b"Transfer-Encoding: chunked",)) == 411


def test_a_body_is_taken_whoever_expects_to_be_asked_for_it():
    visitor = Visitor(lines(POST, b"Content-Length: 3", b"Expect: 100-continue"), b"abc")
    assert read(visitor).body == b"abc" and visitor.received == b""


# writing an answer


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


def pieces_of(*pieces):
    for piece in pieces:
        if isinstance(piece, Exception):
            raise piece
        yield piece


def visited(*said, device=None, address="192.168.1.9"):
    """The Visitor after the site has attended to it. A MemoryError is noted on it, as the server would ask it to come again."""
    visitor = Visitor(*said, address=address)
    visitor.was_short = False
    try:
        attend(device or Device(), visitor)
    except MemoryError:
        visitor.was_short = True
    return visitor


def answered(*said, **options):
    return Answer(visited(*said, **options).received)


def with_body(body, headers=None, method=b"GET", version=b"1.1", status=200):
    """The Visitor to a site with this one answer; `body` may be a function that makes it anew."""

    async def answer(request):
        return Response(body() if callable(body) else body, status, headers)

    device = Device()
    device.site._answer = answer
    return visited(lines(method + b" / HTTP/" + version, HOST), device=device)


def test_a_page_leaves_in_three_writes_with_the_guarding_headers():
    visitor = with_body("hello", {"Set-Cookie": ["a=1", "b=2"]})
    page = Answer(visitor.received)
    assert page.status == 200 and page.body == b"hello" and page.headers["Content-Length"] == "5"
    assert len(visitor.writes) == 3 and not visitor.asking and visitor.received.startswith(b"HTTP/1.1 200 ")
    assert page.headers["Cache-Control"] == "no-store" and page.headers["Connection"] == "close"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
    assert b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n" in visitor.received
    own = with_body("hello", {"Cache-Control": "max-age=60"}).received
    assert b"Cache-Control: max-age=60\r\n" in own and b"no-store" not in own


def test_head_has_the_head_only():
    for body in (b"hello", pieces_of(b"hello"), Steps(b"hello")):
        head = Answer(with_body(body, method=b"HEAD").received)
        assert head.status == 200 and head.body == b""
        assert getattr(body, "closed", 1) == 1
    assert Answer(with_body(b"hello", method=b"HEAD").received).headers["Content-Length"] == "5"
    for host in (HOST, b"Host: evil.example"):
        assert answered(lines(b"HEAD /readings/ HTTP/1.1", host)).body == b""


def test_unchanged_has_no_body_and_nothing_about_one():
    unchanged = Answer(with_body(None, {"ETag": '"1"'}, status=304).received)
    assert unchanged.status == 304 and unchanged.headers["ETag"] == '"1"' and unchanged.body == b""
    assert "Content-Length" not in unchanged.headers and "Transfer-Encoding" not in unchanged.headers


def test_a_body_of_unknown_length_comes_in_chunks():
    for body in (pieces_of(b"abc", b"", "de"), Steps("abc", b"de", b"")):
        visitor = with_body(body)
        answer = Answer(visitor.received)
        assert answer.headers["Transfer-Encoding"] == "chunked" and "Content-Length" not in answer.headers
        assert answer.pieces == [b"abcde"] and answer.is_whole and len(visitor.writes) == 3
    for size in (1, 200, 504, 505, 506, 1009, 1010, 1011, 1200):
        answer = Answer(with_body(pieces_of(b"x" * size, b"y")).received)
        assert answer.body == b"x" * size + b"y" and answer.is_whole and max(map(len, answer.pieces)) <= 512, size
    empty = Answer(with_body(pieces_of(b"")).received)
    assert empty.body == b"" and empty.is_whole


def test_old_clients_get_no_chunks():
    for body, content in ((pieces_of(b"abc", b"de"), b"abcde"), (pieces_of(b""), b"")):
        answer = Answer(with_body(body, version=b"1.0").received)
        assert answer.body == content and "Transfer-Encoding" not in answer.headers


def test_a_known_length_is_told():
    answer = Answer(with_body(pieces_of(b"abcde"), {"Content-Length": "5"}).received)
    assert answer.body == b"abcde" and answer.headers["Content-Length"] == "5" and "Transfer-Encoding" not in answer.headers


def test_an_answer_that_breaks_off_is_known_to():
    for headers in ({}, {"Content-Length": "700"}):
        body = Steps(b"hel" * 200, MemoryError())
        visitor = with_body(body, headers)
        assert visitor.begun and visitor.was_short and b"hel" in visitor.received and b"0\r\n\r\n" not in visitor.received
        assert body.closed == 1


def test_an_answer_that_has_not_begun_is_made_once_more_when_memory_is_short():
    tries = [pieces_of(b"hel", MemoryError()), pieces_of(b"hel", b"lo")]
    page = Answer(with_body(lambda: tries.pop(0)).received)
    assert page.status == 200 and page.body == b"hello" and not tries
    short = with_body(lambda: pieces_of(b"hel", MemoryError()))
    assert short.was_short and not short.begun, "its visitor can still be asked to come again"


def test_a_second_try_does_not_stand_in_its_own_way():
    async def answer(request):
        if request.visit not in tried:
            tried.append(request.visit)
            request.visit.endless = kind  # its head could not be made
            raise MemoryError
        return Response(pieces_of(b"hello"), 200, {"Content-Type": kind})

    tried, kind, device = [], "text/csv; charset=utf-8", Device()
    device.site._answer = answer
    page = Answer(visited(lines(GET, HOST), device=device).received)
    assert page.status == 200 and page.body == b"hello" and tried


def test_what_has_been_done_is_not_done_again_when_memory_is_short():
    async def answer(request):
        done.append(request.method)
        request.visit.done = True
        raise MemoryError

    done, device = [], Device()
    device.site._answer = answer
    assert visited(lines(POST, HOST), device=device).was_short and done == ["POST"]


# who is answered


def test_refusals_are_complete_answers():
    for said, status in (
        (lines(b"GET /nothing HTTP/1.1", HOST), 404),
        (lines(b"DELETE /setup HTTP/1.1", HOST), 405),
        (lines(POST, HOST, b"Content-Length: 9999"), 413),
        (lines(POST, HOST, b"Transfer-Encoding: chunked"), 411),
        (lines(GET, b"Host: evil.example"), 421),
        (lines(GET), 421),
        (lines(b"nonsense"), 400),
        (lines(GET, HOST, HOST), 400),
        (lines(POST, HOST, b"Content-Length: x"), 400),
        (lines(POST, HOST, b" folded: line"), 400),
        (lines(b"GET /" + b"a" * 900 + b" HTTP/1.1", HOST), 414),
        (b"GET /" + b"a" * 3000, 414),
        (lines(GET, *[b"A: " + b"b" * 1000] * 20), 431),
    ):
        refused = answered(said, b"more of it")
        assert refused.status == status, (said[:60], refused.body)
        assert refused.headers["X-Content-Type-Options"] == "nosniff"
        assert int(refused.headers["Content-Length"]) == len(refused.body)
    assert answered(lines(b"GET /?" + b"a" * 900 + b" HTTP/1.1", HOST)).status == 302


def test_one_who_is_refused_is_listened_to_for_a_moment():
    visitor = visited(lines(POST, HOST, b"Content-Length: 9999"), b"x" * 5000, b"y")
    assert Answer(visitor.received).json == {"error": "too_large"}
    assert not visitor.pieces and visitor.asking and visitor.left_s == 1


def test_who_leaves_before_the_end_gets_nothing():
    for said in (b"GET / HT", GET + b"\r\n", lines(POST, HOST, b"Content-Length: 5") + b"ab"):
        visitor = Visitor(said)
        try:
            attend(Device(), visitor)
            raise AssertionError(said)
        except EOFError:
            assert visitor.received == b"" and visitor.asking, said


def test_an_odd_query_is_no_failure_of_ours():
    for query in (b"a=%zz", b"a=%ff", b"%", b"=&=&&", b"a=%-1"):
        device = Device()
        assert answered(lines(b"GET /?" + query + b" HTTP/1.1", HOST), device=device).status in (302, 400), query
        assert not device.log.lines


def test_only_our_own_page_may_change_something():
    for headers, host, status in (
        ((), b"192.168.4.1", 409),  # a script
        ((b"Origin: http://192.168.4.1:8080", b"Sec-Fetch-Site: same-origin"), b"192.168.4.1:8080", 409),
        ((b"Origin: http://Dewlog-a1b2c3.local",), b"dewlog-a1b2c3.local", 409),
        ((b"Origin: http://192.168.4.1:81",), b"192.168.4.1:8080", 403),
        ((b"Origin: http://192.168.4.1",), b"dewlog-a1b2c3.local", 403),
        ((b"Origin: https://192.168.4.1",), b"192.168.4.1", 403),
        ((b"Origin: http://evil.example",), b"192.168.4.1", 403),
        ((b"Origin: null",), b"192.168.4.1", 403),
        ((b"Origin:",), b"192.168.4.1", 403),
        ((b"Sec-Fetch-Site: cross-site",), b"192.168.4.1", 403),
    ):
        said = lines(b"POST /setup/keep HTTP/1.1", b"Host: " + host, b"Content-Length: 1", *headers) + b"x"
        assert answered(said, address="192.168.4.2").status == status, (headers, host)


def test_a_foreign_host_is_led_here_on_the_hotspot_only():
    foreign = lines(b"GET /generate_204 HTTP/1.1", b"Host: connectivitycheck.gstatic.com")
    assert answered(foreign).status == 421
    assert answered(foreign, address="192.168.4.2").status == 302


def test_a_bug_is_told_and_shortage_of_memory_is_the_servers_business():
    printed, print_exception = [], microdot.print_exception
    microdot.print_exception = printed.append
    for failure in (KeyError("bug"), MemoryError()):

        class Trial:
            @property
            def told(self, failure=failure):
                raise failure

        device = Device()
        device.trial = Trial()
        visitor = visited(lines(b"GET /api/setup HTTP/1.1", HOST), device=device)
        assert printed == ([] if visitor.was_short else [failure]), "no traceback of what is no bug"
        printed.clear()
        assert visitor.was_short == isinstance(failure, MemoryError)
        if visitor.was_short:
            assert visitor.received == b"" and not device.log.lines
        else:
            assert Answer(visitor.received).json == {"error": "failed"}
            assert "KeyError" in device.log.lines[0] and "/api/setup" in device.log.lines[0]
    microdot.print_exception = print_exception


class Task:
    cancelled = 0

    def cancel(self):
        self.cancelled += 1


def test_so_many_live_viewers_and_no_more():
    for kind, path in (("text/event-stream", b"/api/events"), ("text/csv; charset=utf-8", b"/readings.csv")):
        device = Device()
        said = lines(b"GET " + path + b" HTTP/1.1", HOST)
        for place in range(ENDLESS[kind]):
            head = visited(lines(b"HEAD " + path + b" HTTP/1.1", HOST), device=device)
            assert head.endless is None and not head.was_short, place
            other = Visitor()
            other.endless, other.task = kind, Task()
            device.server.visits.append(other)
        refused = visited(said, device=device)
        assert refused.was_short and refused.received == b"" and refused.endless is None
        other.is_gone = True
        visitor = Visitor(said, stays=2)
        try:
            attend(device, visitor)
        except OSError:
            pass  # it has gone after the head
        assert visitor.endless == kind and other.task.cancelled == 1, "the place of one who has gone"
