"""Set-up: the networks around, the form, and the proof of what was entered."""

import json


def networks(device, request):
    """GET /api/networks, in pieces. A scan takes seconds: it is begun here and never waited for."""
    from core.networks import public

    wifi = device.wifi
    if request.args.get("refresh") == "1" and not wifi.held:
        wifi.begin_scan()
    yield '{"scanning": %s, "networks": [' % ("true" if wifi.scanning else "false")
    between = ""
    for network in wifi.networks:
        yield between + json.dumps(public(network))
        between = ", "
    yield "]}"


def take(device, request):
    """POST /setup. What was typed stays here until it has worked: the phone loses its page when the hotspot changes channel."""
    from core.settings import DEFAULTS
    from core.settings_form import read_form

    fields, refusal = sent(device, request)
    if refusal:
        return refusal
    if "kept" in fields:  # the page, which showed what is there
        current = device.draft or device.settings or DEFAULTS
    else:  # a script has to say it all
        current = dict(device.settings or DEFAULTS, ssid=b"", password="", api_key="")
    draft, errors = read_form(fields, current, device.wifi.networks)
    if not errors and not device.trial.start(draft):
        return {"error": "busy"}, 409
    device.draft = draft
    if not errors:
        return done(request, "running", "/setup", 202)
    if wants_json(request):
        return {"errors": errors}, 400
    return "".join("%s: %s\n" % entry for entry in errors.items()), 400


def again(device, request, what):
    """POST /setup/keep: keep what was not wholly proven. POST /setup/retry: try the same entries again."""
    if not device.has_tried or not (device.trial.keep() if what == "keep" else device.trial.retry()):
        return {"error": "busy"}, 409
    return done(request, device.trial.state()["state"], "/setup")


def progress(device, request):
    """GET /api/setup: where each step stands, and what the form shows."""
    from core.settings import DEFAULTS, redacted

    answer = state(device)
    answer["draft"] = redacted(device.draft or device.settings or DEFAULTS)
    answer["hostname"] = device.wifi.hostname + ".local"
    answer["hotspot"] = device.wifi.hotspot_name
    answer["notice"] = device.notice
    answer["mode"] = device.mode
    answer["open"] = device.may_change(request)
    answer["version"] = device.version
    return answer


def verdict(device):
    """GET /setup/verdict: for browsers without scripts, a line a step."""
    told = state(device)
    text = ""
    for step in told["steps"]:
        text += ("%s: %s %s" % (step["name"], step["state"], step["detail"])).rstrip() + "\n"
    error = told["error"]
    text += ("%s %s" % (told["state"], error["code"] if error else told["address"] or "")).rstrip() + "\n"
    return text, 200, {"Refresh": "3"} if told["state"] == "running" else {}


def state(device, seen=True):
    """The trial's state. seen: somebody is shown it."""
    if device.has_tried:
        return device.trial.state(seen)
    told = {"state": "idle", "can_keep": False, "can_retry": False}  # before anything was tried: to say so takes no such module in memory
    told["steps"] = [{"name": name, "state": "waiting", "detail": ""} for name in ("sensor", "wifi", "address", "internet", "thingspeak")]
    for name in ("error", "address", "ssid", "channel_id", "restart_in_s"):
        told[name] = None
    return told


# what the answers to forms have in common


def sent(device, request):
    """(the fields of a form or of a JSON object, None), or ({}, the answer that refuses it). The clock takes a phone's time from it."""
    from core import form

    fields, code = form.parse(request.body, request.content_type or "")
    if code == "unsupported":
        return {}, ({"error": code}, 415)
    if code:
        return {}, ({"errors": {"form": code}}, 400)
    digits = fields.get("phone_time", b"")
    if digits.isdigit() and len(digits) == 13 and b"1704067200" <= digits < b"4102444800":  # 2024 to 2100: another phone knows no time
        device.clock.set(int(digits) // 1000, "phone")
    return fields, None


def wants_json(request):
    """True for a script: it says so, or it sent JSON itself and does not ask for a page."""
    accepted = request.headers.get("Accept", "").lower()
    return "application/json" in accepted or "json" in (request.content_type or "").lower() and "text/html" not in accepted


def done(request, state, path, status=200):
    """The answer to a form: a script is told the `state`, a browser where to go on."""
    if wants_json(request):
        return {"state": state}, status, {}
    return "Continue at " + path, 303, {"Location": path}
