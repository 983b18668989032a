"""The site: what is at each path. What answers a group of them stands in a module of its own, imported when it is first asked for."""

from microdot.microdot import Microdot, Request, Response

from portal.files import send

_READ = (
    " / /readings /settings /login /setup /setup/verdict /readings.csv /metrics /api/readings /api/events /api/history "
    "/api/networks /api/setup /api/settings /api/diagnostics "
)
_CHANGE = " /setup /setup/keep /setup/retry /login /logout /api/settings /api/restart /api/setup-mode /api/erase "


def make_site(device):
    """The Microdot app over `device` (desk.Desk). Requests come with `door`: "hotspot" or "home".

    Its `foreign_host`, request -> Response, answers requests for other hosts.
    """
    _trim()
    app = Microdot()
    app.device = device
    app.foreign_host = foreign_host
    app.get("/api/<name>")(document)
    app.get("/<re:.*:path>")(page)
    app.post("/<re:.*:path>")(change)
    app.error_handlers[405] = unfit
    return app


async def document(request, name):
    device = request.app.device
    if " %s " % request.path not in _READ:
        return unfit(request)
    if name == "readings":
        from portal.readings import document

        return document(device)
    if name == "events":
        from portal.readings import stream

        return stream(device, request)
    if name == "history":
        from portal.history import points

        return await points(device, request)
    if name == "networks":
        from portal.setup import networks

        return Response(networks(device, request), 200, {"Content-Type": "application/json"})
    if name == "setup":
        from portal.setup import progress

        return progress(device, request)
    if (name == "settings" or request.door != "hotspot") and not device.may_change(request):
        return {"error": "login_needed"}, 401
    if name == "settings":
        from portal.settings import told

        return told(device)
    from portal.diagnostics import answer

    return answer(device)


async def page(request, path):
    device = request.app.device
    if path.startswith("static/") and "/" not in path[7:]:
        return send(request, path[7:])
    if " %s " % request.path not in _READ:
        return unfit(request)
    if path == "readings.csv":
        from portal.history import csv

        return csv(device, request)
    if path == "metrics":
        from portal.diagnostics import metrics

        return metrics(device)
    if path == "setup/verdict":
        from portal.setup import verdict

        return verdict(device)
    if not path and device.mode != "setup":
        return Response.redirect("/readings")
    if path == "setup" and device.has_tried and "form" not in request.args and device.trial.state(False)["state"] != "idle":
        path = "proof"
    return send(request, (path or "setup") + ".html", device.version.split()[-1])


async def change(request, path):
    device = request.app.device
    if " %s " % request.path not in _CHANGE:
        return unfit(request)
    if path not in ("login", "logout") and not device.may_change(request):
        return {"error": "login_needed"}, 401
    if path.startswith("setup"):
        from portal import setup

        return setup.take(device, request) if path == "setup" else setup.again(device, request, path[6:])
    from portal import settings

    if path == "login":
        return settings.log_in(device, request)
    if path == "logout":
        return settings.log_out(device, request)
    return settings.take(device, request) if path == "api/settings" else settings.act(device, request, path[4:])


def unfit(request):
    """What is not there, or not by this method."""
    fitting = ["GET, HEAD"] if " %s " % request.path in _READ else []
    if " %s " % request.path in _CHANGE:
        fitting.append("POST")
    if fitting:
        return {"error": "method"}, 405, {"Allow": ", ".join(fitting)}
    if "text/html" in request.headers.get("Accept", ""):
        return send(request, "missing.html", request.app.device.version, 404)
    return {"error": "not_found"}, 404


def foreign_host(request):
    """The way here. On the hotspot it is the answer by which phones find a captive portal; at home a page of another name that leads
    here may be an attack (DNS rebinding), and nothing but the way is told."""
    from core.hosts import is_noise

    device = request.app.device
    is_phone = request.door == "hotspot"
    if is_phone and is_noise(request.headers.get("Host", "") + request.path):
        return Response("Not here", 404)
    wifi = device.wifi
    body = "<!doctype html><title>Dewlog</title>This is Dewlog:"  # iOS and Android want one with a redirect
    for address in (wifi.hotspot_address(),) if is_phone else (wifi.hostname + ".local", wifi.address()):
        url = device.board.url(address)
        body += ' <a href="%s">%s</a>' % (url, url)
    headers = {"Content-Type": "text/html"}
    if is_phone:
        headers["Location"] = url
    return Response(body, 302 if is_phone else 421, headers)


def _trim():
    """Let go of what of Microdot is not used here, 5 kB: its own server and sending of files. What a new route needs is taken out here."""
    import microdot

    Microdot.start_server = Microdot.run = Microdot.shutdown = Microdot.handle_request = Microdot.mount = None
    Microdot.put = Microdot.patch = Microdot.delete = Microdot.query = None
    Request.create = Request._safe_readline = Request.files = None
    Response.write = Response.body_iter = Response.send_file = Response.set_cookie = Response.delete_cookie = None
    microdot.AsyncBytesIO = microdot.send_file = None
    microdot.microdot.AsyncBytesIO = microdot.microdot.send_file = microdot.microdot.urlencode = None
