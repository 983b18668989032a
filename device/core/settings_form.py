"""The settings form: fields as they were typed, to settings or to sentences that say what to mend."""

from core import settings as rules
from core.form import text
from core.networks import find, is_supported
from core.ssid import LONGEST_BYTES, from_id

_INTERVAL = "Choose an interval between 15 seconds and 24 hours (86400 seconds)."
_NOT_TEXT = "This is not readable text. Please type it again."


def read_form(fields, current=None, networks=()):
    """(draft, errors {field: sentence}). Where a field is wrong the draft has what `current` or the defaults say.

    fields: {name: bytes} from `core.form.parse`; `network` (an SSID as `core.ssid.to_id` writes it, or in hexadecimal) wins over
    `ssid` unless it is empty or "other".
    current: settings to start from; an empty password or key leaves theirs unchanged, a missing field too.
    networks: entries of `core.networks.listed`, to know which need a password.
    """
    start = current or rules.DEFAULTS
    draft = dict(start)
    errors = {}
    for check in (_network, _api_key, _interval, _name, _choices, _offsets):
        check(fields, draft, errors)
    _password(fields, draft, errors, start["ssid"], find(networks, draft["ssid"]))
    if draft["api_key"] != start["api_key"]:
        draft["channel_id"] = None  # another key, another channel
    return draft, errors


def _network(fields, draft, errors):
    chosen = fields.get("network", b"")
    if chosen and chosen != b"other":
        ssid = from_id(text(chosen) or "?")
    else:
        ssid = fields.get("ssid", b"" if chosen else draft["ssid"])
    if not ssid:
        errors["ssid"] = "Choose your Wi-Fi network, or pick 'other network' and type its name."
    elif len(ssid) > LONGEST_BYTES:
        errors["ssid"] = "This name has %d bytes; a network's name has at most 32. Accents and emoji count more than one." % len(ssid)
    else:
        draft["ssid"] = ssid
        return
    draft["ssid"] = b""


def _password(fields, draft, errors, former_ssid, network):
    if network and not is_supported(network):
        errors["ssid"] = "Dewlog cannot join this kind of network (%s). Use a home network or a guest network." % network["security"]
        return
    raw = fields.get("password", b"")
    if network and network["security"] == "open":
        draft["password"] = ""  # one that was typed is not wanted there
    elif raw:
        _typed_password(raw, draft, errors)
    elif former_ssid and draft["ssid"] and draft["ssid"] != former_ssid:
        draft["password"] = ""
    if network and network["security"] != "open" and not draft["password"] and "password" not in errors:
        errors["password"] = "This network needs its password. It is often printed on the router."


def _typed_password(raw, draft, errors):
    password = text(raw)
    if password is None or not rules.is_printable(password):
        errors["password"] = _NOT_TEXT
    elif rules.is_wpa_key(password):
        draft["password"] = password
    elif len(raw) < 8:
        errors["password"] = "A Wi-Fi password has at least 8 characters; this one has %d." % len(password)
    else:
        errors["password"] = "A Wi-Fi password has at most 63 characters, or is a key of 64 digits 0-9a-f; this one has %d." % len(password)


def _api_key(fields, draft, errors):
    raw = fields.get("api_key", b"")
    key = _pasted_key(raw)
    if not key:
        if not draft["api_key"]:
            errors["api_key"] = "Paste the Write API Key of your ThingSpeak channel (on its page, tab 'API Keys')."
    elif rules.is_api_key(key):
        draft["api_key"] = key
    elif len(key) != 16:
        errors["api_key"] = "A Write API Key has 16 letters and digits; this one has %d. Copy it again from the tab 'API Keys'." % len(key)
    else:
        errors["api_key"] = "A Write API Key has only letters A-Z and digits. Copy it again from the tab 'API Keys'."


def _pasted_key(raw):
    """The key in what was pasted: perhaps with blanks and characters that nobody sees, perhaps a whole address with `api_key=` in it."""
    at = raw.lower().find(b"api_key=")
    if at >= 0:
        raw = raw[at + 8 :].split(b"&")[0]
    if text(raw) is None:
        return "?"
    for unseen in (b"\xc2\xa0", b"\xc2\xad", b"\xe2\x80\x8b", b"\xe2\x80\x8c", b"\xe2\x80\x8d", b"\xe2\x81\xa0", b"\xef\xbb\xbf"):
        raw = raw.replace(unseen, b"")
    return "".join(text(raw).split()).upper()


def _interval(fields, draft, errors):
    typed = _typed(fields, "interval_s")
    if not typed:
        return
    if not (len(typed) <= 6 and all(48 <= byte <= 57 for byte in typed.encode()) and rules.is_valid("interval_s", int(typed))):
        errors["interval_s"] = _INTERVAL
    else:
        draft["interval_s"] = int(typed)


def _name(fields, draft, errors):
    if "name" not in fields:
        return
    name = text(fields["name"])
    if name is None or not rules.is_printable(name):
        errors["name"] = _NOT_TEXT
        return
    name = name.strip() or rules.DEFAULTS["name"]
    if rules.is_valid("name", name):
        draft["name"] = name
    else:
        errors["name"] = "A name has at most 32 characters; this one has %d." % len(name)


def _choices(fields, draft, errors):
    units = _typed(fields, "units").upper()
    if units in ("C", "F"):
        draft["units"] = units
    elif units:
        errors["units"] = "Choose °C or °F."
    sensor = _typed(fields, "sensor").lower()
    if sensor in rules.SENSORS:
        draft["sensor"] = sensor
    elif sensor:
        errors["sensor"] = "Choose one of the sensors in the list."
    https = _typed(fields, "https").lower()
    if https in ("1", "yes", "on", "true"):
        draft["https"] = True
    elif https in ("0", "no", "off", "false"):
        draft["https"] = False
    elif https:
        errors["https"] = "Choose yes or no."


def _offsets(fields, draft, errors):
    for name, most in (("temperature_offset_c", 20), ("humidity_offset_pct", 50)):
        typed = _typed(fields, name).replace(",", ".").replace("\u2212", "-")
        if not typed:
            continue
        try:
            offset = float(typed)
        except ValueError:
            offset = None
        if offset is not None and rules.is_valid(name, offset):
            draft[name] = offset
        else:
            errors[name] = "Type a number between -%d and %d, for example -0.5." % (most, most)


def _typed(fields, name):
    """The field as text without blanks around it; "" where it is missing, "?" where it is not text."""
    typed = text(fields.get(name, b""))
    return "?" if typed is None else typed.strip()
