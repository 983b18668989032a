"""The settings: their defaults, what is allowed, and their way to JSON and back."""

import json
import re

from core.ssid import from_hex, shown

DEFAULTS = {
    "version": 1,
    "ssid": b"",
    "password": "",
    "api_key": "",
    "interval_s": 60,
    "name": "Dewlog",
    "units": "C",
    "sensor": "auto",
    "temperature_offset_c": 0.0,
    "humidity_offset_pct": 0.0,
    "https": True,
    "channel_id": None,
}
"""ssid: raw bytes. password: "" for an open network. api_key: ThingSpeak's write key. channel_id: None until ThingSpeak told it.
Settings may hold more: what a newer version stored is carried along, so that it survives a way back."""
ALLOWED = {
    "version": (1, 9999),
    "interval_s": (15, 86400),  # ThingSpeak's turn to a day
    "units": ("C", "F"),
    "sensor": ("auto", "dht22", "dht11"),
    "temperature_offset_c": (-20, 20),
    "humidity_offset_pct": (-50, 50),
    "https": (True, False),
    "channel_id": (1, 1 << 31),
}
"""The least and the most of a number, or the choices. What texts may be is in `fault`."""
SECRETS = ("password", "api_key")


def fault(name, value):
    """What is wrong with `value` as the setting `name`: a code for the form, or None when it may be stored."""
    kind = type(value)
    allowed = ALLOWED.get(name)
    if allowed:
        first, last = allowed[0], allowed[-1]
        if type(first) is not int:
            return None if value in allowed and kind is type(first) else "not_a_choice"
        if kind not in (int, type(DEFAULTS[name])):
            return "not_a_number"
        return None if value is None or first <= value <= last else "out_of_range"
    if name == "ssid":
        return None if kind is bytes and 1 <= len(value) <= 32 else "too_long"
    raw = value.encode() if kind is str else b"\0"
    size = len(raw)
    if raw and min(raw) < 32 or b"\x7f" in raw:
        return "not_text"
    if name == "name":
        return None if 1 <= len(value) <= 32 and value == value.strip(" ") else "too_long"
    if name == "api_key":
        return None if size == 16 and re.match("[0-9A-Z]+$", value) else "not_a_key"
    if not raw or 8 <= size <= 63 or size == 64 and re.match("[0-9a-fA-F]+$", value):  # IEEE 802.11, annex J.4
        return None
    return "too_short" if size < 8 else "too_long"


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
    """Settings from `to_json`'s text, or one with `ssid` as text. Raises ValueError("settings_damaged", what).

    Of a newer version's settings a value that is not known here gives its default, and what is unknown is kept if it takes no more than
    1 kB and comes back from JSON.
    """
    from core.form import json_object

    try:
        plain = json_object(text)
    except ValueError:
        raise ValueError("settings_damaged", "JSON")
    if "ssid_hex" in plain:
        plain["ssid"] = from_hex(plain.pop("ssid_hex"))
    elif isinstance(plain.get("ssid"), str):
        plain["ssid"] = plain["ssid"].encode()
    settings, unknown = dict(DEFAULTS), {}
    for name, value in plain.items():
        (settings if name in DEFAULTS else unknown)[name] = value
    try:
        kept = json.dumps(unknown)
        if len(kept) <= 1024 and json.loads(kept) == unknown:  # what is infinite does not come back
            settings.update(unknown)
    except (ValueError, RuntimeError):  # too deep nesting is a RuntimeError
        pass
    if type(settings["version"]) is int and settings["version"] > 1:
        for name in ALLOWED:
            if fault(name, settings[name]):
                settings[name] = DEFAULTS[name]
    check(settings)
    return settings
