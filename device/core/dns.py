"""The name server's one answer: every name is the hotspot (RFC 1035)."""

MOST_QUERY_BYTES = 512
_A = 1
_INTERNET = 1
_ANY = 255


def answer(query, address):
    """The reply to `query`, or None where it is no well-formed question.

    An A question gets `address` ("192.168.4.1") with TTL 0, so that no phone remembers it on its next network; every other type
    (AAAA, HTTPS ...) gets an empty NOERROR at once, so that no phone waits for it.
    """
    end = _question_end(query)
    if end is None:
        return None
    kind, class_ = query[end - 3], query[end - 1]
    high_bytes_are_zero = query[end - 4] == 0 and query[end - 2] == 0
    found = high_bytes_are_zero and kind in (_A, _ANY) and class_ in (_INTERNET, _ANY)
    reply = bytearray(query[:end])
    reply[2] = 0x84 | query[2] & 1  # response, authoritative; recursion desired as asked
    reply[3] = 0x80  # recursion available, NOERROR
    reply[4:12] = b"\0\1\0" + (b"\1" if found else b"\0") + b"\0\0\0\0"
    if found:
        reply.extend(b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4")  # the name above, A, IN, TTL 0, 4 bytes
        reply.extend(bytes(int(part) for part in address.split(".")))
    return bytes(reply)


def _question_end(query):
    """Where the only question of a standard query ends, or None."""
    size = len(query)
    if not 17 <= size <= MOST_QUERY_BYTES or query[2] & 0xF8 or query[4:6] != b"\0\1":
        return None  # too short or long, a response, another opcode, or not exactly one question
    at = 12
    while at < size and query[at]:
        if query[at] > 63:
            return None  # a compressed name, which no question needs
        at += query[at] + 1
    end = at + 5
    return end if end <= size and at - 12 < 255 else None
