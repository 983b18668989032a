"""The settings form: fields as they were typed, to settings or to codes that say what to mend. Lenient in form, strict in meaning."""

from core.form import text
from core.networks import find, is_supported
from core.settings import DEFAULTS, is_printable, is_valid, is_wpa_key
from core.ssid import from_hex, from_id

_NUMBERS = ("interval_s", "temperature_offset_c", "humidity_offset_pct")
_CHOICES = ("units", "sensor", "https")
_KNOWN = _NUMBERS + _CHOICES + ("ssid", "ssid_hex", "network", "password", "open", "api_key", "name")


def read_form(fields, current=None, networks=()):
    """(draft, errors {field: code}). Where a field is wrong the draft has what `current` or the defaults say, or nothing.

    fields: {name: bytes} from `core.form.parse`. `network` (an SSID as `core.ssid.to_id` writes it, or in hexadecimal) wins over
    `ssid_hex`, and that over `ssid`, unless it is empty or "other". `open` says that the network has no password.
    current: settings to start from; what is left out or empty stays as it is there. A secret stays only where it would go the same way:
    the password with its network, the API key over HTTPS.
    networks: entries of `core.networks.listed`, to know which need a password.
    """
    start = current or DEFAULTS
    draft = dict(start)
    errors = {}
    if not any(name in _KNOWN for name in fields):
        return draft, {"form": "unknown"}
    for check in (_network, _numbers, _name, _choices):
        check(fields, draft, errors)
    _password(fields, start, draft, errors, find(networks, draft["ssid"]))
    _api_key(fields, start, draft, errors)
    return draft, errors


def changes(before, after):
    """The names of the settings that differ; before: None for a device without any."""
    return {name for name in DEFAULTS if before is None or before[name] != after[name]}


def needs_proof(before, after):
    """Whether `after` can be wrong in a way that only a trial shows."""
    return bool(changes(before, after) & {"ssid", "password", "api_key", "https", "sensor"})


def _network(fields, draft, errors):
    chosen = _typed(fields, "network")
    code = "required"
    if chosen and chosen != "other":
        ssid = from_id(chosen)
        code = "not_a_choice"
    elif fields.get("ssid_hex"):
        ssid = from_hex(_typed(fields, "ssid_hex"))
    else:
        ssid = fields.get("ssid") or (b"" if chosen else draft["ssid"])
    if ssid and len(ssid) <= 32:
        draft["ssid"] = ssid
    else:
        errors["ssid"] = "too_long" if ssid else code
        draft["ssid"] = b""


def _password(fields, start, draft, errors, network):
    """network: what the scan knows of the draft's network, or None."""
    raw = fields.get("password", b"")
    moved = start["ssid"] and draft["ssid"] != start["ssid"]
    is_open = network and network["security"] == "open"
    if network and not is_supported(network):
        errors["ssid"] = "not_supported"
    if _typed(fields, "open") in ("1", "yes", "on", "true") or is_open and (raw or moved or fields.get("network")):
        draft["password"] = ""  # an open network refuses who brings one
        return
    if raw:
        _typed_password(raw, draft, errors)
    elif moved:
        draft["password"] = ""
        if start["password"] and draft["ssid"] and not network and "password" not in fields:
            errors["password"] = "type_again"
    if network and not (is_open or draft["password"] or "ssid" in errors or "password" in errors):
        errors["password"] = "required"


def _typed_password(raw, draft, errors):
    password = text(raw)
    if password is None or not is_printable(password):
        errors["password"] = "not_text"
    elif is_wpa_key(password):
        draft["password"] = password
    else:
        errors["password"] = "too_short" if len(raw) < 8 else "too_long"


def _api_key(fields, start, draft, errors):
    key = _key_in(_visible(fields.get("api_key", b"")))
    if key is None:
        errors["api_key"] = "not_a_key"
    elif key:
        draft["api_key"] = key
    elif not start["api_key"]:
        errors["api_key"] = "required"
    elif not draft["https"] and (start["https"] or draft["ssid"] != start["ssid"]):
        errors["api_key"] = "type_again"  # it would be readable for whoever is on the way
        draft["api_key"] = ""
    if draft["api_key"] != start["api_key"]:
        draft["channel_id"] = None  # another key, another channel


def _key_in(pasted):
    """The key, also one in pieces or in a whole address or sentence; "" where nothing was pasted, None where no key is to be found."""
    whole = b"".join(pasted.split())
    if not whole:
        return ""
    at = pasted.lower().find(b"api_key=")
    if at >= 0:
        words = _words(pasted[at + 8 :])[:1]
    elif _words(whole) == [whole]:
        words = [whole]
    else:
        words = [word for word in _words(pasted) if len(word) == 16]
    return words[0].upper().decode() if len(words) == 1 and len(words[0]) == 16 else None


def _words(raw):
    """The runs of letters and digits."""
    return bytes(byte if 48 <= byte <= 57 or 65 <= byte & 0xDF <= 90 else 32 for byte in raw).split()


def _numbers(fields, draft, errors):
    for name in _NUMBERS:
        typed = _typed(fields, name).replace(",", ".")
        if not typed:
            continue
        if name == "interval_s" and typed.endswith(".0"):  # JSON's 60.0
            typed = typed[:-2]
        try:
            if not all(byte in b"+-.0123456789" for byte in typed.encode()):
                raise ValueError
            value = int(typed) if name == "interval_s" else float(typed)
        except ValueError:
            errors[name] = "not_a_number"
            continue
        if is_valid(name, value):
            draft[name] = value
        else:
            errors[name] = "out_of_range"


def _name(fields, draft, errors):
    name = text(fields.get("name", b""))
    if name is None or not is_printable(name):
        errors["name"] = "not_text"
    elif len(name.strip(" ")) > 32:
        errors["name"] = "too_long"
    elif name.strip(" "):
        draft["name"] = name.strip(" ")


def _choices(fields, draft, errors):
    for name in _CHOICES:
        typed = _typed(fields, name)
        if not typed:
            continue
        value = {"am2302": "dht22", "c": "C", "f": "F"}.get(typed, typed)
        if name == "https":
            value = {"1": True, "yes": True, "on": True, "true": True, "0": False, "no": False, "off": False, "false": False}.get(typed)
        if is_valid(name, value):
            draft[name] = value
        else:
            errors[name] = "not_a_choice"


def _typed(fields, name):
    """The field as text in lower case without blanks around it; "" where it is missing, "?" where it is not text.

    A minus is a minus, also a typographic one.
    """
    raw = _visible(fields.get(name, b"")).replace(b"\xe2\x88\x92", b"-").replace(b"\xe2\x80\x93", b"-")
    typed = text(raw)
    if name == "network":  # base64 knows its cases
        return "?" if typed is None else typed.strip()
    return "?" if typed is None else typed.strip().lower()


def _visible(raw):
    """UTF-8 without what is copied along unseen: no-break and zero-width blanks, marks of direction, soft hyphens, byte-order marks."""
    out = bytearray()
    at = 0
    while at < len(raw):
        three = raw[at : at + 3]
        if three[:2] in (b"\xc2\xa0", b"\xc2\xad"):
            at += 2
        elif three == b"\xef\xbb\xbf" or three[:2] in (b"\xe2\x80", b"\xe2\x81") and three[2:] and three[2] & 0xD0 == 0x80:
            at += 3
        else:
            out.append(raw[at])
            at += 1
    return bytes(out)
