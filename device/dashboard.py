"""Station mode: the web app on the home network.

Each path belongs to a module that is loaded for the request and forgotten after it; only what every measurement needs stays.
Foreign hosts and foreign origins never get this far: server.py refuses them.
"""

from microdot import Microdot, Response

from core.access import COOKIE
from core.on_demand import load
from every_path import route

_OWN_PATHS = ("", "api/readings", "api/events")
_UNKNOWN = ("There is no such page.", 404)


def make_app(station):
    """The web app over `station`: the parts of the running device, see app.py."""
    app = Microdot()
    events = None

    async def answer(request):
        nonlocal events
        path = request.path[1:]
        is_own = path in _OWN_PATHS or path.startswith("static/")
        entry = None if is_own else load("paths").entry(path)
        if entry:
            return await _answer_from_module(station, request, entry)
        if request.method not in ("GET", "HEAD"):
            return _not_allowed("GET") if is_own else _UNKNOWN
        if path == "":
            return "", 302, {"Location": "/readings"}
        if path == "api/readings":
            document = load("now").document(station)
            pieces = list(load("readings_api").pieces(document))  # all before the first is sent: an answer is whole, or it is "busy"
            size = sum(len(piece.encode()) for piece in pieces)  # one that breaks off is known to be no whole one
            return Response((piece for piece in pieces), 200, {"Content-Type": "application/json", "Content-Length": str(size)})
        if path == "api/events":
            events = events or load("events").Events(station)
            return events.stream()
        if path.startswith("static/"):
            return station.pages.static(request, path[7:])
        if "text/html" in request.headers.get("Accept", ""):
            return station.pages.render(request, "message.html", {"title": "There is no such page"}, 404)
        return _UNKNOWN

    route(app, answer)
    return app


async def _answer_from_module(station, request, entry):
    if "private" in entry and not load("core.login").logged_in(station.access, request.cookies.get(COOKIE), station.clock.uptime_s()):
        return load("login_page").ask(station, request)
    if entry[-1] == "document":  # before the module: together they would need more memory
        request.document = load("now").document(station)
    module = load(entry[1])
    handler = "post" if request.method == "POST" else "get"
    if request.method not in ("GET", "HEAD", "POST") or not hasattr(module, handler):
        return _not_allowed("GET" if hasattr(module, "get") else "POST")
    return await getattr(module, handler)(station, request)


def _not_allowed(allowed):
    """The answer 405."""
    return "This page does not take such a request.", 405, {"Allow": allowed}
