"""Set-up, for who looks: the networks around, what the form shows, and how far the proof of what was entered is."""

import json

from portal.exchange import pieces


def told(device, request, path):
    """GET /api/networks, GET /api/setup and GET /setup/verdict."""
    if path == "api/networks":
        return networks(device.wifi, request.args.get("refresh") == "1")
    now = state(device)
    return verdict(now) if path == "setup/verdict" else pieces(members(device, now, request.may_change))


def networks(wifi, is_refresh):
    """GET /api/networks, in pieces. A scan takes seconds: it is begun here and never waited for."""
    from core.networks import public

    if is_refresh and not wifi.held:
        wifi.begin_scan()
    piece = '{"scanning": %s, "networks": [' % json.dumps(wifi.scanning)
    for network in wifi.networks:
        yield piece + json.dumps(public(network))
        piece = ", "
    yield ("" if wifi.networks else piece) + "]}"


def members(device, now, may_change):
    """GET /api/setup: where each step stands, and what the form shows.

    `draft` is null where that are the defaults, or no form is shown.
    """
    yield from now.items()
    yield "url", now["address"] and device.board.url(now["address"])
    yield "channel_url", device.board.CHANNEL_URL
    shown, draft = device.draft or device.settings, None
    if shown and now["state"] in ("idle", "failed"):
        from core.settings import redacted

        draft = dict(redacted(shown), network=shown["ssid"].hex())
    yield "draft", draft
    yield "hostname", device.wifi.hostname + ".local"
    yield "hotspot", device.wifi.hotspot_name
    yield "notice", device.notice
    yield "mode", device.mode
    yield "open", may_change
    yield "version", device.version


def verdict(now):
    """GET /setup/verdict: for browsers without scripts, a line a step."""
    error = now["error"]
    lines = ["%s: %s %s" % (step["name"], step["state"], step["detail"]) for step in now["steps"]]
    lines.append("%s %s" % (now["state"], error["code"] if error else now["address"] or ""))
    return "".join([line.rstrip() + "\n" for line in lines]), 200, {"Refresh": "3"} if now["state"] == "running" else {}


def state(device):
    """The trial's state, for somebody who is shown it."""
    if device.trial:
        return device.trial.state(True)
    names = ("sensor", "wifi", "address", "internet", "thingspeak")
    steps = [{"name": name, "state": "waiting", "detail": ""} for name in names]  # to say so takes no trial in memory
    return {"state": "idle", "steps": steps, "error": None, "address": None, "channel_id": None, "restart_in_s": None}
