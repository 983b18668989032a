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
    if not any(0xD800 <= ord(c) < 0xE000 for c in text):
        return text
    out = ""
    high = 0
    for character in text:
        point = ord(character)
        if 0xDC00 <= point < 0xE000 and high:
            out = out[:-1] + chr(0x10000 + (high - 0xD800 << 10) + point - 0xDC00)
        else:
            out += "\ufffd" if 0xD800 <= point < 0xE000 else character
        high = point if 0xD800 <= point < 0xDC00 else 0
    return out
