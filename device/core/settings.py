"""The settings: their defaults, what is allowed, and their way to JSON and back."""

import json

from core.form import json_object
from core.ssid import exact_text, from_hex, shown

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
SECRETS = ("password", "api_key")


def to_json(settings):
    """One JSON object; an SSID that is not text travels as hexadecimal `ssid_hex`."""
    plain = dict(settings)
    ssid = plain.pop("ssid")
    text = exact_text(ssid)
    if text is None:
        plain["ssid_hex"] = ssid.hex()
    else:
        plain["ssid"] = text
    return json.dumps(plain)


def redacted(settings):
    """What a person may see of them, a dict for JSON: instead of the secrets whether there are any, and nothing that is unknown here."""
    plain = {name: settings[name] for name in DEFAULTS if name != "version" and name not in SECRETS}
    plain["ssid"] = shown(settings["ssid"])
    if exact_text(settings["ssid"]) is None:
        plain["ssid_hex"] = settings["ssid"].hex()
    for name in SECRETS:
        plain["has_" + name] = bool(settings[name])
    return plain


def from_json(text, base=DEFAULTS):
    """Settings from `to_json`'s text; what it does not name is taken from `base`. Raises ValueError("settings_damaged", what).

    Of a newer version's settings everything unknown is kept as far as 1 kB goes, and a choice that is not known here gives its default.
    """
    try:
        plain = json_object(text)
    except ValueError:
        raise ValueError("settings_damaged", "JSON")
    settings = dict(base)
    if "ssid_hex" in plain:
        plain["ssid"] = from_hex(plain.pop("ssid_hex"))
    elif isinstance(plain.get("ssid"), str):
        plain["ssid"] = plain["ssid"].encode()
    room = 1024
    for name, value in plain.items():
        if name in DEFAULTS:
            settings[name] = value
        elif _size({name: value}) <= room:
            settings[name] = value
            room -= _size({name: value})
    if settings["sensor"] == "am2302":  # the DHT22 by its other name
        settings["sensor"] = "dht22"
    if type(settings["version"]) is int and settings["version"] > 1:
        for name in ("interval_s", "name", "units", "sensor", "temperature_offset_c", "humidity_offset_pct"):
            if not is_valid(name, settings[name]):
                settings[name] = DEFAULTS[name]
    check(settings)
    for name in ("temperature_offset_c", "humidity_offset_pct"):
        settings[name] = float(settings[name])
    return settings


def check(settings):
    """Raises ValueError("settings_damaged", name) unless they may be stored: what passes here comes back from flash."""
    for name in DEFAULTS:
        if name not in settings or not is_valid(name, settings[name]):
            raise ValueError("settings_damaged", name)


def is_valid(name, value):
    """Whether `value` may stand under `name` in the settings."""
    if name == "ssid":
        return isinstance(value, bytes) and 1 <= len(value) <= 32
    if name == "password":
        return isinstance(value, str) and (value == "" or is_wpa_key(value))
    if name == "api_key":
        return isinstance(value, str) and len(value) == 16 and all(48 <= byte <= 57 or 65 <= byte <= 90 for byte in value.encode())
    if name == "name":
        return isinstance(value, str) and 1 <= len(value) <= 32 and value == value.strip(" ") and is_printable(value)
    if name == "units":
        return value in ("C", "F")
    if name == "sensor":
        return value in ("auto", "dht22", "dht11")
    if name == "https":
        return value is True or value is False
    if name == "channel_id":
        return value is None or _is_int(value, 1, 2**31)
    if name == "interval_s":
        return _is_int(value, 15, 86400)  # ThingSpeak's turn to a day
    if name == "version":
        return _is_int(value, 1, 9999)
    most = 20 if name == "temperature_offset_c" else 50
    return type(value) in (int, float) and -most <= value <= most  # NaN fails both comparisons


def is_wpa_key(text):
    """8 to 63 bytes of printable text, or 64 hexadecimal digits (IEEE 802.11, annex J.4)."""
    size = len(text.encode())
    if size == 64:
        return from_hex(text) is not None
    return 8 <= size <= 63 and is_printable(text)


def is_printable(text):
    return all(byte >= 32 and byte != 127 for byte in text.encode())


def _is_int(value, low, high):
    return type(value) is int and low <= value <= high


def _size(values):
    """Bytes of JSON; more than there ever is room for where they would not come back from it, as what is infinite does not."""
    try:
        text = json.dumps(values)
        return len(text) if json.loads(text) == values else 9999
    except (ValueError, RuntimeError):  # too deep nesting is a RuntimeError
        return 9999
