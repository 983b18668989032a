"""The site: what is at each path. What answers a group of them stands in a module of its own, imported when it is first asked for."""

import json
import sys

from core.access import door, host_allowed, is_known
from microdot.microdot import HTTPException, Microdot, Request, Response
from micropython import const
from portal.exchange import Exchange

_ANSWER_S = const(15)
_PIECE_CHARACTERS = const(256)
_ROOM_BYTES = const(10 * 1024)  # what the largest answers take, with their modules, and so does a form that begins a trial

ENDLESS = {"text/event-stream": 2, "text/csv; charset=utf-8": 1}
"""How many answers of these kinds may run at once, without an end: one place always stays free for a page."""
LARGE = ("api/history", "readings.csv", "metrics", "api/diagnostics", "api/settings")
CHANGE = " /setup /setup/keep /setup/retry /login /logout /api/settings /api/restart /api/setup-mode /api/erase "


class Site(Microdot):
    """The web app over `device` (app.Device). A request has `door` ("hotspot" or "home"), and `may_change`, whether this visitor may
    change something and see what is private."""

    def __init__(self, device):
        super().__init__()
        self.device = device
        Response.send_file_buffer_size = 256
        self.route("/<re:.*:path>", ("GET", "POST"))(answer)
        self.error_handlers[405] = answer
        self.error_handlers[Exception] = failed

    async def attend(self, connection, piece):
        """Read the request that begins with `piece`, and answer it. Raises OSError, MemoryError."""
        exchange = Exchange(connection, piece)
        request = None
        try:
            request = await Request.create(self, exchange, exchange, connection.peer)
            connection.asking = False
            connection.left_s = _ANSWER_S
            response = await self._answer(request)
        except EOFError:
            return
        except HTTPException as refusal:
            response = Response({"error": refusal.reason}, refusal.status_code)
        except (ValueError, IndexError):
            response = Response({"error": "not_understood"}, 400)
        if response is Response.already_handled:
            raise MemoryError
        response.is_head = bool(request) and request.method == "HEAD"
        body = response.body
        try:
            self._take_place(connection, response.headers.get("content-type"))
            await exchange.answer(response)
        finally:
            if hasattr(body, "close"):
                body.close()  # one that is read from a file or a generator ends here, however far it came

    async def _answer(self, request):
        """The Response. Raises HTTPException, MemoryError."""
        device, headers = self.device, request.headers
        names = device.wifi.names()
        request.door = door(request.client_addr[0], names[2])
        # The hotspot's password, which is the device's, has been proven there, or there is nothing to protect yet.
        request.may_change = request.door == "hotspot" and not (device.settings and device.board.OPEN_HOTSPOT)
        if is_known(request.cookies.get("dewlog"), device.sessions, device.clock.uptime_s()):
            request.may_change = True
        host = headers.get("host", "")
        if not host_allowed(host, *names):
            from portal.elsewhere import foreign_host

            return foreign_host(request)
        if len(request.path) > 64:  # none of ours, and deep recursion for a regular expression
            raise HTTPException(414, "too_long")
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            origin = headers.get("origin")  # browsers always send one, scripts do not
            is_ours = origin is None or origin.lower() == "http://" + host.lower()
            if not is_ours or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
                raise HTTPException(403, "foreign_origin")
        return await self.dispatch_request(request)

    def _take_place(self, connection, kind):
        if kind in ENDLESS:
            others = 0
            for other in self.device.server.visits:
                if other.endless == kind:
                    if other.gone():  # a browser that loads its page again comes before its old connection is missed
                        other.task.cancel()
                    else:
                        others += 1
            if others >= ENDLESS[kind]:
                raise MemoryError
            connection.endless = kind


async def answer(request, path=None):
    """The Response to every request; `path` is None for a method that nothing here knows."""
    device, found = request.app.device, None
    is_change = request.method == "POST"
    try:
        if is_change or path in LARGE:
            await device.server.wait_for_room(_ROOM_BYTES)
        if path is not None:
            found = (change if is_change else read)(device, request, path)
        if found is None:
            from portal.elsewhere import unfit

            found = unfit(request)
        if isinstance(found, tuple):
            found = Response(*found)
        return found if isinstance(found, Response) else Response(found, 200, {"Content-Type": "application/json"})
    except MemoryError:  # Microdot would print it
        return Response.already_handled


def read(device, request, path):
    """What is at a path: a Response, or what makes one, or a generator of the text of a JSON document; None if nothing is there."""
    folder, _, name = path.rpartition("/")
    if folder == "static":
        return send(request, name)
    if folder == "api":
        return document(device, request, name)
    if path == "readings.csv":
        from portal.csv import csv

        return csv(device, request)
    if path == "metrics":
        from portal.metrics import lines

        return Response(lines(device), 200, {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
    if path == "setup/verdict":
        from portal.setup import told

        return told(device, request, name)
    if path not in ("", "setup", "readings", "settings", "login"):
        return None
    if not path and device.mode != "setup":
        return Response.redirect("/readings")
    if path == "setup" and device.trial and "form" not in request.args and device.trial.state(False)["state"] != "idle":
        path = "proof"
    return send(request, (path or "setup") + ".html", device.version.split()[-1])


def document(device, request, name):
    """The same for what is below /api."""
    if name in ("readings", "events"):
        from portal.readings import told

        return told(device, name)
    if name == "history":
        from portal.history import history

        return history(device, request)
    if name in ("networks", "setup"):
        from portal.setup import told

        return told(device, request, name)
    if name not in ("settings", "diagnostics"):
        return None
    if not request.may_change and (name == "settings" or request.door != "hotspot"):
        return {"error": "login_needed"}, 401
    from portal.diagnostics import members

    return pieces(members(device, name))


def change(device, request, path):
    """The same for a POST."""
    if " %s " % request.path not in CHANGE:
        return None
    if path not in ("login", "logout") and not request.may_change:
        return {"error": "login_needed"}, 401
    if path in ("setup", "api/settings"):
        from portal.settings import take

        return take(device, request)
    from portal.owner import act

    return act(device, request, path)


def failed(request, failure):
    request.app.device.log("http: %s failed, %r" % (request.path, failure))
    return {"error": "failed"}, 500


def pieces(members):
    """The text of a JSON object in pieces; the whole takes too much memory at once. members: its names and values."""
    text, between = "", "{"
    for name, value in members:
        value = json.dumps(value)
        if len(text) + len(value) > _PIECE_CHARACTERS:
            yield text
            text = ""
        text += '%s"%s": %s' % (between, name, value)
        between = ", "
    yield text
    yield "}"


def send(request, name, version="", status=200):
    """The file `name` (without a "/") of the web folder, or 404.

    A page has the firmware's `version`. The name of what it needs changes with the content, so who has that never asks again.
    """
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
    _, is_taken, weight = request.headers.get("Accept-Encoding", "").lower().replace(" ", "").partition("gzip")
    weight = weight.split(",")[0]
    if is_taken and (not weight or weight.strip(";q=0.")):
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(file.seek(0, 2))
        file.seek(0)
    else:
        import deflate

        file = deflate.DeflateIO(file, deflate.GZIP, 11, True)  # 11: the window of 2 kB that the build packs with
    return Response(file, status, headers)
