"""Set-up, for who looks: the networks around, what the form shows, how far the proof is; and the way here for who asks elsewhere."""

import json

from microdot import Response
from portal.exchange import pieces, send
from portal.site import CHANGE

READ = (
    " / /readings /settings /login /setup /setup/verdict /readings.csv /metrics /api/readings /api/events /api/history "
    "/api/networks /api/setup /api/settings /api/diagnostics "
)


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


def unfit(request):
    """What is not there, or not by this method."""
    fitting = ["GET, HEAD"] if " %s " % request.path in READ else []
    if " %s " % request.path in CHANGE:
        fitting.append("POST")
    if fitting:
        return {"error": "method"}, 405, {"Allow": ", ".join(fitting)}
    if "text/html" in request.headers.get("Accept", ""):
        return send(request, "missing.html", request.app.device.version, 404)
    return {"error": "not_found"}, 404


def foreign_host(request, hostname, home_address, hotspot_address):
    """The way here. On the hotspot it is the answer by which phones find a captive portal; at home a page of another name that leads
    here may be an attack (DNS rebinding), and nothing but the way is told."""
    is_phone = request.door == "hotspot"
    asked = request.headers.get("Host", "") + request.path
    # Proxy discovery; mail programs; updates of Windows, Chrome, Firefox, Android, Kindle; certificates; and more that no person waits for.
    for noise in "wpad autodiscover update ocsp crl. mesu.apple gvt1.com favicon.ico apple-app-site msdownload delivery.mp".split():
        if is_phone and noise in asked.lower():
            return Response("Not here", 404)
    body = "<!doctype html><title>Dewlog</title>This is Dewlog:"  # iOS and Android want one with a redirect
    for address in (hotspot_address,) if is_phone else (hostname + ".local", home_address):
        url = request.app.device.board.url(address)
        body += ' <a href="%s">%s</a>' % (url, url)
    headers = {"Content-Type": "text/html"}
    if is_phone:
        headers["Location"] = url
    return Response(body, 302 if is_phone else 421, headers)
