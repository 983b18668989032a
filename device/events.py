"""Live viewers: one Server-Sent Event a measurement.

Nothing is queued: every viewer wakes on a measurement and sends what is newest then, made into text once for all of them.
server.py limits how many there are.
"""

import asyncio
import json

from microdot import Response

KEEP_ALIVE_S = 15
"""Without a measurement for this long the same reading is sent again: its age has changed, and a dead connection shows."""


class Events:
    """The events of one device; `stream()` is the answer to one viewer. now: its readings_api.Now."""

    def __init__(self, station, now):
        self._now = now
        self._station = station
        self._text = b""
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

    def text(self):
        """The reading of this moment as the bytes of one event."""
        now_s = self._station.clock.uptime_s()
        if now_s != self._made_at_s or self._station.logger.latest is not self._latest:
            self._text = b"event: reading\ndata: %s\n\n" % json.dumps(self._now.document()).encode()
            self._made_at_s = now_s
            self._latest = self._station.logger.latest
        return self._text


class Viewer:
    """The body of one stream: the reading of this moment, then one event a measurement. (MicroPython has no async generators.)"""

    def __init__(self, events):
        self._events = events
        self._greeted = False

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self._greeted:
            await self._events.next()
        self._greeted = True
        return self._events.text()
