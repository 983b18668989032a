"""The name server on the hotspot: UDP 53, where every phone asks for every name."""

import asyncio
import socket

from core.dns import answer


async def serve(address, port):
    """Answer every name with `address`, on which it also listens, until cancelled. Port 0: there is to be none."""
    while port:
        try:
            listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.setblocking(False)
                listener.bind(socket.getaddrinfo(address, port)[0][-1])
                while True:  # asyncio on MicroPython has no datagrams: look every 40 ms
                    _answer_some(listener, address)
                    await asyncio.sleep_ms(40)
            finally:
                listener.close()
        except OSError:
            await asyncio.sleep(5)


def _answer_some(listener, address):
    """A burst at a time, so that no phone can starve the pages."""
    try:
        for _ in range(8):
            query, client = listener.recvfrom(512)
            reply = answer(query, address)
            if reply:
                listener.sendto(reply, client)
    except (OSError, MemoryError):
        pass  # nothing waits, who asked is gone, or there is no room to answer: the phone asks again
