"""Set-up: the networks around, the form, and the proof of what was entered. And what the answers to all forms have in common."""

import json

from core.on_demand import Borrowed


def networks(device, request):
    """GET /api/networks, in pieces. A scan takes seconds: it is begun here and never waited for."""
    from core.networks import public

    wifi = device.wifi
    if request.args.get("refresh") == "1" and not wifi.held:
        wifi.begin_scan()
    piece = '{"scanning": %s, "networks": [' % json.dumps(wifi.scanning)
    for network in wifi.networks:
        yield piece + json.dumps(public(network))
        piece = ", "
    yield ("" if wifi.networks else piece) + "]}"


def progress(device, request):
    """GET /api/setup: where each step stands, and what the form shows: `draft` is null where that are the defaults, or no form is shown."""
    answer = state(device)
    settings = device.draft or device.settings
    answer["draft"] = None
    if settings and answer["state"] in ("idle", "failed"):
        from core.settings import redacted

        answer["draft"] = dict(redacted(settings), network=settings["ssid"].hex())
    answer["hostname"] = device.wifi.hostname + ".local"
    answer["hotspot"] = device.wifi.hotspot_name
    answer["notice"] = device.notice
    answer["mode"] = device.mode
    answer["open"] = request.may_change
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


def state(device):
    """The trial's state, for somebody who is shown it."""
    if device.trial:
        return device.trial.state(True)
    told = {"state": "idle", "steps": []}  # before anything was tried: to say so takes no such module in memory
    for name in ("sensor", "wifi", "address", "internet", "thingspeak"):
        told["steps"].append({"name": name, "state": "waiting", "detail": ""})
    for name in ("error", "address", "channel_id", "restart_in_s"):
        told[name] = None
    return told


def take(device, request):
    """POST /setup and POST /api/settings. What can be proven is tried before it replaces anything; /setup is always tried.

    What was typed for /setup stays here until it has worked: the phone loses its page when the hotspot changes channel.
    """
    is_setup = request.path == "/setup"
    with Borrowed():  # the trial has no need of it, but of memory
        refusal, draft, errors, is_proof = read(device, request, is_setup)
    if refusal:
        return refusal
    if is_proof and not device.trial:
        from trial import Trial

        device.trial = Trial(device)
    if is_proof and not device.trial.start(draft):
        return {"error": "busy"}, 409
    if is_setup or is_proof:
        device.draft = draft
    if is_proof:
        return done(request, "running", "/setup", 202)
    if not errors:
        try:
            device.save_settings(draft)
        except OSError:
            return {"error": "flash_full"}, 507
        return done(request, "saved", "/settings")
    if wants_json(request) or not is_setup:
        return {"errors": errors}, 400
    text = ""
    for name in errors:
        text += "%s: %s\n" % (name, errors[name])
    return text, 400


def read(device, request, is_setup):
    """(an answer that refuses the form or None, the draft, its errors, whether only a trial can prove it)."""
    from core.settings import DEFAULTS
    from core.settings_form import needs_proof, read_form

    fields, refusal = sent(device, request)
    current = device.settings or DEFAULTS
    if is_setup and "kept" in fields:  # the page, which showed what is there
        current = device.draft or current
    elif is_setup:  # a script has to say it all
        current = dict(current, ssid=b"", password="", api_key="")
    draft, errors = read_form(fields, current, device.wifi.networks)
    return refusal, draft, errors, not errors and (is_setup or needs_proof(device.settings, draft))


def again(device, request, what):
    """POST /setup/keep: keep what was not wholly proven. POST /setup/retry: try the same entries again."""
    if not device.trial or not (device.trial.keep() if what == "keep" else device.trial.retry()):
        return {"error": "busy"}, 409
    return done(request, device.trial.state()["state"], "/setup")


def sent(device, request):
    """(the fields of a form or of a JSON object, None), or ({}, the answer that refuses it). The clock takes a phone's time from it."""
    from core.form import parse

    fields, code = parse(request.body, request.content_type or "")
    if code == "unsupported":
        return fields, ({"error": code}, 415)
    if code:
        return fields, ({"errors": {"form": code}}, 400)
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
