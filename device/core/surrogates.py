"""Surrogates: the two halves as which JSON may write a character beyond U+FFFF ("\\ud83d\\ude00")."""


def joined(text):
    """`text` with the halves together that MicroPython's json has left apart. Raises ValueError for half a character."""
    raw = text.encode()
    at = raw.find(b"\xed")
    while at >= 0:
        if raw[at + 1] >= 0xA0:  # not Hangul but a half: 0xED, 0xA0-0xAF for the first or 0xB0-0xBF for the second, and six bits more
            _, first, bits, mark, second, last = raw[at : at + 6] if len(raw) >= at + 6 else bytes(6)
            if first >= 0xB0 or mark != 0xED or second < 0xB0:
                raise ValueError
            top = ((first & 15) << 4 | bits >> 2 & 15) + 16
            raw = raw[:at] + bytes((0xF0 | top >> 6, 0x80 | top & 63, 0x80 | (bits & 3) << 4 | second & 15, last)) + raw[at + 6 :]
        at = raw.find(b"\xed", at + 1)
    return raw.decode()
