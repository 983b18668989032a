"""The conveyor: hands the pieces of a body from asyncio, which reads them from flash, to the thread that sends them. Loaded on demand."""

import asyncio
import time


class Conveyor:
    """`feed` runs in asyncio, `pieces` in the thread; between them stands one piece at a time."""

    def __init__(self, guard):
        self._guard = guard
        self._piece = None  # b"" is the end
        self._is_cut_short = False

    async def feed(self, body):
        try:
            for piece in body:
                await self._taken()
                self._piece = piece
            await self._taken()
        except MemoryError:
            self._is_cut_short = True
        self._piece = b""

    async def _taken(self):
        while self._piece is not None:
            await asyncio.sleep_ms(2)

    def close(self):
        self._piece = b""

    def pieces(self):
        while True:
            while self._piece is None:
                self._guard.check()
                time.sleep_ms(2)
            piece = self._piece
            if self._is_cut_short:
                raise MemoryError  # the other side of the wire still waits for what the Content-Length has promised
            if not piece:
                return
            self._piece = None
            yield piece
