"""The settings form: fields as they were typed, to settings or to codes that say what to mend. Lenient in form, strict in meaning."""

import re

from core.settings import ALLOWED, DEFAULTS, fault, from_hex


def read_form(fields, start, networks=()):
    """(draft, errors {field: code}). Where a field is wrong the draft has what `start` says, or nothing.

    fields: {name: text}, but `static` as it is in the settings. `network` (an SSID in hexadecimal) wins over `ssid_hex`, and that over
    `ssid`, unless it is empty or "other". `open` says that the network has no password.
    start: the settings to start from; what is left out or empty stays as it is there. A secret stays only where it would go the same way:
    the password with its network, the API key over HTTPS.
    networks: core.networks.Networks, to know which need a password.
    """
    draft, errors = dict(start), {}
    said = [name for name in fields if fields[name] != "" or not start["ssid"]]
    if not set(said) & (set(DEFAULTS) - {"version", "channel_id"} | {"network", "ssid_hex", "open"}):
        errors["form"] = "unknown"
        return draft, errors
    chosen, typed = fields.get("network", "").strip().lower(), fields.get("ssid", "")
    digits = chosen if chosen not in ("", "other") else fields.get("ssid_hex")
    if digits or chosen or typed and "\ufffd" not in typed:  # that stands in a name which is no text: it was shown, and came back
        draft["ssid"] = b""
        _take("ssid", from_hex(digits) if digits else typed.encode(), draft, errors)
    elif not draft["ssid"]:
        errors["ssid"] = "required"
    for name in set(ALLOWED) - {"version", "channel_id"} | {"name", "country"}:
        typed = fields.get(name, "").strip()
        if typed:
            typed = typed.upper() if name == "country" else typed if name == "name" else _meant(name, typed.lower())
            _take(name, typed, draft, errors)
    if fields.get("static", "") != "":
        _take("static", fields["static"], draft, errors)
    elif draft["ssid"] != start["ssid"]:
        draft["static"] = None  # it was an address in another network
    _password(fields, start, draft, errors, networks)
    _api_key(fields, start, draft, errors)
    return draft, errors


def _take(name, value, draft, errors):
    code = fault(name, value)
    if code:
        errors[name] = code
    else:
        draft[name] = value


def _meant(name, typed):
    """The number or the choice, or something that is refused where it is none."""
    kind = type(DEFAULTS[name])
    if kind in (int, float):
        # Blanks and hyphens of all kinds, U+00A0, U+2000 to U+2015, U+202F, U+2212, U+FEFF and U+FF0D, stand for the plain ones.
        typed = re.sub(b"\xe2\x80[\x90-\x95]|\xe2\x88\x92|\xef\xbc\x8d", b"-", typed.encode())
        typed = re.sub(b"\xc2\xa0|\xe2\x80[\x80-\x8f\xaf]|\xef\xbb\xbf| ", b"", typed).replace(b",", b".")
        try:
            return kind((typed[:-2] if typed.endswith(b".0") else typed).decode())  # JSON's 60.0 is a whole number
        except ValueError:
            return None
    if kind is bool:
        return True if _is_yes(typed) else False if typed in "false no off 0".split() else None
    typed = typed.replace("am2302", "dht22")
    return {choice.lower(): choice for choice in ALLOWED[name]}.get(typed)


def _is_yes(typed):
    return typed in "true yes on 1".split()


def _password(fields, start, draft, errors, networks):
    ssid, typed = draft["ssid"], fields.get("password", "")
    security = {network.ssid: network.security for network in networks}.get(ssid)  # None: it is not in sight
    is_open, is_protected = _is_yes(fields.get("open", "").lower()), security not in (None, "open")
    moved = start["ssid"] not in (b"", ssid)
    if moved:
        draft["password"] = ""
    if security not in (None, "open", "wpa", "wpa2", "wpa3"):
        errors["ssid"] = "security_not_supported"
    elif not is_protected and is_open or security == "open" and (fields.get("network") or typed not in ("", draft["password"])):
        draft["password"] = ""
        if typed:  # it may have been meant for another network, of the same name even
            errors["password"] = "password_not_wanted"
    elif typed:
        _take("password", typed, draft, errors)
    elif is_protected and (is_open or not draft["password"]):
        errors["password"] = "required"
    elif moved and ssid and not security and start["password"] and "password" not in fields:
        errors["password"] = "type_again"


def _api_key(fields, start, draft, errors):
    """The key may come in pieces, in an address, in a header's line or in a sentence."""
    typed = fields.get("api_key", "").lower()
    if len(typed) > 512:
        errors["api_key"] = "not_a_key"
    elif re.search("[!-~]", typed):
        pasted = typed.replace("%3d", "=").replace("%20", " ").replace("x-thingspeakapikey", "").split("api_key=")[-1].split("&")[0]
        words = re.sub("[^0-9a-z]", " ", pasted).split()
        key = "".join(words)
        if len(key) != 16:
            key = "".join([word for word in words if len(word) == 16])
        _take("api_key", key.upper(), draft, errors)
    elif not start["api_key"]:
        errors["api_key"] = "required"
    elif not draft["https"] and (start["https"] or draft["ssid"] != start["ssid"]):
        errors["api_key"] = "type_again"  # it would be readable for whoever is on the way
        draft["api_key"] = ""
    if draft["api_key"] != start["api_key"]:
        draft["channel_id"] = None  # another key, another channel
