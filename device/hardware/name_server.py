"""The name server on the hotspot: UDP 53, where every phone asks for every name."""

import asyncio
import errno
import socket

from core.dns import MOST_QUERY_BYTES, answer

IDLE_MS = 40
BURST = 8
_RETRY_S = 5


class NameServer:
    """Answers every name with `address`, on which it also listens. Port 0: there is to be none."""

    def __init__(self, address, port=53):
        self._address = address
        self._port = port

    async def serve(self):
        """For ever, until cancelled."""
        if not self._port:
            return
        listener = await self._opened()
        # asyncio on MicroPython has no datagrams: look every 40 ms, and take a burst at a time so that no phone can starve the pages.
        try:
            while True:
                for _ in range(BURST):
                    if not self._answer_one(listener):
                        break
                await asyncio.sleep_ms(IDLE_MS)
        finally:
            listener.close()

    async def _opened(self):
        while True:
            try:
                return self._open()
            except OSError:
                await asyncio.sleep(_RETRY_S)

    def _open(self):
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setblocking(False)
        try:
            listener.bind(socket.getaddrinfo(self._address, self._port)[0][-1])
        except OSError:
            listener.close()
            raise
        return listener

    def _answer_one(self, listener):
        """False when nothing waits, or there is no memory to look at it."""
        try:
            query, client = listener.recvfrom(MOST_QUERY_BYTES)
        except MemoryError:
            return False
        except OSError as error:
            return error.errno != errno.EAGAIN  # others tell that the client of an earlier answer is gone
        try:
            reply = answer(query, self._address)
            if reply:
                listener.sendto(reply, client)
        except (OSError, MemoryError):
            pass  # no room to answer: the phone asks again
        return True
