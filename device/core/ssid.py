"""The name of a network: 1 to 32 raw bytes, which need not be text; and how text is compared that was typed or pasted."""

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


def folded(raw):
    """One spelling of UTF-8 for many: small letters, one kind of blank, quote and hyphen, and nothing that is copied along unseen."""
    plain = raw.lower().replace(b"\xc2\xa0", b" ")
    plain = re.sub(b"\xe2\x80[\x90-\x95]|\xe2\x88\x92", b"-", plain)
    plain = re.sub(b"\xe2\x80[\x98-\x9f]|\xc2\xb4|[\"`]", b"'", plain)
    plain = re.sub(b"\xe2[\x80\x81][\x80-\xaf]|\xc2\xad|\xef\xbb\xbf", b"", plain)  # blanks without width, marks of direction and order
    for last in range(0x80, 0x9F):  # À to Þ
        plain = plain.replace(bytes((0xC3, last)), bytes((0xC3, last + 0x20)))
    return plain.strip()


def similar(typed, networks):
    """The name in the scan that was probably meant by `typed`, as text that can be typed, or None: the only one that looks alike.

    networks: entries of `core.networks.listed`.
    """
    wanted = folded(typed)
    meant = None
    for network in networks:
        ssid = network["ssid"]
        if folded(ssid) == wanted:
            if meant or ssid == typed:
                return None
            meant = ssid
    text = meant and shown(meant)
    return text if text and text.encode() == meant else None
