"""The listening socket, and the connections that come in through it."""

import asyncio
import socket

from core.on_demand import paged

QUEUE = 4
WRITE_S = 10
DRAIN_BYTES, DRAIN_READS = 64, 32


def _until_readable(sock):
    yield asyncio.core._io_queue.queue_read(sock)


def _until_writable(sock):
    yield asyncio.core._io_queue.queue_write(sock)


class Listener:
    """Waits on TCP `port` on every interface. Raises OSError when the port is taken."""

    @paged
    def __init__(self, port):
        self._socket = socket.socket()
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(socket.getaddrinfo("0.0.0.0", port)[0][-1])
            self._socket.listen(QUEUE)
            self._socket.setblocking(False)
        except OSError:
            self.close()
            raise

    async def ready(self):
        """Returns when somebody is waiting to be accepted."""
        await _until_readable(self._socket)

    def accept(self):
        """A Connection, or None when the visitor has gone again (ECONNABORTED) or no socket is left for it."""
        try:
            accepted, peer = self._socket.accept()
        except OSError:
            return None
        accepted.setblocking(False)
        return Connection(accepted, peer[0])

    def close(self):
        self._socket.close()


class Connection:
    """One accepted socket, of the address `peer`. Slimmer than asyncio's own stream: no buffer of its own, and a write that has an end."""

    def __init__(self, sock, peer):
        self._socket = sock
        self.peer = peer

    async def ready(self):
        """Returns when there is something to read, or the other side has finished."""
        await _until_readable(self._socket)

    async def read(self, size):
        """Up to `size` bytes as they come; b"" when the other side has finished. Raises OSError."""
        while True:
            await _until_readable(self._socket)
            data = self._socket.read(size)
            if data is not None:
                return data

    def drain(self):
        """Drop what has come and was not read: closing over it resets the connection, and the answer would be lost on the way."""
        for _ in range(DRAIN_READS):
            if not self._socket.read(DRAIN_BYTES):
                return

    async def write(self, data):
        """Raises OSError, and asyncio.TimeoutError when the other side has not taken all of it within `WRITE_S`."""
        sent = self._socket.write(data) or 0
        if sent < len(data):
            await asyncio.wait_for(self._write_rest(memoryview(data)[sent:]), WRITE_S)
        else:
            await asyncio.sleep(0)

    async def _write_rest(self, data):
        while data:
            await _until_writable(self._socket)
            data = data[self._socket.write(data) or 0 :]

    def close(self):
        self._socket.close()
