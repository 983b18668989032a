"""The uploader: one HTTP request at a time by urequests, in the background, within a deadline."""

import asyncio

from core.memory import has_free
from core.on_demand import load, paged
from hardware.flash import read

DEADLINE_S = 30
TURN_MS = 20
REQUEST_BYTES = 10 * 1024
"""What a plain request takes of Python's heap, its code included. One that has begun and finds no memory may be stored, and nobody learns
it."""
TLS_BYTES = 48 * 1024
"""A TLS session takes 34.8 kB of ESP-IDF's heap at the handshake's lowest, with an RSA chain, and its thread 10.6. This and the next were
measured on ESP32 firmware 1.26.1."""
TLS_BLOCK_BYTES = 20 * 1024  # its largest piece is a record buffer of 16.7 kB
TIME_URL = "http://api.thingspeak.com/"


class Uploader:
    """Sends requests without stopping the pages, and never further than the server they were meant for.

    A request is (method, url, headers, body): headers a dict of str, body bytes, or an iterable of bytes whose whole length stands in
    headers["Content-Length"]. The iterable is walked by asyncio, a piece at a time, so it may read files.
    """

    @paged
    def __init__(self, background, root_path, idf):
        """root_path: the file with the DER certificate that the chain of every https server must lead to. idf: as in hardware/heap.py."""
        self._background = background
        self._root_path = root_path
        self._taken = False
        self._idf = idf
        self.tls_broken = False
        """An allocation has failed inside TLS. The next session would panic the chip: nothing is sent any more, restart at once."""

    @paged
    async def send(self, request, deadline_s=DEADLINE_S):
        """Return (status, body, failure): the HTTP status, at most 2048 bytes and ""; or 0, b"" and why there is no reply.

        Failures: "no_network" (no such name, no route), "refused", "timeout", "connection" (broken off), "certificate", "redirect"
        (never followed: the key would travel along), "reply" (not HTTP, cut short or too long), "memory".
        """
        return (await self._perform(request, deadline_s))[0]

    @paged
    async def server_time(self):
        """Unix seconds by the `Date` of a plain request that carries no key, or None."""
        _, date = await self._perform(("HEAD", TIME_URL, {}, b""), DEADLINE_S)
        return date and load("core.http_date").from_http(date)

    @paged
    async def _perform(self, request, deadline_s):
        # A request under way has put its guard in the place of `tls`, which the next one imports - also one whose caller gave up.
        while self._taken or self._background.busy():
            await asyncio.sleep_ms(TURN_MS)
        self._taken = True
        try:
            return await self._perform_alone(request, deadline_s)
        finally:
            self._taken = False

    @paged
    async def _perform_alone(self, request, deadline_s):
        if not self._has_room(request[1].startswith("https:")):
            return (0, b"", "memory"), None
        import urequests

        # An alias on the board, which loads `requests` now: the request runs in a thread, which must not import.
        urequests.request  # noqa: B018

        root = read(self._root_path) if request[1].startswith("https:") else None
        guard = load("hardware.guard").Guard(root, self._idf)  # in RAM only while it is needed
        perform = load("hardware.guarded_request").perform
        conveyor = feeding = None
        if not isinstance(request[3], bytes):
            conveyor = load("hardware.conveyor").Conveyor(guard)
            feeding = asyncio.create_task(conveyor.feed(request[3]))
            request = request[:3] + (conveyor.pieces(),)
        try:
            return await self._background.run(perform, guard, request, deadline_s), guard.date
        except (OSError, MemoryError):
            return (0, b"", "memory"), None  # no room for a thread
        finally:
            self.tls_broken = self.tls_broken or guard.tls_broken
            if feeding:
                conveyor.close()
                feeding.cancel()

    @paged
    def _has_room(self, is_tls):
        """Whether a request fits into both heaps."""
        if self.tls_broken or not has_free(REQUEST_BYTES):
            return False
        free, largest = self._idf()
        return free is None or not is_tls or free >= TLS_BYTES and largest >= TLS_BLOCK_BYTES
