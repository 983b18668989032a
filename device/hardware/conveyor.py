"""The conveyor: hands the pieces of a body from asyncio, which reads them from flash, to the thread that sends them. Loaded on demand."""

import asyncio
import time


class Conveyor:
    """`feed` runs in asyncio, `pieces` in the thread; between them stands one piece at a time."""

    def __init__(self, guard):
        self._guard = guard
        self._piece = None  # b"" is the end

    async def feed(self, body):
        for piece in body:
            while self._piece is not None:
                await asyncio.sleep_ms(2)
            self._piece = piece
        while self._piece is not None:
            await asyncio.sleep_ms(2)
        self._piece = b""

    def close(self):
        self._piece = b""

    def pieces(self):
        while True:
            while self._piece is None:
                self._guard.check()
                time.sleep_ms(2)
            piece = self._piece
            if not piece:
                return
            self._piece = None
            yield piece
