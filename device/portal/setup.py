"""Set-up, for who looks: the networks around, what the form shows, how far the proof is."""

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
    if is_refresh and not wifi.held:
        wifi.begin_scan()
    piece = '{"scanning": %s, "networks": [' % json.dumps(wifi.scanning)
    for network in wifi.networks:
        yield piece + json.dumps(public(network))
        piece = ", "
    yield ("" if wifi.networks else piece) + "]}"


def public(network):
    """The entry as `/api/networks` tells it: `ssid` is text to show, `id` names its raw bytes, to send back as `network`."""
    from core.text import shown

    ssid, rssi_dbm, channel, security = network
    bars = sum([rssi_dbm >= least_dbm for least_dbm in (-85, -76, -67, -55)])  # the steps that phones use
    entry = {"ssid": shown(ssid), "rssi_dbm": rssi_dbm, "channel": channel, "security": security, "bars": bars}
    entry.update({"id": ssid.hex(), "supported": security in ("open", "wpa", "wpa2", "wpa3")})
    return entry


def members(device, now, may_change):
    """GET /api/setup: where each step stands, and what the form shows.

    `draft` is null where that are the defaults, or no form is shown.
    """
    yield from now.items()
    yield "url", now["address"] and device.board.url(now["address"])
    yield "channel_url", device.board.CHANNEL_URL
    draft = None
    if now["state"] in ("idle", "failed"):
        if device.draft:
            draft = device.draft[1]
        elif device.settings:
            from core.text import drafted

            draft = drafted(device.settings)
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
    trial = device.trial
    if not trial:
        steps = [{"name": name, "state": "waiting", "detail": ""} for name in ("sensor", "wifi", "address", "internet", "thingspeak")]
        return {"state": "idle", "steps": steps, "error": None, "address": None, "channel_id": None, "restart_in_s": None}
    told, now_s = dict(trial.told), device.clock.uptime_s()
    trial.seen_s = now_s
    told["can_retry"] = told["state"] == "failed"
    told["can_keep"] = told["can_retry"] and bool(told["address"])
    if trial.restart_at_s:  # a verdict that is seen shortens the wait
        trial.restart_at_s = min(trial.restart_at_s, now_s + 12)
        told["restart_in_s"] = max(0, trial.restart_at_s - now_s)
    return told
