from core.refused import Refused
from core.request_head import BODY_BYTES, HEADER_LINES, LARGE_BODY_BYTES, Head


def parsed(*lines):
    head = Head({})
    for line in lines:
        assert not head.feed(line + b"\r\n")
    assert head.feed(b"\r\n")
    return head


def status_of(*lines):
    try:
        parsed(*lines)
    except Refused as refusal:
        assert refusal.args[1].endswith(".")
        return refusal.args[0]
    return 200


GET = b"GET / HTTP/1.1"
POST = b"POST /setup HTTP/1.1"


def test_a_browsers_request_is_understood():
    head = parsed(b"GET /api/history?span=1h HTTP/1.1", b"Host: 192.168.1.57:8080", b"ACCEPT-Encoding:gzip, br ", b"X-Other: 1")
    assert (head.method, head.target) == ("GET", "/api/history?span=1h")
    assert head.headers == {"host": "192.168.1.57:8080", "accept-encoding": "gzip, br"}
    assert head.body_bytes == 0 and not head.waits


def test_empty_lines_before_the_request_are_skipped():
    head = Head({})
    assert not head.feed(b"\r\n")
    assert not head.feed(GET + b"\n")
    assert head.feed(b"\n")


def test_the_host_of_an_absolute_address_wins():
    head = parsed(b"GET http://dewlog.local:8080/readings HTTP/1.1", b"Host: other")
    assert head.target == "/readings"
    assert head.headers["host"] == "dewlog.local:8080"
    assert parsed(b"GET http://dewlog.local HTTP/1.1").target == "/"


def test_request_lines_that_are_not_understood():
    for line in (
        b"GET /", b"GET  / HTTP/1.1", b"get / HTTP/1.1", b"GET / HTTP/2.0", b"GET / HTTP/1.1 x", b"G=T / HTTP/1.1", b"GET * HTTP/1.1",
        b"GET ftp://x/ HTTP/1.1", b"CONNECT x:443 HTTP/1.1", b"GET /\x01 HTTP/1.1", b"GET /\xc3\xa4 HTTP/1.1", b"GET /\xff HTTP/1.1",
        b"\x16\x03\x01\x02", b" GET / HTTP/1.1", b"A" * 20 + b" / HTTP/1.1",
    ):  # fmt: skip
        assert status_of(line) == 400, line


def test_headers_that_are_not_understood():
    for line in (b"no colon", b": no name", b" folded", b"\tfolded", b"a b: c", b"Host : x", b"h\xc3\xb6st: x", b"Host: \xff"):
        assert status_of(GET, line) == 400, line


def test_a_header_that_decides_something_may_not_come_twice():
    for line in (b"Host: a", b"Content-Length: 1", b"Origin: http://a", b"Content-Type: text/plain"):
        assert status_of(POST, line, line) == 400, line
    assert status_of(GET, b"Accept: a", b"Accept: b") == 200


def test_limits():
    assert status_of(GET, *[b"a: b"] * HEADER_LINES) == 200
    assert status_of(GET, *[b"a: b"] * (HEADER_LINES + 1)) == 431
    assert status_of(GET, *[b"a: " + b"b" * 400] * 12) == 431


def test_the_length_of_the_body():
    for value, status in (
        (b"0", 200), (b"%d" % BODY_BYTES, 200), (b"%d" % (BODY_BYTES + 1), 413), (b"9" * 50, 413),
        (b"-1", 400), (b"+1", 400), (b"1.5", 400), (b"0x10", 400), (b"1, 1", 400), (b"", 400),
    ):  # fmt: skip
        assert status_of(POST, b"Content-Length: " + value) == status, value
    restore = parsed(b"POST /settings/restore HTTP/1.1", b"Content-Length: %d" % LARGE_BODY_BYTES)
    assert restore.body_bytes == LARGE_BODY_BYTES


def test_a_body_without_a_known_length_is_refused():
    assert status_of(POST, b"Transfer-Encoding: chunked") == 411
    assert status_of(POST, b"Content-Length: 3", b"Transfer-Encoding: chunked") == 411


def test_expectations():
    assert parsed(POST, b"Content-Length: 3", b"Expect: 100-Continue").waits
    assert not parsed(POST, b"Expect: 100-continue").waits
    assert status_of(POST, b"Expect: tea") == 417
