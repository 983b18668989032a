"""A request as it comes in: bytes in, values out, every limit kept while the bytes arrive.

Rules and status codes: RFC 9112 (messages) and RFC 9110 (semantics).
"""

from micropython import const

_PIECE_BYTES = const(512)
_LINE_BYTES = const(1024)  # of a line that somebody here reads
_HEAD_BYTES = const(8192)
_HEADER_LINES = const(64)
_BODY_BYTES = const(2048)
_PAIR_BYTES = const(64)  # our cookie

# The headers somebody here reads: those that decide something may come once only, and whole. All others, and the cookies of other
# devices that share an address or a name with this one, are swallowed as they come.
_DECISIVE = b" host origin content-type content-length expect sec-fetch-site transfer-encoding "
_USEFUL = b" accept accept-encoding if-none-match "


class Refused(Exception):
    """This request gets `args[0]` (the status) and `args[1]` (an error code) instead of an answer."""


async def read_request(connection, rest):
    """(method, target, version, headers, body) of the request that begins with `rest`; None when the visitor leaves before its end.

    target starts with "/"; version is "1.0" or "1.1"; headers: {lower-case name: text}, of all cookies ours. connection: `async read(size)`
    and `async write(bytes)`. Raises Refused.
    """
    try:
        method, target, version, headers, body = await _read_head(connection, rest)
    except ValueError:  # UnicodeError is one
        raise Refused(400, "not_understood")
    except EOFError:
        return None
    if "absolute" in headers:
        headers["host"] = headers.pop("absolute")
    if "transfer-encoding" in headers:
        raise Refused(411, "length_required")
    length = headers.get("content-length", "0")
    if not length.isdigit():
        raise Refused(400, "not_understood")
    missing = int(length[:7])
    if missing > _BODY_BYTES:
        raise Refused(413, "too_large")
    if "expect" in headers:
        if headers["expect"].lower() != "100-continue":
            raise Refused(417, "not_understood")
        if missing:
            await connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    while len(body) < missing:
        piece = await connection.read(min(_PIECE_BYTES, missing - len(body)))
        if not piece:
            return None
        body += piece
    return method, target, version, headers, body[:missing]


async def _read_head(connection, rest):
    """The request's first line, its headers and what came after them. Raises Refused, ValueError, EOFError."""
    first = None
    headers = {}
    start = 0
    left_bytes, left_lines = _HEAD_BYTES - len(rest), _HEADER_LINES
    while True:
        end = rest.find(b"\n", start)
        if end >= 0:
            line = rest[start:end].rstrip(b"\r")
            start = end + 1
        elif len(rest) - start <= _LINE_BYTES:
            piece = await connection.read(_PIECE_BYTES)
            if not piece:
                raise EOFError
            left_bytes -= len(piece)
            if left_bytes < 0:
                raise Refused(431, "too_long")
            rest = rest[start:] + piece
            start = 0
            continue
        else:  # the rest of this header is looked at as if it were one of its own
            line = rest[start:]
            start = 0
            end = line.rfind(b";")  # our cookie may just have begun
            rest = line[: line.find(b":") + 1] + b"-" + (line[end:] if end > len(line) - _PAIR_BYTES else b"")
        if not first:
            first = line and _first_line(line, headers)  # RFC 9112, 2.2: empty lines before it are skipped
        elif line:
            left_lines -= 1
            if left_lines < 0:
                raise Refused(431, "too_long")
            _header(line, headers)
        else:
            return first + (headers, rest[start:])


def _first_line(line, headers):
    """(method, target, version)"""
    if len(line) > _LINE_BYTES:
        raise Refused(414, "too_long")
    if max(line) > 126 or min(line) < 32:  # before it is text: MicroPython keeps every different character it looks at for good
        raise ValueError
    method, target, version = line.decode().split(" ")
    if target[:7].lower() == "http://":  # RFC 9112, 3.2.2: the absolute form, and its host wins
        headers["absolute"], _, target = target[7:].partition("/")
        target = "/" + target
    if not method.isalpha() or method != method.upper() or target[:1] != "/" or version not in ("HTTP/1.1", "HTTP/1.0"):
        raise ValueError
    return method, target, version[5:]


def _header(line, headers):
    name, colon, value = line.partition(b":")
    name, value = name.lower(), value.strip()
    if not colon or not name or b" " in name or b"\t" in name:  # a folded line starts with a blank and ends here, too
        raise ValueError
    if name == b"cookie":
        for pair in value.split(b";"):
            pair = pair.strip()
            if pair.startswith(b"dewlog=") and len(pair) < _PAIR_BYTES and max(pair) < 127:
                headers["cookie"] = pair.decode()
        return
    word = b" " + name + b" "
    is_decisive = word in _DECISIVE
    if is_decisive or word in _USEFUL:
        name = name.decode()
        if len(line) > _LINE_BYTES:
            if is_decisive:
                raise Refused(431, "too_long")
        elif is_decisive and (name in headers or max(value or b" ") > 126):
            raise ValueError
        elif max(value or b" ") < 127:
            headers[name] = value.decode()
