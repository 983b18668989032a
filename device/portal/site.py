"""The site: what is at each path. What answers a group of them stands in a module of its own, imported when it is first asked for."""

import sys

from core.access import host_allowed
from microdot.microdot import Microdot, Request, Response
from micropython import const
from portal.exchange import Exchange, Refused

_ANSWER_S = const(15)
_HISTORY_BYTES = const(7680)  # what these answers take, their modules included
_FILE_BYTES = const(6144)
_CHANGE_BYTES = const(9 * 1024)

ENDLESS = {"text/event-stream": 2, "text/csv; charset=utf-8": 1}
"""How many answers of these kinds may run at once, without an end: one place always stays free for a page."""
READ = (
    " / /readings /settings /login /setup /setup/verdict /readings.csv /metrics /api/readings /api/events /api/history "
    "/api/networks /api/setup /api/settings /api/diagnostics "
)
CHANGE = " /setup /setup/keep /setup/retry /login /logout /api/settings /api/restart /api/setup-mode /api/erase "


class Site:
    """The web app over `device` (app.Device). A request has `door` ("hotspot" or "home"), `may_change`, whether this visitor may
    change something and see what is private, and (address, port) as `client_addr`."""

    def __init__(self, device):
        self._device = device
        Response.send_file_buffer_size = 512
        self._app = app = Microdot()
        app.device = device
        app.get("/api/<name>")(document)
        app.get("/<re:.*:path>")(page)
        app.post("/<re:.*:path>")(change)
        app.error_handlers[405] = unfit
        app.error_handlers[Exception] = failed

    async def attend(self, connection, piece):
        """Read the request that begins with `piece`, and answer it. Raises OSError, MemoryError."""
        exchange = Exchange(connection, piece)
        request = None
        try:
            request = await Request.create(self._app, exchange, exchange, connection.peer)
            connection.asking = False
            connection.left_s = _ANSWER_S
            response = await self._answer(request)
        except EOFError:
            return
        except Refused as refusal:
            response = Response({"error": refusal.args[1]}, refusal.args[0])
        except (ValueError, IndexError):
            response = Response({"error": "not_understood"}, 400)
        response.is_head = bool(request) and request.method == "HEAD"
        body = response.body
        try:
            self._take_place(connection, response.headers.get("content-type"))
            await response.write(exchange)
            await exchange.finish(body and not response.is_head)
            await exchange.linger()
        finally:
            if hasattr(body, "close"):
                body.close()  # one that is read from a file or a generator ends here, however far it came

    async def _answer(self, request):
        """The Response. Raises Refused, MemoryError."""
        device, headers = self._device, request.headers
        access = device.access
        request.door = access.door(request.client_addr[0])
        token = request.cookies.get("dewlog")
        request.may_change = access.may_change(request.door, device.settings is not None, token, device.clock.uptime_s())
        host = headers.get("host", "")
        if not host_allowed(host, *access.names()):
            from portal.elsewhere import foreign_host

            return foreign_host(request)
        if len(request.path) > 64:  # none of ours, and deep recursion for a regular expression
            raise Refused(414, "too_long")
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            origin = headers.get("origin")  # browsers always send one, scripts do not
            is_ours = origin is None or origin.lower() == "http://" + host.lower()
            if not is_ours or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
                raise Refused(403, "foreign_origin")
        request.failure = None
        response = await self._app.dispatch_request(request)
        if isinstance(request.failure, MemoryError):
            raise request.failure
        if request.failure:
            device.log("http: %s failed, %r" % (request.path, request.failure))
        return response

    def _take_place(self, connection, kind):
        if kind in ENDLESS:
            others = 0
            for other in self._device.server.visits:
                if other.endless == kind:
                    if other.gone():  # a browser that loads its page again comes before its old connection is missed
                        other.task.cancel()
                    else:
                        others += 1
            if others >= ENDLESS[kind]:
                raise MemoryError
            connection.endless = kind


async def document(request, name):
    device = request.app.device
    if " %s " % request.path not in READ:
        return unfit(request)
    if name == "readings":
        from portal.readings import document

        return document(device)
    if name == "events":
        from portal.readings import stream

        return stream(device, request)
    if name == "history":
        _need(device, _HISTORY_BYTES)
        from portal.history import points

        return await points(device, request)
    if name == "networks":
        from portal.setup import networks

        return Response(networks(device, request), 200, {"Content-Type": "application/json"})
    if name == "setup":
        from portal.setup import progress

        return progress(device, request)
    if (name == "settings" or request.door != "hotspot") and not request.may_change:
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
    if " %s " % request.path not in READ:
        return unfit(request)
    if path == "readings.csv":
        _need(device, _FILE_BYTES)
        from portal.csv import csv

        return csv(device, request)
    if path == "metrics":
        from portal.metrics import answer

        return answer(device)
    if path == "setup/verdict":
        from portal.setup import verdict

        return verdict(device)
    if not path and device.mode != "setup":
        return Response.redirect("/readings")
    if path == "setup" and device.trial and "form" not in request.args and device.trial.state(False)["state"] != "idle":
        path = "proof"
    return send(request, (path or "setup") + ".html", device.version.split()[-1])


async def change(request, path):
    device = request.app.device
    if " %s " % request.path not in CHANGE:
        return unfit(request)
    if path not in ("login", "logout") and not request.may_change:
        return {"error": "login_needed"}, 401
    _need(device, _CHANGE_BYTES)
    if path.startswith("setup") or path == "api/settings":
        from portal import settings

        return settings.again(device, request, path[6:]) if path.startswith("setup/") else settings.take(device, request)
    from portal import owner

    if path == "login":
        return owner.log_in(device, request)
    if path == "logout":
        return owner.log_out(device, request)
    return owner.act(device, request, path[4:])


def _need(device, room_bytes):
    if not device.has_room(room_bytes):
        raise MemoryError


def failed(request, failure):
    request.failure = failure
    return {"error": "failed"}, 500


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


def unfit(request):
    from portal.elsewhere import unfit

    return unfit(request, READ, CHANGE)
