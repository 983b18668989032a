"""The name server's one answer: every name is the hotspot (RFC 1035)."""


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
