"""Live viewers: one Server-Sent Event a measurement.

Nothing is queued: every viewer wakes on a measurement and sends what is newest then, made into text once for all of them.
server.py limits how many there are.
"""

import asyncio

from core.on_demand import load
from microdot import Response

KEEP_ALIVE_S = 15
"""Without a measurement for this long the same reading is sent again: its age has changed, and a dead connection shows."""


class Events:
    """The events of one device; `stream()` is the answer to one viewer."""

    def __init__(self, station):
        self._station = station
        self._pieces = ()
        self._made_at_s = self._latest = None

    def stream(self):
        """An endless Response."""
        return Response(Viewer(self), 200, {"Content-Type": "text/event-stream", "Cache-Control": "no-store"})

    async def next(self):
        """Wait for the next measurement."""
        try:
            await asyncio.wait_for(self._station.logger.changed.wait(), KEEP_ALIVE_S)
        except asyncio.TimeoutError:
            pass

    def pieces(self):
        """The reading of this moment as one event, in pieces of bytes."""
        now_s = self._station.clock.uptime_s()
        if now_s != self._made_at_s or self._station.logger.latest is not self._latest:
            self._pieces = ()
            document = load("now").document(self._station)
            pieces = [piece.encode() for piece in load("readings_api").pieces(document)]
            self._pieces = [b"event: reading\ndata: "] + pieces + [b"\n\n"]
            self._made_at_s = now_s
            self._latest = self._station.logger.latest
        return self._pieces


class Viewer:
    """The body of one stream: the reading of this moment, then one event a measurement. (MicroPython has no async generators.)"""

    def __init__(self, events):
        self._events = events
        self._greeted = False
        self._left = []  # pieces of the present event

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self._left:
            if self._greeted:
                await self._events.next()
            self._greeted = True
            self._left = list(self._events.pieces())
        return self._left.pop(0)
