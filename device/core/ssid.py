"""The name of a network: 1 to 32 raw bytes, which need not be text."""

from binascii import a2b_base64, b2a_base64


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
    """The text whose UTF-8 bytes are exactly `ssid`, or None where they are no printable UTF-8 by RFC 3629, section 4.

    Stricter than MicroPython's decoder, which takes surrogates and long forms. By bytes: MicroPython keeps every different character
    that a loop over a str meets for good.
    """
    left = low = high = 0
    for byte in ssid:
        if left:
            if not low <= byte <= high:
                return None
            left -= 1
            low, high = 0x80, 0xBF
        elif 0xC2 <= byte <= 0xF4:
            left = 1 + (byte >= 0xE0) + (byte >= 0xF0)
            low = {0xE0: 0xA0, 0xF0: 0x90}.get(byte, 0x80)
            high = {0xED: 0x9F, 0xF4: 0x8F}.get(byte, 0xBF)
        elif not 32 <= byte < 127:
            return None
    return None if left else ssid.decode()


def shown(ssid):
    """Text for a person: what is not printable text stands as U+FFFD."""
    text = exact_text(ssid)
    if text is not None:
        return text
    readable = bytearray()
    for byte in ssid:
        readable += bytes((byte,)) if 32 <= byte < 127 else b"\xef\xbf\xbd"  # U+FFFD
    return readable.decode()


def similar(typed, networks):
    """The name in the scan that was probably meant by `typed`, or None: the one that differs only in what looks alike.

    networks: entries of `core.networks.listed`.
    """
    wanted = _folded(typed)
    alike = [network["ssid"] for network in networks if _folded(network["ssid"]) == wanted]
    return alike[0] if len(alike) == 1 and alike[0] != typed else None


def _folded(ssid):
    """One spelling for many: small letters, no blanks at the ends, and one kind of each blank, quote and hyphen."""
    plain = ssid.lower().replace(b"\xc2\xa0", b" ").replace(b"\xe2\x88\x92", b"-")
    for last in range(0x90, 0xA0):  # U+2010 to U+2015 are hyphens and dashes, U+2018 to U+201F quotes
        plain = plain.replace(bytes((0xE2, 0x80, last)), b"-" if last < 0x96 else b"'")
    for last in range(0x80, 0x9F):  # À to Þ
        plain = plain.replace(bytes((0xC3, last)), bytes((0xC3, last + 0x20)))
    return plain.replace(b'"', b"'").replace(b"`", b"'").replace(b"\xc2\xb4", b"'").strip()
