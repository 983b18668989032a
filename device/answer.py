"""The answer on its way out, with the headers that guard every page."""

# Referrer-Policy: with "no-referrer" browsers send `Origin: null` even from our own forms.
GUARD_HEADERS = (
    b"Connection: close\r\n"
    b"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"form-action 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
    b"Referrer-Policy: same-origin\r\n\r\n"
)


class Answer:
    """What Microdot writes an answer to: the connection of a visit, see server.py."""

    def __init__(self, visit):
        self._visit = visit
        self._head = []
        """The lines of the head, which go out together with the first bytes of the body; None from then on."""

    async def send(self, response):
        """Raises MemoryError, often before a byte is out: the whole head goes out, or nothing of it."""
        if "cache-control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        try:
            await response.write(self)
            if self._head:
                await self._begin(b"")
        finally:
            close_body(response)

    async def awrite(self, data):
        head = self._head
        if head is None:
            await self._visit.connection.write(data)
        elif head and head[-1] is GUARD_HEADERS:
            await self._begin(data)
        else:
            head.append(GUARD_HEADERS if data == b"\r\n" else data)

    async def _begin(self, data):
        head = b"".join(self._head[:-1])  # the Content-Length is in it
        self._head = None
        try:
            pieces = (b"".join((head, GUARD_HEADERS, data)),)
        except MemoryError:
            pieces = (head, GUARD_HEADERS, data)  # more packets, then
        self._visit.begun = True
        for piece in pieces:
            await self._visit.connection.write(piece)


def close_body(response):
    """A body that is read from a file or a generator ends here, however far it came."""
    if hasattr(response.body, "close"):
        response.body.close()
