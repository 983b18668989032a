"""A form: the fields of a request's body as raw bytes."""

import json
from binascii import unhexlify


def parse(body, content_type=""):
    """(fields {name: bytes}, None), or ({}, code): "damaged", or "unsupported" for a kind of body that is not taken.

    Takes application/x-www-form-urlencoded (https://url.spec.whatwg.org/#urlencoded-parsing, but strict: a bad percent escape or
    a repeated field is damage), also where no kind is named, and one flat JSON object. At most 24 fields.
    """
    kind = content_type.split(";")[0].strip().lower()
    fields = {}
    try:
        if kind.endswith("json"):
            for name, value in json_object(body).items():
                if isinstance(value, (list, dict)):
                    raise ValueError
                if value is not None:
                    fields[name] = str(value).encode()
        elif kind in ("", "application/x-www-form-urlencoded"):
            for pair in body.split(b"&", 99):
                name, _, value = pair.partition(b"=")
                name = _decoded(name).decode()
                if name in fields:
                    raise ValueError
                if pair:
                    fields[name] = _decoded(value)
        else:
            return {}, "unsupported"
    except ValueError:  # also a UnicodeError
        return {}, "damaged"
    return (fields, None) if len(fields) <= 24 else ({}, "damaged")


def text(value):
    """The field's bytes as text, or None where they are not UTF-8."""
    try:
        return value.decode()
    except UnicodeError:
        return None


def json_object(text):
    """The one JSON object in `text` (bytes or str), {str: value}. Raises ValueError for anything else."""
    try:
        if not isinstance(text, str):
            text = text[3:].decode() if text[:3] == b"\xef\xbb\xbf" else text.decode()  # without a byte-order mark
        values = json.loads(text)
        if not text.rstrip().endswith("}"):  # MicroPython up to 1.25 closes an open object by itself
            raise ValueError
    except RuntimeError:  # too deep nesting
        raise ValueError
    if not isinstance(values, dict):
        raise ValueError
    for name, value in values.items():
        if not isinstance(name, str):
            raise ValueError
        if isinstance(value, str):
            values[name] = _joined(value.encode())
    return values


def _joined(raw):
    """The text of UTF-8 in which MicroPython's json has left the halves of a character beyond U+FFFF apart ("\\ud83d\\ude00")."""
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


def _decoded(raw):
    """Without its percent escapes. Raises ValueError."""
    parts = raw.replace(b"+", b" ").split(b"%")
    out = parts[0]
    for part in parts[1:]:
        if len(part[:2].strip()) < 2:  # MicroPython's unhexlify passes over blanks
            raise ValueError
        out += unhexlify(part[:2]) + part[2:]
    return out
