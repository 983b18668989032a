"""The settings as JSON: whole, as they are stored; and without secrets, as they are told."""

import json

from core.settings import ALLOWED, DEFAULTS, SECRETS, fault, from_hex
from core.ssid import shown


def check(settings):
    """Raises ValueError("settings_damaged", name) unless they may be stored: what passes here comes back from flash."""
    for name in DEFAULTS:
        if fault(name, settings[name]):
            raise ValueError("settings_damaged", name)


def to_json(settings):
    """One JSON object; the SSID, which need not be text, travels as hexadecimal `ssid_hex`."""
    plain = dict(settings)
    plain["ssid_hex"] = plain.pop("ssid").hex()
    return json.dumps(plain)


def redacted(settings):
    """What a person may see of them, a dict for JSON: instead of the secrets whether there are any, and nothing that is unknown here."""
    plain = {}
    for name in DEFAULTS:
        if name in SECRETS:
            plain["has_" + name] = bool(settings[name])
        elif name != "version":
            plain[name] = settings[name]
    ssid = settings["ssid"]
    plain["ssid"] = shown(ssid)
    if plain["ssid"].encode() != ssid:
        plain["ssid_hex"] = ssid.hex()
    return plain


def from_json(text):
    """Settings from `to_json`'s text (bytes or str), or one with `ssid` as text. Raises ValueError("settings_damaged", what).

    Of a newer version's settings a value that is not known here gives its default, and what is unknown is kept if it takes no more than
    1 kB and comes back from JSON.
    """
    plain = _object(text)
    if "ssid_hex" in plain:
        plain["ssid"] = from_hex(plain.pop("ssid_hex"))
    elif isinstance(plain.get("ssid"), str):
        plain["ssid"] = plain["ssid"].encode()
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
        for name in ALLOWED:
            if fault(name, settings[name]):
                settings[name] = DEFAULTS[name]
    check(settings)
    return settings


def _object(text):
    """The JSON object in `text`."""
    try:
        if not isinstance(text, str):
            text = text.decode()
        plain = json.loads(text)
        if not isinstance(plain, dict) or not text.rstrip().endswith("}"):  # MicroPython up to 1.25 closes an open object by itself
            raise ValueError
        for name in plain:
            if not isinstance(name, str):
                raise ValueError
    except (ValueError, RuntimeError):  # too deep nesting is a RuntimeError
        raise ValueError("settings_damaged", "JSON")
    return plain
