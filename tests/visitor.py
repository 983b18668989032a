"""A visitor without sockets: the connection that says a request, and the answer that was written to it."""

import asyncio
import json

from microdot import NoCaseDict


class Visitor:
    """A connection as hardware/listener.py has it. Says its pieces one after the other; then it waits (`waits`) or has finished.

    stays: how many writes it hears before it is gone; None: all of them.
    """

    def __init__(self, *pieces, address="192.168.1.9", waits=False, stays=None):
        self.pieces = list(pieces)
        self.peer = (address, 50000)
        self.waits = waits
        self.stays = stays
        self.writes = []
        self.closed = 0
        self.is_gone = self.done = self.begun = self.let_in = self.in_chunks = False
        self.asking = True
        self.endless = self.task = None
        self.left_s = 5

    async def read(self, size):
        await asyncio.sleep(0)
        while self.waits and not self.pieces:
            await asyncio.sleep(0.01)
        if not self.pieces:
            return b""
        piece = self.pieces.pop(0)
        if piece[size:]:
            self.pieces.insert(0, piece[size:])
        return piece[:size]

    async def write(self, data):
        await asyncio.sleep(0)
        if len(self.writes) == self.stays:
            raise OSError(104)
        self.begun = True
        self.left_s = 10
        self.writes.append(bytes(data))

    def gone(self):
        return self.is_gone

    def close(self):
        self.closed += 1

    @property
    def received(self):
        return b"".join(self.writes)


class Answer:
    """What a visitor got: status, headers, the pieces of the body and all of it. is_whole: nothing is missing at its end."""

    def __init__(self, received):
        head, _, rest = received.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = NoCaseDict()
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            self.headers[name] = value
        self.pieces, self.is_whole = [rest], True
        if "Transfer-Encoding" in self.headers:
            self.pieces, self.is_whole = [], not rest
            while rest and not self.is_whole:
                size, _, rest = rest.partition(b"\r\n")
                size = int(size, 16)
                self.is_whole = size == 0
                if size:
                    self.pieces.append(rest[:size])
                assert rest[size : size + 2] == b"\r\n"
                rest = rest[size + 2 :]
        self.body = b"".join(self.pieces)

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.text)
