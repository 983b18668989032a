"""Pages and what they need, as they lie on flash; and what to say to who asks for what is not here, or for another host.

On the hotspot the last is how phones find a captive portal.
"""

import sys

from microdot import Response
from micropython import const
from portal.site import CHANGE

_WINDOW_BYTES = const(4096)  # with which the build packs, and which it takes in one piece to unpack
_PIECE_BYTES = const(256)  # after some hours larger pieces of the heap may be hard to find

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


def send(request, name, version="", status=200):
    """The file `name` (without a "/") of the web folder, or 404. A page has the firmware's `version`; the name of what it needs changes
    with the content, so who has that never asks again."""
    kind = Response.types_map.get(name.rpartition(".")[2])
    if not kind or not version and kind == "text/html":
        return {"error": "not_found"}, 404
    age = "max-age=3600" if version else "public, max-age=31536000, immutable"
    if status != 200 or name in ("setup.html", "proof.html"):  # what stands there changes as the set-up goes on
        age = "no-cache"
    tag = '"%s%s"' % (name, version)
    headers = {"Content-Type": kind + "; charset=utf-8", "Cache-Control": age, "ETag": tag, "Vary": "Accept-Encoding"}
    if status == 200 and tag in request.headers.get("If-None-Match", ""):
        return None, 304, headers
    try:
        file = open("%s/static/%s.gz" % (sys.path[0], name), "rb")
    except OSError:
        return {"error": "not_found"}, 404
    accepted = request.headers.get("Accept-Encoding", "").lower().replace(" ", "") + ","
    is_packed = "gzip" in accepted and "gzip;q=0," not in accepted
    if not is_packed:
        try:
            bytearray(_WINDOW_BYTES)
        except MemoryError:
            is_packed = True  # which the header says: better than nothing
    if is_packed:
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(file.seek(0, 2))
        file.seek(0)
    else:
        import deflate

        file = deflate.DeflateIO(file, deflate.GZIP, 12, True)
    return Response(_blocks(file), status, headers)


def _blocks(file):
    """What is in it, piece by piece in one place of the heap."""
    block = memoryview(bytearray(_PIECE_BYTES))
    try:
        while size := file.readinto(block):
            yield block[:size]
    finally:
        file.close()
