"""Set-up, for who looks: the networks around, what the form shows, and how far the proof of what was entered is."""

import json


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
