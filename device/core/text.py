"""Text: JSON from outside, of which MicroPython takes too much; names of networks, which need be no text; settings as they may be shown."""

import json
import re


def shown(ssid):
    """Text for a person: `ssid` itself where it is printable UTF-8; where it is not, what is not ASCII stands as U+FFFD."""
    try:
        # By RFC 3629, section 4: MicroPython's decoder takes long forms, surrogates and what is beyond Unicode.
        if not re.search(b"[^ -~\x80-\xff]|[\xc0\xc1\xf5-\xff]|\xe0[\x80-\x9f]|\xed[\xa0-\xbf]|\xf0[\x80-\x8f]|\xf4[\x90-\xbf]", ssid):
            return ssid.decode()
    except UnicodeError:
        pass
    return re.sub(b"[^ -~]", b"\xef\xbf\xbd", ssid).decode()


def redacted(settings):
    """What a person may see of them, a dict for JSON: instead of the secrets whether there are any, and nothing that is unknown here."""
    from core.settings import DEFAULTS

    known = [(settings["ssid"], settings["password"])] + settings["networks"]
    plain = {"networks": [_named(ssid, {"has_password": bool(password)}) for ssid, password in known if ssid]}
    for name in DEFAULTS:
        if name in ("password", "api_key"):
            plain["has_" + name] = bool(settings[name])
        elif name not in ("version", "networks"):
            plain[name] = settings[name]
    return _named(settings["ssid"], plain)


def drafted(settings):
    """The same of settings that somebody is typing. `network`: the SSID in hexadecimal."""
    return dict(redacted(settings), network=settings["ssid"].hex())


def _named(ssid, told):
    told["ssid"] = shown(ssid)
    if told["ssid"].encode() != ssid:
        told["ssid_hex"] = ssid.hex()
    return told


def parsed(text):
    """The dict that `text` is in JSON. Raises ValueError; RuntimeError for nesting that is too deep."""
    if text.count("[") + text.count("{") > 64:  # each takes 32 bytes, and nothing here has as many
        raise ValueError
    try:
        json.loads(text + "}")  # MicroPython up to 1.25 closes by itself what is open: in a whole text one more is one too many
    except ValueError:
        plain = json.loads(text)
        if isinstance(plain, dict):
            return plain
    raise ValueError


def joined(text):
    """`text` with the surrogates together, the two halves as which JSON may write a character beyond U+FFFF ("\\ud83d\\ude00"), and which
    MicroPython's json leaves apart. Raises ValueError for half a character."""
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
