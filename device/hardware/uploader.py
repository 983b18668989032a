"""The uploader: one HTTP request at a time by urequests, in the background, within a deadline."""

import asyncio
import time
import tls  # noqa: F401  (this and the next stay in memory: the request runs in a thread, which must not read files)

import urequests  # noqa: F401
from hardware.flash import read

HOST = "api.thingspeak.com"
"""Whose replies tell the time."""
TIME_URL = "http://api.thingspeak.com/"


class Uploader:
    """Sends requests without stopping the pages, and never further than the server they were meant for.

    A request is (method, url, headers, body): headers a dict of str, body bytes, or an iterable of bytes whose whole length stands in
    headers["Content-Length"]. The iterable is walked by asyncio, a piece at a time, so it may read files.
    """

    def __init__(self, background, root_path, heap, clock):
        """root_path: the file with the DER certificate that the chain of every https server must lead to. heap: as hardware/heap.py.

        clock: is told the time by every reply of ThingSpeak's.
        """
        self._background = background
        self._root_path = root_path
        self._heap = heap
        self._clock = clock
        self._taken = False
        self.tls_broken = False
        """An allocation has failed inside TLS. The next session would panic the chip: nothing is sent any more, restart at once."""

    async def send(self, request, deadline_s=30):
        """Return (status, body, failure): the HTTP status, at most 2048 bytes and ""; or 0, b"" and why there is no reply.

        Failures: "no_network" (no such name, no route), "refused", "timeout", "connection" (broken off), "certificate", "redirect"
        (never followed: the key would travel along), "reply" (not HTTP, cut short or too long), "memory".
        """
        answer, unix_s = await self._perform(request, deadline_s)
        if unix_s and request[1].split("/")[2] == HOST:
            self._clock.set(unix_s, "server")
        return answer

    async def server_time(self):
        """Unix seconds by the `Date` of a plain request that carries no key, or None."""
        return (await self._perform(("HEAD", TIME_URL, {}, b""), 30))[1]

    async def _perform(self, request, deadline_s):
        # A request under way has put its guard in the place of `tls`, which the next one imports - also one whose caller gave up.
        while self._taken or self._background.busy():
            await asyncio.sleep(0.02)
        self._taken = True
        try:
            return await self._perform_alone(request, deadline_s) if self._has_memory(request[1]) else ((0, b"", "memory"), None)
        finally:
            self._taken = False

    def _has_memory(self, url):
        """Whether a request fits: one that has begun and finds no memory may be stored, and nobody learns it."""
        # A TLS session takes 34.8 kB of ESP-IDF's heap at the handshake's lowest, with an RSA chain, and its thread 10.6; its largest
        # piece is the record buffer of 16.7 (measured on ESP32 firmware 1.26.1). Of Python's heap a request takes 10, its code included.
        free, largest = self._heap.idf()
        fits = free is None or url.startswith("http:") or free >= 48 * 1024 and largest >= 20 * 1024
        return fits and not self.tls_broken and self._heap.free() >= 10 * 1024

    async def _perform_alone(self, request, deadline_s):
        from core.calendar import from_http
        from hardware.guard import Guard, perform

        guard = Guard(read(self._root_path) if request[1].startswith("https:") else None, self._heap.idf)
        conveyor = feeding = None
        if not isinstance(request[3], bytes):
            conveyor = Conveyor(guard)
            feeding = asyncio.create_task(conveyor.feed(request[3]))
            request = request[:3] + (conveyor.pieces(),)
        try:
            answer = await self._background.run(perform, guard, request, deadline_s)
            return answer, guard.date and from_http(guard.date)
        except (OSError, MemoryError):
            return (0, b"", "memory"), None  # no room for a thread
        finally:
            self.tls_broken = self.tls_broken or guard.tls_broken
            if feeding:
                conveyor.close()
                feeding.cancel()


class Conveyor:
    """Hands the pieces of a body from asyncio, which reads them from flash, to the thread that sends them, one at a time."""

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
