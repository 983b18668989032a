"""One flat JSON object from outside, as a dict."""

import json


def parse(text):
    """The object in `text` (bytes or str): {name: str, int, float, bool, None, list or dict}. Raises ValueError for anything else.

    MicroPython's json keeps the two halves of an escaped character beyond U+FFFF apart ("\\ud83d\\ude00"); here they are joined.
    """
    try:
        if not isinstance(text, str):
            text = text.decode()
        values = json.loads(text)
        if not text.rstrip().endswith("}"):  # MicroPython up to 1.25 closes an open object by itself
            raise ValueError
    except (ValueError, RuntimeError):  # too deep nesting is a RuntimeError
        raise ValueError("not JSON")
    if not isinstance(values, dict):
        raise ValueError("not a JSON object")
    return {_joined(name): _joined(value) if isinstance(value, str) else value for name, value in values.items()}


def _joined(text):
    """`text` without halves of characters: two become one, a single one U+FFFD. In UTF-8 a half is 0xED, 0xA0-0xBF and one byte more."""
    raw = text.encode("utf-8", "surrogatepass")
    out = bytearray()
    high = at = 0
    while at < len(raw):
        if raw[at] != 0xED or raw[at + 1] < 0xA0:
            out.append(raw[at])
            high = 0
            at += 1
            continue
        half = (raw[at + 1] & 0x1F) << 6 | raw[at + 2] & 0x3F
        at += 3
        if high and half & 0x400:
            out[-3:] = _four_bytes(0x10000 + ((high & 0x3FF) << 10) + (half & 0x3FF))
            high = 0
        else:
            out += b"\xef\xbf\xbd"
            high = 0 if half & 0x400 else half | 0x800
    return out.decode()


def _four_bytes(point):
    return bytes((0xF0 | point >> 18, 0x80 | point >> 12 & 0x3F, 0x80 | point >> 6 & 0x3F, 0x80 | point & 0x3F))
