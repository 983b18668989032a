"""The listening socket, and the connections that come in through it.

As in MicroPython's own asyncio, what waits for a socket is a plain generator: it is awaited like a coroutine.
"""

import asyncio
import socket


class Listener:
    """Waits on TCP `port` on every interface. Raises OSError when the port is taken."""

    def __init__(self, port):
        self.socket = socket.socket()
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(socket.getaddrinfo("0.0.0.0", port)[0][-1])
            self.socket.listen(4)
            self.socket.setblocking(False)
        except OSError:
            self.close()
            raise

    def ready(self):
        """Awaited: returns when somebody is waiting to be accepted."""
        yield asyncio.core._io_queue.queue_read(self.socket)

    def accept(self):
        """A Connection, or None when the visitor has gone again (ECONNABORTED) or no socket is left for it."""
        try:
            accepted, peer = self.socket.accept()
        except OSError:
            return None
        accepted.setblocking(False)
        return Connection(accepted, peer)

    def close(self):
        self.socket.close()


class Connection:
    """One accepted socket; `peer` is (address, port). Slimmer than asyncio's own stream: no buffer of its own.

    asking: it has not sent its whole request yet. let_in: the memory for its answer is promised. done: what it asked for has been done,
    and must not be done twice. begun: a part of the answer is out. endless: the kind of an answer without an end, or None. left_s: seconds
    until it is sent away, set anew before each step. in_chunks: its answer is sent so. task: who attends to it.
    """

    asking = True
    let_in = done = begun = in_chunks = False
    endless = task = None
    left_s = 5

    def __init__(self, sock, peer):
        self.socket = sock
        self.peer = peer

    def read(self, size):
        """Awaited: up to `size` bytes as they come; b"" when the other side has finished. Raises OSError."""
        while True:
            yield asyncio.core._io_queue.queue_read(self.socket)  # even if there are some: who never pauses is not alone here
            data = self.socket.read(size)
            if data is not None:
                return data

    def write(self, data):
        """Awaited: returns when all of it is on its way. Raises OSError."""
        self.begun = True
        self.left_s = 10
        data = memoryview(data)
        while True:
            data = data[self.socket.write(data) or 0 :]
            if not data:
                return
            yield asyncio.core._io_queue.queue_write(self.socket)

    def gone(self):
        """True when the other side has finished or broken off. What it says meanwhile is dropped."""
        try:
            return self.socket.read(64) == b""
        except OSError:
            return True

    def close(self):
        """What has come unread is dropped first: closing over it resets the connection, and the answer would be lost on the way."""
        for _ in range(32):
            try:
                if not self.socket.read(64):
                    break
            except OSError:
                break
        asyncio.core._io_queue.map.pop(id(self.socket), None)  # if waiting for it found no memory, its task would stay there for good
        self.socket.close()
