"""Strays: who asks for what is not here, or by another name. On the hotspot that is how phones find a captive portal."""

from microdot import Response
from portal.exchange import send
from portal.site import CHANGE

READ = (
    " / /readings /settings /login /setup /setup/verdict /readings.csv /metrics /api/readings /api/events /api/history "
    "/api/networks /api/setup /api/settings /api/diagnostics "
)


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
