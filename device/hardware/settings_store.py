"""The settings on flash: their JSON, the file, and the last ones that are known to work. root: the folder that is taken for "/"."""

import json

from core.settings import ALLOWED, DEFAULTS, fault, from_hex
from hardware.flash import keep, read, write_atomically

STORED = "/settings.json"
GOOD = "/settings.good.json"


def load(root=""):
    """(settings, a dict, or None for a device that has none; None or the code of what made them fall back to the last good ones)."""
    text = read(root + STORED)
    settings = _understood(text)
    if settings:
        return settings, None
    good = read(root + GOOD)
    go_back(root)
    return _understood(good), None if text is good is None else "settings_damaged"


def save(settings, root=""):
    """Store settings that were proven, or that a person insists on. Raises OSError; ValueError for what `load` would refuse."""
    check(settings)
    write_atomically(root + STORED, to_json(settings).encode())


def mark_good(root=""):
    """The stored settings work: keep a copy to fall back to. Writes only when they differ."""
    _copy(root + STORED, root + GOOD)


def are_good(root=""):
    """Whether the stored settings are the last ones that are known to work."""
    return read(root + STORED) == read(root + GOOD)


def go_back(root=""):
    """Make the last good settings the current ones; False when there are none or flash takes nothing."""
    return _copy(root + GOOD, root + STORED)


def _copy(path, other):
    """Only what was read and understood is ever copied."""
    text = read(path)
    return _understood(text) is not None and (text == read(other) or keep(other, text))


def _understood(text):
    """The settings in a file's bytes, or None where there is no file or nothing to be understood."""
    try:
        return None if text is None else from_json(text)
    except ValueError:
        return None


def check(settings):
    """Raises ValueError("settings_damaged", name) unless they may be stored: what passes here comes back from flash."""
    for name in DEFAULTS:
        if fault(name, settings[name]):
            raise ValueError("settings_damaged", name)


def to_json(settings):
    """One JSON object; the SSID, which need not be text, travels as hexadecimal `ssid_hex`."""
    plain = dict(settings)
    plain["ssid_hex"] = plain.pop("ssid").hex()
    plain["networks"] = [{"ssid_hex": ssid.hex(), "password": password} for ssid, password in settings["networks"]]
    return json.dumps(plain)


def from_json(text):  # noqa: C901
    """Settings from `to_json`'s text (bytes or str), or one with `ssid` as text. Raises ValueError("settings_damaged", what).

    Of a newer version's settings a value that is not known here gives its default, and what is unknown is kept if it takes no more than
    1 kB and comes back from JSON.
    """
    from core.text import parsed

    try:
        if not isinstance(text, str):
            text = text.decode()
        plain = parsed(text)
        if [name for name in plain if not isinstance(name, str)]:
            raise ValueError
    except (ValueError, RuntimeError):  # too deep nesting is a RuntimeError
        raise ValueError("settings_damaged", "JSON")
    if "ssid_hex" in plain:
        plain["ssid"] = from_hex(plain.pop("ssid_hex"))
    elif isinstance(plain.get("ssid"), str):
        plain["ssid"] = plain["ssid"].encode()
    known = plain.get("networks")
    if isinstance(known, list):
        plain["networks"] = [isinstance(one, dict) and (from_hex(one.get("ssid_hex")), one.get("password")) for one in known]
    settings, unknown = dict(DEFAULTS), {}
    for name in plain:
        (settings if name in DEFAULTS else unknown)[name] = plain[name]
    if settings["sensor"] == "am2302":  # as version 1.0 called a DHT22 on a board of its own
        settings["sensor"] = "dht22"
    try:
        kept = json.dumps(unknown)
        if len(kept) <= 1024 and json.loads(kept) == unknown:  # what is infinite does not come back
            settings.update(unknown)
    except (ValueError, RuntimeError):
        pass
    if type(settings["version"]) is int and settings["version"] > 1:
        for name in tuple(ALLOWED) + ("static",):
            if fault(name, settings[name]):
                settings[name] = DEFAULTS[name]
    check(settings)
    return settings
