"""The name of a network: 1 to 32 raw bytes, which need not be text."""

from binascii import a2b_base64, b2a_base64

LONGEST_BYTES = 32


def from_hex(digits):
    """The bytes that `digits` name, or None where they name none."""
    try:
        return bytes.fromhex(digits)
    except (ValueError, TypeError):
        return None


def to_id(ssid):
    """The text by which a form names exactly these bytes: "=" and base64, which is shorter than hexadecimal."""
    return "=" + b2a_base64(ssid).decode().rstrip()


def from_id(text):
    """The bytes that `text`, made by `to_id` or their hexadecimal, names; None where it names none."""
    if not text.startswith("="):
        return from_hex(text)
    try:
        return a2b_base64(text[1:])
    except ValueError:
        return None


def exact_text(ssid):
    """The text whose UTF-8 bytes are exactly `ssid`, or None.

    Stricter than MicroPython's decoder, which takes surrogates and long forms.
    """
    try:
        text = ssid.decode()
    except UnicodeError:
        return None
    canonical = b""
    for character in text:
        point = ord(character)
        if point < 32 or point == 127 or 0xD800 <= point < 0xE000 or point > 0x10FFFF:
            return None
        canonical += chr(point).encode()
    return text if canonical == ssid else None


def shown(ssid):
    """Text for a person: what is not printable text stands as U+FFFD."""
    text = exact_text(ssid)
    if text is not None:
        return text
    return "".join(chr(byte) if 32 <= byte < 127 else "\ufffd" for byte in ssid)
