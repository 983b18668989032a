"""A request's head and body, in pieces as they come."""

from core.request_head import Refused, read_request

GET = b"GET / HTTP/1.1"
POST = b"POST /setup HTTP/1.1"
BODY_BYTES, HEAD_BYTES, HEADER_LINES, LINE_BYTES = 2048, 8192, 64, 1024
SIZES = (7, 512)


class Visitor:
    """Says `data` in pieces of `size` bytes."""

    def __init__(self, data, size=512):
        self.data = data
        self.size = size
        self.received = b""

    async def read(self, most):
        piece = self.data[: min(self.size, most)]
        self.data = self.data[len(piece) :]
        return piece

    async def write(self, data):
        self.received += data


def read(visitor):
    """What is read of what the visitor says. Nobody waits here, so the coroutine runs through."""
    reading = read_request(visitor, b"")
    try:
        reading.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


def request(*lines, size=512):
    return read(Visitor(b"\r\n".join(lines) + b"\r\n\r\n", size))


def headers_of(*lines, size=512):
    return request(*lines, size=size)[3]


def status_of(*lines, size=512):
    try:
        request(*lines, size=size)
    except Refused as refusal:
        return refusal.args[0]
    return 200


def test_a_browsers_request_is_understood():
    lines = b"GET /api/history?span=1h HTTP/1.1", b"Host: 192.168.1.57:8080", b"ACCEPT-Encoding:gzip, br ", b"X-Other: 1"
    for size in range(1, 120):
        method, target, version, headers, body = request(*lines, size=size)
        assert (method, target, version, body) == ("GET", "/api/history?span=1h", "1.1", b"")
        assert headers == {"host": "192.168.1.57:8080", "accept-encoding": "gzip, br"}
    assert request(b"GET / HTTP/1.0")[2] == "1.0"


def test_the_body_ends_where_its_length_says():
    data = b"POST / HTTP/1.1\nContent-Length: 6\n\nbody\n\nmore"
    for size in range(1, len(data) + 1):
        assert read(Visitor(data, size))[4] == b"body\n\n"


def test_who_leaves_early_asked_for_nothing():
    for data in (b"", b"GET / HTTP/1.1\r\nHost: a\r\n", b"POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc"):
        assert read(Visitor(data)) is None


def test_empty_lines_before_the_request_are_skipped():
    assert request(b"", b"", GET)[0] == "GET"


def test_the_host_of_an_absolute_address_wins():
    _, target, _, headers, _ = request(b"GET http://dewlog.local:8080/readings HTTP/1.1", b"Host: other")
    assert target == "/readings" and headers == {"host": "dewlog.local:8080"}
    assert status_of(b"GET http://dewlog.local/ HTTP/1.1", b"Host: a", b"Host: b") == 400
    assert request(b"GET http://dewlog.local HTTP/1.1")[1] == "/"


def test_request_lines_that_are_not_understood():
    for line in (
        b"GET /", b"GET  / HTTP/1.1", b"get / HTTP/1.1", b"GET / HTTP/2.0", b"GET / HTTP/1.1 x", b"G=T / HTTP/1.1", b"GET * HTTP/1.1",
        b"GET ftp://x/ HTTP/1.1", b"CONNECT x:443 HTTP/1.1", b"GET /\x01 HTTP/1.1", b"GET /\xc3\xa4 HTTP/1.1", b"GET /\xff HTTP/1.1",
        b"\x16\x03\x01\x02", b" GET / HTTP/1.1", b"GET /a\rb HTTP/1.1",
    ):  # fmt: skip
        assert status_of(line) == 400, line


def test_header_lines_that_are_not_understood():
    for line in (
        b"no colon", b": no name", b" folded: line", b"Space : before", b"A B: c", b"Tab\t: x", b"Host: \xff", b"Host: \xc3\xa4",
    ):  # fmt: skip
        assert status_of(GET, line) == 400, line


def test_a_header_that_decides_something_may_not_come_twice():
    for line in (b"Host: a", b"Content-Length: 1", b"Origin: http://a", b"Content-Type: text/plain", b"Sec-Fetch-Site: none"):
        assert status_of(POST, line, line) == 400, line
    assert status_of(GET, b"Accept: a", b"Accept: b") == 200


