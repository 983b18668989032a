"""A visit: one connection from accept to close, and the answer with the headers that guard every page."""

# Referrer-Policy: with "no-referrer" browsers send `Origin: null` even from our own forms.
GUARD_HEADERS = (
    b"Connection: close\r\n"
    b"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"form-action 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
    b"Referrer-Policy: same-origin\r\n"
)


class Visit:
    """What Microdot writes an answer to.

    asking: it has not sent its whole request yet. held: the head of the answer, which goes out in one piece with the first bytes of
    the body; None from then on.
    """

    def __init__(self, connection):
        self.connection = connection
        self.asking = False
        self.task = None
        self.held = b""

    async def send(self, response):
        if "cache-control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        try:
            await response.write(self)
            if self.held:
                await self.connection.write(self.held)
        finally:
            close_body(response)

    async def awrite(self, data):
        held = self.held
        if held is not None and not held.endswith(b"\r\n\r\n"):
            self.held = held + data if held else data + GUARD_HEADERS
            return
        if held:
            data = held + data
            self.held = None
        await self.connection.write(data)


def close_body(response):
    """A body that is read from a file or a generator ends here, however far it came."""
    if hasattr(response.body, "close"):
        response.body.close()
