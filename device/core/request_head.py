"""The head of an HTTP request: bytes in, values out, every limit kept while the bytes arrive.

Rules and status codes: RFC 9112 (messages) and RFC 9110 (semantics).
"""

from core.refused import Refused

LINE_BYTES = 1024
HEAD_BYTES = 4096
HEADER_LINES = 32
BODY_BYTES = 2048
LARGE_BODY_BYTES = 3072  # a settings file that is restored
_LARGE_BODY_PATH = "/settings"

KEPT = (
    "host", "origin", "sec-fetch-site", "content-type", "content-length", "cookie",
    "accept", "accept-encoding", "if-none-match", "expect",
)  # fmt: skip
"""The headers somebody here reads. A browser sends twice as many: the others would only fill the heap."""

TAKEN = ("", "application/x-www-form-urlencoded", "application/json")
"""The kinds of body that are understood; what says nothing of its kind is taken for a form."""

_ONCE = ("host", "origin", "content-type", "content-length", "expect")
_DECISIVE = _ONCE + ("sec-fetch-site", "transfer-encoding")
"""Headers that must be understood. Of the others a line that is too long or no text is passed over: it locks nobody out."""
_TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"


class Head:
    """Fed line by line; `feed` returns True once the empty line has come.

    From then on `method`, `target` (starts with "/"), `headers` ({lower-case name: text}, only those of `KEPT`), `body_bytes` and
    `waits` (the client wants a "100 Continue" before it sends the body) hold. `headers` is handed in empty, so that it can be a web
    framework's own kind of dict. Raises `Refused`.
    """

    def __init__(self, headers):
        self.headers = headers
        self.method = None
        self.target = None
        self.body_bytes = 0
        self.waits = False
        self._host = None
        self._left_bytes = HEAD_BYTES
        self._left_lines = HEADER_LINES

    def feed(self, line):
        self._left_bytes -= len(line)
        if self._left_bytes < 0:
            raise Refused(431, "The header is too long.")
        line = line.rstrip(b"\r\n")
        if not line:  # RFC 9112, 2.2: empty lines before the request line are skipped
            if self.method:
                self._finish()
            return self.method is not None
        try:
            if self.method:
                self._header(line)
            else:
                self._request_line(line)
        except (ValueError, UnicodeError):
            raise Refused(400, "This request is not understood.")
        return False

    def skip(self, size, name=None):
        """Pass over `size` bytes of a header line that is too long to be kept. name: with its first part, the header's."""
        if name is not None and (name.strip(_TOKEN) or name.decode() in _DECISIVE):
            raise Refused(431, "The line is too long.")
        self._left_bytes -= size
        if self._left_bytes < 0:
            raise Refused(431, "The header is too long.")

    def _request_line(self, line):
        if max(line) > 126:  # before it is text: MicroPython keeps every different character it looks at for good
            raise ValueError
        method, target, version = line.decode().split(" ")
        if not method.isalpha() or method != method.upper() or len(method) > 16 or version not in ("HTTP/1.1", "HTTP/1.0"):
            raise ValueError
        if target[:7].lower() == "http://":  # RFC 9112, 3.2.2: the absolute form, and its host wins
            self._host, _, target = target[7:].partition("/")
            target = "/" + target
        if target[:1] != "/" or min(target.encode()) <= 32:
            raise ValueError
        self.method = method
        self.target = target

    def _header(self, line):
        self._left_lines -= 1
        if self._left_lines < 0:
            raise Refused(431, "There are too many headers.")
        name, colon, value = line.partition(b":")
        name = name.lower()
        if not colon or not name or name.strip(_TOKEN):  # a folded line starts with a blank and ends here, too
            raise ValueError
        name = name.decode()
        if name == "transfer-encoding":
            raise Refused(411, "Send the body with a Content-Length.")
        if name in KEPT:
            if name in self.headers and name in _ONCE:
                raise ValueError
            try:
                self.headers[name] = value.decode().strip()
            except UnicodeError:
                if name in _DECISIVE:
                    raise

    def _finish(self):
        headers = self.headers
        if self._host is not None:
            headers["host"] = self._host
        length = headers.get("content-length", "0")
        if not length.isdigit():
            raise Refused(400, "The Content-Length is not a number.")
        limit = LARGE_BODY_BYTES if self.target.startswith(_LARGE_BODY_PATH) else BODY_BYTES
        if len(length) > 6 or int(length) > limit:
            raise Refused(413, "That is more than the %d bytes taken here." % limit)
        self.body_bytes = int(length)
        if self.body_bytes and headers.get("content-type", "").partition(";")[0].strip().lower() not in TAKEN:
            raise Refused(415, "Send a form or JSON.")
        expect = headers.get("expect")
        if expect and expect.lower() != "100-continue":
            raise Refused(417, "This expectation cannot be met.")
        self.waits = bool(expect and self.body_bytes)
