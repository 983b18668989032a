"""The settings: their defaults, what is allowed, and their way to JSON and back."""

import json

from core.on_demand import load
from core.ssid import LONGEST_BYTES, exact_text, from_hex

VERSION = 1
SECRETS = ("password", "api_key")
SENSORS = ("dht22", "dht11", "am2302")
SHORTEST_INTERVAL_S = 15
LONGEST_INTERVAL_S = 86400

DEFAULTS = {
    "version": VERSION,
    "ssid": b"",
    "password": "",
    "api_key": "",
    "interval_s": 60,
    "name": "Dewlog",
    "units": "C",
    "sensor": "dht22",
    "temperature_offset_c": 0.0,
    "humidity_offset_pct": 0.0,
    "https": True,
    "channel_id": None,
}
"""ssid: raw bytes. password: "" for an open network. api_key: ThingSpeak's write key. channel_id: None until ThingSpeak told it."""


def to_json(settings):
    """One JSON object; an SSID that is not text travels as hexadecimal `ssid_hex`."""
    return json.dumps(_plain(settings))


def redacted(settings):
    """What `to_json` would write, as a dict without `SECRETS`."""
    plain = _plain(settings)
    for name in SECRETS:
        del plain[name]
    return plain


def from_json(text, base=DEFAULTS):
    """Settings from `to_json`'s text; what it does not name is taken from `base`. Raises ValueError with a sentence for a person."""
    try:
        plain = load("core.flat_json").parse(text)
    except ValueError:
        raise ValueError("The settings are not a JSON object.")
    version = plain.get("version", VERSION)
    if type(version) is int and version > VERSION:
        raise ValueError("The settings come from a newer version of Dewlog.")
    settings = dict(base)
    for name in DEFAULTS:
        if name in plain:
            settings[name] = plain[name]
    settings["ssid"] = _ssid(plain, base)
    for name in DEFAULTS:
        if not is_valid(name, settings[name]):
            raise ValueError("The settings have no usable value for '%s'." % name)
        if "_offset_" in name:
            settings[name] = float(settings[name])
    return settings


def is_valid(name, value):
    """Whether `value` may stand under `name` in the settings."""
    if name == "ssid":
        return isinstance(value, bytes) and 1 <= len(value) <= LONGEST_BYTES
    if name == "password":
        return isinstance(value, str) and (value == "" or is_wpa_key(value))
    if name == "api_key":
        return isinstance(value, str) and is_api_key(value)
    if name == "name":
        return isinstance(value, str) and 1 <= len(value) <= 32 and value == value.strip() and is_printable(value)
    if name == "units":
        return value in ("C", "F")
    if name == "sensor":
        return value in SENSORS
    if name == "https":
        return value is True or value is False
    if name == "temperature_offset_c":
        return _is_number(value, -20, 20)
    if name == "humidity_offset_pct":
        return _is_number(value, -50, 50)
    if name == "interval_s":
        return type(value) is int and SHORTEST_INTERVAL_S <= value <= LONGEST_INTERVAL_S
    if name == "channel_id":
        return value is None or type(value) is int and value > 0
    return value == VERSION  # "version"


def is_wpa_key(text):
    """8 to 63 bytes of printable text, or 64 hexadecimal digits (IEEE 802.11, annex J.4)."""
    size = len(text.encode())
    if size == 64:
        return from_hex(text) is not None
    return 8 <= size <= 63 and is_printable(text)


def is_api_key(text):
    """16 characters A-Z 0-9."""
    return len(text) == 16 and all(48 <= byte <= 57 or 65 <= byte <= 90 for byte in text.encode())


def is_printable(text):
    return all(byte >= 32 and byte != 127 for byte in text.encode())


def _is_number(value, low, high):
    return type(value) in (int, float) and low <= value <= high  # NaN fails both comparisons


def _plain(settings):
    plain = {name: settings[name] for name in DEFAULTS if name != "ssid"}
    text = exact_text(settings["ssid"])
    if text is None:
        plain["ssid_hex"] = settings["ssid"].hex()
    else:
        plain["ssid"] = text
    return plain


def _ssid(plain, base):
    if "ssid_hex" in plain:
        return from_hex(plain["ssid_hex"])
    if "ssid" in plain:
        return plain["ssid"].encode() if isinstance(plain["ssid"], str) else None
    return base["ssid"]
