"""The settings: their defaults, and what is allowed. Their JSON is hardware/settings_store.py."""

import re

DEFAULTS = {
    "version": 1,
    "ssid": b"",
    "password": "",
    "api_key": "",
    "interval_s": 60,
    "name": "Dewlog",
    "units": "C",
    "sensor": "auto",
    "pin": 0,
    "temperature_slope": 1.0,
    "temperature_offset_c": 0.0,
    "humidity_slope": 1.0,
    "humidity_offset_pct": 0.0,
    "https": True,
    "channel_id": None,
    "networks": [],
    "country": "",
    "static": None,
}
"""ssid: raw bytes. password: "" for an open network. api_key: ThingSpeak's write key. channel_id: None until ThingSpeak told it.
pin: the sensor's GPIO, 0 for the board's own. A reading is what was measured * slope + offset.
networks: what is known besides, at most two of (ssid, password), the preferred first. country: two letters, or "".
static: {"address", "netmask", "gateway", "dns"} in the network `ssid`, or None where the router gives them (DHCP).
Settings may hold more: what a newer version stored is carried along, so that it survives a way back."""
ALLOWED = {
    "version": (1, 9999),
    "interval_s": (15, 86400),  # ThingSpeak's turn to a day
    "units": ("C", "F"),
    "sensor": ("auto", "dht22", "dht11"),
    "pin": (0, 48),  # and of those, hardware/board.py's
    "temperature_slope": (0.5, 2),
    "temperature_offset_c": (-20, 20),
    "humidity_slope": (0.5, 2),
    "humidity_offset_pct": (-50, 50),
    "https": (True, False),
    "channel_id": (1, 1 << 31),
}
"""The least and the most of a number, or the choices. What texts may be is in `fault`."""


def fault(name, value):
    """What is wrong with `value` as the setting `name`: a code for the form, or None when it may be stored."""
    kind, allowed = type(value), ALLOWED.get(name)
    if allowed and type(allowed[1]) is int:
        if kind not in (int, type(DEFAULTS[name])):
            return "not_a_number"
        return None if value is None or allowed[0] <= value <= allowed[1] else "out_of_range"
    if name == "static" and value is not None:
        from core.network_settings import is_fixed_address  # few have one

        return None if is_fixed_address(value) else "out_of_range"
    if kind is not type(DEFAULTS[name]) or allowed and value not in allowed:
        return "not_a_choice" if allowed or value is None else "not_text"
    if name == "networks":
        for entry in value:
            if not isinstance(entry, tuple) or len(entry) != 2 or fault("ssid", entry[0]) or fault("password", entry[1]):
                return "damaged"
        return "too_many" if len(value) > 2 else None
    if name == "ssid":
        return "required" if not value else "too_long" if len(value) > 32 else None
    return None if allowed or value is None else _fault_of_text(name, value)


def _fault_of_text(name, value):
    raw = value.encode()
    if re.search(b"[^ -~\x80-\xff]", raw):
        return "not_text"
    if name == "name":
        return None if 1 <= len(value) <= 32 and value == value.strip(" ") else "too_long"
    if name == "api_key":
        return None if len(value) == 16 and re.match("[0-9A-Z]*$", value) else "not_a_key"
    if name == "country":
        return None if re.match("([0-9A-Z][0-9A-Z])?$", value) else "not_a_choice"
    size = len(raw)
    if not size or 8 <= size <= 63 or size == 64 and re.match("[0-9a-fA-F]+$", value):  # IEEE 802.11, annex J.4
        return None
    return "too_short" if size < 8 else "too_long"


def from_hex(text):
    """The bytes of a network's name that `text` stands for, or None where it stands for none."""
    try:
        return bytes.fromhex(text)
    except (ValueError, TypeError):
        return None
