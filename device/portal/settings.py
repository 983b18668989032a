"""What is sent to be set: POST /setup and POST /api/settings; and what all forms have in common."""

from core.on_demand import Borrowed
from microdot import abort
from micropython import const

_ROOM_BYTES = const(9 * 1024)  # what it takes to understand a form, and to begin a trial


async def take(device, request):
    """POST /setup and POST /api/settings. What can be proven is tried before it replaces anything; /setup is always tried.

    What is tried, and what was wrong in /setup, stays here until it has worked: the phone loses its page when the hotspot changes channel.
    In station mode it goes with a verdict that nobody looks at any more: readings need its memory.
    """
    is_setup = request.path == "/setup"
    if is_setup and device.wifi.held:  # by a trial, or by one that has worked, until the restart
        return {"error": "busy"}, 409
    await device.server.wait_for_room(request.visit, _ROOM_BYTES)
    with Borrowed():  # the trial has no need of it, but of memory
        draft, errors = _read(device, sent(device, request), is_setup)
    if errors:
        if is_setup:
            device.draft = draft, _shown(draft)
        text = "".join(["%s: %s\n" % entry for entry in errors.items()])
        return {"errors": errors} if wants_json(request) or not is_setup else text, 400
    before, provable = device.settings, ("ssid", "password", "api_key", "https", "sensor", "pin", "static")
    if before and not is_setup and not [name for name in provable if draft[name] != before[name]]:
        try:
            device.save_settings(draft)
        except OSError:
            return {"error": "flash_full"}, 507
        return done(request, "saved", "/settings")
    shown = _shown(draft)
    request.visit.done = True
    with Borrowed():
        from trial import start
    if not start(device, draft):
        return {"error": "busy"}, 409
    device.draft = draft, shown
    return done(request, "running", "/setup", 202)


def _read(device, fields, is_setup):
    from core.settings import DEFAULTS, fault

    start, code = device.settings or DEFAULTS, None
    known = [pair for pair in [(start["ssid"], start["password"])] + start["networks"] if pair[0]]
    if fields.get("networks", "") != "":
        with Borrowed():
            from core.network_settings import read_networks

            known, code = read_networks(fields, known)
    read_networks = None  # before the next is loaded
    from core.settings_form import read_form

    if is_setup and "kept" in fields:  # the page, which showed what is there
        start = device.draft[0] if device.draft else start
    elif is_setup:  # a script has to say it all
        start = dict(start, ssid=b"", password="", api_key="")
    draft, errors = read_form(fields, start, device.wifi.networks)
    draft["networks"] = [pair for pair in known if pair[0] != draft["ssid"]]
    if fault("networks", draft["networks"]):
        errors["ssid"] = "too_many"
    if code:
        errors["networks"] = code
    if draft["pin"] not in (0, start["pin"]) + device.board.SENSOR_PINS:
        errors["pin"], draft["pin"] = "not_a_choice", start["pin"]
    return draft, errors


def _shown(draft):
    with Borrowed():
        from core.text import drafted

        return drafted(draft)


def sent(device, request):
    """The fields of a form or of a JSON object, {name: text}; the request is aborted where it has none. The clock hears a phone's time,
    but not that of a stranger."""
    try:
        fields = _fields(request)
    except (ValueError, RuntimeError):  # too deep nesting is a RuntimeError
        abort(400, {"errors": {"form": "damaged"}})
    except MemoryError:
        if len(request.body) > 1024:  # none of ours is as long
            abort(413, {"error": "too_large"})
        raise
    digits = fields.get("phone_time", "")
    if digits.isdigit() and len(digits) == 13 and "1704067200" <= digits < "4102444800" and request.may_change:  # 2024 to 2100
        device.clock.set(int(digits) // 1000, "phone")
    return fields


def _fields(request):
    fields, body = {}, request.body
    if body.count(b"&") > 64 or body.count(b'":') > 64:  # no form of ours has as many fields, and each takes a hundred bytes
        raise ValueError
    if request.form is not None:
        for name in request.form:
            (value,) = request.form.getlist(name)  # twice is damage, too
            fields[name] = value or ""
        return fields
    if not (request.content_type or "").partition(";")[0].strip().endswith("json"):
        abort(415, {"error": "unsupported"})
    with Borrowed():
        from core.text import joined, parsed
    text = body.lstrip(b"\xef\xbb\xbf").decode()  # without the mark that some editors begin with
    for name, value in parsed(text).items():
        if name == "static" or name == "networks" and value is not None:
            fields[name] = value
            continue
        if isinstance(value, (dict, list)) or isinstance(value, bool) and name in ("ssid", "password", "api_key", "name"):
            from core.settings import DEFAULTS, fault

            name = {"network": "ssid", "ssid_hex": "ssid", "open": "password"}.get(name, name)
            abort(400, {"errors": {name: fault(name, value)} if name in DEFAULTS else {"form": "damaged"}})
        if value is not None:
            fields[name] = joined(str(value)) if "\\u" in text else str(value)
    return fields


def wants_json(request):
    """True for a script: it says so, or it sent JSON itself and does not ask for a page."""
    accepted = request.headers.get("Accept", "").lower()
    return "application/json" in accepted or "json" in (request.content_type or "") and "text/html" not in accepted


def done(request, state, path, status=200):
    """The answer to a form: a script is told the `state`, a browser where to go on."""
    if wants_json(request):
        return {"state": state}, status, {}
    return "Continue at " + path, 303, {"Location": path}
