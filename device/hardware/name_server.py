"""The name server on the hotspot: UDP 53, where every phone asks for every name, and every name is the hotspot (RFC 1035)."""

import asyncio
import socket


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


def answer(query, address):
    """The reply to `query`, or None where it is no well-formed question.

    An A question gets `address` ("192.168.4.1") with TTL 0, so that no phone remembers it on its next network; every other type
    (AAAA, HTTPS ...) gets an empty NOERROR at once, so that no phone waits for it.
    """
    size = len(query)
    if not 17 <= size <= 512 or query[2] & 0xF8 or query[4:6] != b"\0\1":
        return None  # too short or long, a response, another opcode, or not exactly one question
    at = 12
    while at < size and 0 < query[at] < 64:  # a label; from 64 on a compressed name, which no question needs
        at += query[at] + 1
    end = at + 5
    if end > size or query[at] or at >= 267:
        return None
    found = query[at + 1 : end] in (b"\0\1\0\1", b"\0\xff\0\1")  # A or ANY of the internet
    flags = bytes((0x84 | query[2] & 1, 0x80))  # response, authoritative, recursion desired as asked; recursion available, NOERROR
    reply = query[:2] + flags + (b"\0\1\0\1" if found else b"\0\1\0\0") + bytes(4) + query[12:end]
    if found:
        reply += b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4" + bytes(map(int, address.split(".")))  # the name above, A, IN, TTL 0, 4 bytes
    return reply
