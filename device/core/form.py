"""A form: the fields of a request's body as raw bytes."""

import json


def parse(body, content_type=""):
    """(fields {name: bytes}, None), or ({}, code): "damaged", or "unsupported" for a kind of body that is not taken.

    Takes application/x-www-form-urlencoded (https://url.spec.whatwg.org/#urlencoded-parsing, but strict: a bad percent escape or
    a repeated field is damage), also where no kind is named, and one flat JSON object. At most 24 fields.
    """
    kind = content_type.split(";")[0].strip().lower()
    if kind.endswith("json"):
        fields = _of_json(body)
    elif kind in ("", "application/x-www-form-urlencoded"):
        fields = _of_pairs(body)
    else:
        return {}, "unsupported"
    if fields is None or len(fields) > 24:
        return {}, "damaged"
    return fields, None


def text(value):
    """The field's bytes as text, or None where they are not UTF-8."""
    try:
        return value.decode()
    except UnicodeError:
        return None


def json_object(text):
    """The one JSON object in `text` (bytes or str), {str: value}. Raises ValueError for anything else.

    MicroPython's json keeps the two halves of an escaped character beyond U+FFFF apart ("\\ud83d\\ude00"); here they are joined.
    """
    try:
        if not isinstance(text, str):
            text = text[3:].decode() if text[:3] == b"\xef\xbb\xbf" else text.decode()  # without a byte-order mark
        values = json.loads(text)
        if not text.rstrip().endswith("}"):  # MicroPython up to 1.25 closes an open object by itself
            raise ValueError
    except (ValueError, RuntimeError):  # too deep nesting is a RuntimeError
        raise ValueError("not JSON")
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise ValueError("not a JSON object")
    return {_joined(name): _joined(value) if isinstance(value, str) else value for name, value in values.items()}


def _of_pairs(body):
    fields = {}
    for pair in body.split(b"&", 99):
        if not pair:
            continue
        name, _, value = pair.partition(b"=")
        name = _decoded(name)
        value = _decoded(value)
        name = name if name is None else text(name)
        if name is None or value is None or name in fields:
            return None
        fields[name] = value
    return fields


def _decoded(raw):
    raw = raw.replace(b"+", b" ")
    if b"%" not in raw:
        return raw
    parts = raw.split(b"%")
    out = bytearray(parts[0])
    for part in parts[1:]:
        try:
            byte = bytes.fromhex(part[:2].decode())
        except ValueError:
            return None
        if len(byte) != 1:  # blanks, which fromhex passes over
            return None
        out += byte + part[2:]
    return bytes(out)


def _of_json(body):
    try:
        values = json_object(body)
    except ValueError:
        return None
    fields = {}
    for name, value in values.items():
        if value is None:
            continue
        if value is True or value is False:
            value = "yes" if value else "no"
        elif isinstance(value, (int, float)):
            value = str(value)
        elif not isinstance(value, str):
            return None
        fields[name] = value.encode()
    return fields


def _joined(text):
    """`text` without halves of characters: two become one, a single one U+FFFD. In UTF-8 a half is 0xED, 0xA0-0xBF and one byte more."""
    raw = text.encode("utf-8", "surrogatepass")
    if b"\xed" not in raw:
        return text
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
            point = 0x10000 + ((high & 0x3FF) << 10) + (half & 0x3FF)
            out[-3:] = bytes((0xF0 | point >> 18, 0x80 | point >> 12 & 0x3F, 0x80 | point >> 6 & 0x3F, 0x80 | point & 0x3F))
            high = 0
        else:
            out += b"\xef\xbf\xbd"
            high = 0 if half & 0x400 else half | 0x800
    return out.decode()
