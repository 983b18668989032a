"""The settings form: fields as they were typed, to settings or to codes that say what to mend. Lenient in form, strict in meaning."""

import re

from core.form import text
from core.networks import find, is_supported
from core.settings import DEFAULTS, fault
from core.ssid import folded, from_hex, shown


def read_form(fields, current=None, networks=()):
    """(draft, errors {field: code}). Where a field is wrong the draft has what `current` or the defaults say, or nothing.

    fields: {name: bytes} from `core.form.parse`. `network` (an SSID in hexadecimal) wins over `ssid_hex`, and that over `ssid`, unless it
    is empty or "other". `open` says that the network has no password.
    current: settings to start from; what is left out or empty stays as it is there. A secret stays only where it would go the same way:
    the password with its network, the API key over HTTPS.
    networks: entries of `core.networks.listed`, to know which need a password.
    """
    start = current or DEFAULTS
    draft, errors = dict(start), {}
    for name in fields:
        if name in DEFAULTS or name in ("network", "ssid_hex", "open"):
            break
    else:
        return draft, {"form": "unknown"}
    _network(fields, draft, errors)
    for name in ("interval_s", "temperature_offset_c", "humidity_offset_pct", "units", "sensor", "https", "name"):
        value = _value(fields, name)
        if value != "":
            _take(name, value, draft, errors)
    _password(fields, start, draft, errors, find(networks, draft["ssid"]))
    _api_key(fields, start, draft, errors)
    return draft, errors


def needs_proof(before, after):
    """Whether `after` differs from `before` (None: no settings) in what only a trial can prove."""
    for name in ("ssid", "password", "api_key", "https", "sensor"):
        if before is None or before[name] != after[name]:
            return True
    return False


def _take(name, value, draft, errors):
    code = fault(name, value)
    if code:
        errors[name] = code
    else:
        draft[name] = value


def _typed(fields, name):
    """The field as text in one spelling; None where it is not text."""
    return text(folded(fields.get(name, b"")))


def _value(fields, name):
    """What the field says in the terms of the settings; "" where it says nothing, None where that cannot be understood."""
    if name == "name":
        value = text(fields.get(name, b""))
        return value and value.strip(" ")
    typed = _typed(fields, name)
    kind = type(DEFAULTS[name])
    if not typed:
        return typed
    if kind is bool:
        return typed in ("1", "yes", "on", "true") or (False if typed in ("0", "no", "off", "false") else None)
    if kind is str:
        return typed.upper() if name == "units" else "dht22" if typed == "am2302" else typed
    typed = typed.replace(",", ".").replace(" ", "")
    try:
        return kind(typed[:-2] if typed.endswith(".0") else typed)  # JSON's 60.0 is a whole number
    except ValueError:
        return None


def _network(fields, draft, errors):
    chosen, digits = _typed(fields, "network"), fields.get("ssid_hex")
    ssid = fields.get("ssid") or (b"" if chosen else draft["ssid"])
    code = "required"
    if chosen not in ("", "other"):
        ssid = from_hex(chosen)
        code = "not_a_choice"
    elif digits:
        ssid = from_hex(text(digits))
    elif ssid == shown(draft["ssid"]).encode():
        ssid = draft["ssid"]  # what was shown came back: the true bytes may not be text
    if not ssid or len(ssid) > 32:
        errors["ssid"] = "too_long" if ssid else code
        ssid = b""
    draft["ssid"] = ssid


def _password(fields, start, draft, errors, network):
    """network: what the scan knows of the draft's network, or None."""
    raw = fields.get("password", b"")
    moved = start["ssid"] and draft["ssid"] != start["ssid"]
    is_open = network and network["security"] == "open"
    if network and not is_supported(network):
        errors["ssid"] = "not_supported"
    if moved:
        draft["password"] = ""
    if _typed(fields, "open") in ("1", "yes", "on", "true") or is_open and (raw or fields.get("network")):
        draft["password"] = ""  # an open network refuses who brings one
    elif raw:
        _take("password", text(raw), draft, errors)
    elif moved and start["password"] and draft["ssid"] and not network and "password" not in fields:
        errors["password"] = "type_again"
    if network and not (is_open or draft["password"] or "ssid" in errors or "password" in errors):
        errors["password"] = "required"


def _api_key(fields, start, draft, errors):
    """The key may come in pieces, in an address or in a sentence."""
    pasted = _typed(fields, "api_key")
    if pasted != "":
        before, is_address, rest = (pasted or "").partition("api_key=")
        words = re.sub("[^0-9a-z]", " ", rest.split("&")[0] if is_address else before).split()
        key = "".join(words)
        if len(key) != 16:
            keys = [word for word in words if len(word) == 16]
            key = keys[0] if len(keys) == 1 else ""
        _take("api_key", key.upper(), draft, errors)
    elif not start["api_key"]:
        errors["api_key"] = "required"
    elif not draft["https"] and (start["https"] or draft["ssid"] != start["ssid"]):
        errors["api_key"] = "type_again"  # it would be readable for whoever is on the way
        draft["api_key"] = ""
    if draft["api_key"] != start["api_key"]:
        draft["channel_id"] = None  # another key, another channel