def test_what_nobody_reads_is_swallowed():
    for line in (
        b"User-Agent: " + b"a" * 1100, b"X-Name: caf\xe9", b"Cookie: other=" + b"a" * 1100, b"Cookie: other=\xe9; b=\xff", b"Cookie:",
        b"Accept:",
        b"Accept: \xe9", b"Accept: " + b"a" * 1100, b"Referer: http://a/" + b"b" * 5000, b"Cookie: " + b"a=b; " * 1200, b"X:" + b" " * 4000,
    ):  # fmt: skip
        for size in SIZES:
            headers = headers_of(GET, line, b"Host: a", size=size)
            assert headers.get("host") == "a" and "cookie" not in headers, (line[:40], size)


def test_our_cookie_is_found_among_those_of_others():
    for before, after in (
        (b"", b""), (b"a=b;", b"; c=d"), (b"\xe9=1; ", b""), (b"a=" + b"b" * 3000 + b"; ", b"; x"), (b"a=b; " * 500, b"; c=d" * 500),
    ):  # fmt: skip
        for size in SIZES:
            headers = headers_of(GET, b"Cookie: " + before + b"dewlog=0123abcd" + after, size=size)
            assert headers == {"cookie": "dewlog=0123abcd"}, (before[:10], size)
    for length in range(LINE_BYTES - 60, LINE_BYTES + 20):
        assert headers_of(GET, b"Cookie: a=" + b"b" * length + b"; dewlog=0123abcd; c=d", size=7) == {"cookie": "dewlog=0123abcd"}, length
    assert headers_of(GET, b"Cookie: notdewlog=1; dewlog=" + b"a" * 100) == {}


def test_limits():
    for size in SIZES:
        assert status_of(GET, *[b"a: b"] * HEADER_LINES, size=size) == 200
        assert status_of(GET, *[b"a: b"] * (HEADER_LINES + 1), size=size) == 431
        assert status_of(GET, *[b"a: " + b"b" * 400] * (HEAD_BYTES // 407), size=size) == 200
        assert status_of(GET, *[b"a: " + b"b" * 400] * (HEAD_BYTES // 400 + 3), size=size) == 431
        assert status_of(GET, b"a: " + b"b" * HEAD_BYTES, size=size) == 431
        assert status_of(b"GET /" + b"a" * LINE_BYTES + b" HTTP/1.1", size=size) == 414
        assert status_of(GET, b"Host: " + b"a" * (LINE_BYTES + 600), size=size) == 431
        assert status_of(GET, b"a" * (LINE_BYTES + 600), size=size) in (400, 431)


def test_a_line_without_an_end_is_not_waited_for():
    for beginning, status in (
        (b"", 414), (GET + b"\r\n", 400), (GET + b"\r\na: ", 431), (GET + b"\r\nCookie: ", 431), (GET + b"\r\nOrigin: ", 431),
    ):  # fmt: skip
        visitor = Visitor(beginning + b"a" * 3 * HEAD_BYTES, 100)
        try:
            read(visitor)
            raise AssertionError(beginning)
        except Refused as refusal:
            assert refusal.args[0] == status, beginning
        assert len(visitor.data) > HEAD_BYTES


def test_the_length_of_the_body():
    for value, status in (
        (b"0", 200), (b"%d" % BODY_BYTES, 200), (b"%d" % (BODY_BYTES + 1), 413), (b"9" * 50, 413),
        (b"-1", 400), (b"+1", 400), (b"1.5", 400), (b"0x10", 400), (b"1, 1", 400), (b"", 400), (b"\xc2\xb2", 400),
    ):  # fmt: skip
        assert status_of(POST, b"Content-Length: " + value) == status, value


def test_a_body_without_a_known_length_is_refused():
    assert status_of(POST, b"Transfer-Encoding: chunked") == 411
    assert status_of(POST, b"Content-Length: 3", b"Transfer-Encoding: chunked") == 411
    assert status_of(POST, b"Transfer-Encoding:" + b" " * 1100 + b"chunked") in (411, 431)


def test_expectations():
    for lines, said in (
        ((b"Content-Length: 3", b"Expect: 100-Continue"), b"HTTP/1.1 100 Continue\r\n\r\n"),
        ((b"Expect: 100-continue",), b""),
        ((b"Content-Length: 3",), b""),
    ):
        visitor = Visitor(b"\r\n".join((POST,) + lines) + b"\r\n\r\nabc")
        assert read(visitor)[4] == (b"abc" if len(lines) > 1 or not said and b"Length" in lines[0] else b"") and visitor.received == said
    assert status_of(POST, b"Expect: tea") == 417
