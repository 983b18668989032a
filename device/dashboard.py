"""Station mode: the web app on the home network.

Each path belongs to a module that is loaded for the request and forgotten after it; only what every measurement needs stays.
Foreign hosts and foreign origins never get this far: server.py refuses them.
"""

from microdot import Microdot

from core.access import COOKIE
from core.on_demand import load
from events import Events
from every_path import route
from readings_api import Now

_PATHS = """
readings readings_page
api/history history_api
readings.csv readings_csv
metrics metrics_page
login login_page
logout login_page
settings settings_page private
settings/restart settings_actions private
settings/setup settings_actions private
settings/erase settings_actions private
settings/download settings_file private
settings/restore settings_file private
settings/apply settings_file private
setup trial_page private
setup/keep trial_page private
api/setup trial_page private
diagnostics.txt diagnostics private
"""
# A line: path, the module whose `get(station, request)` or `post(station, request)` answers it, and whether it is behind the device
# password. A text, because as a dict it would take three times the heap.
_OWN_PATHS = ("", "api/readings", "api/events")
_UNKNOWN = ("There is no such page.", 404)


def make_app(station):
    """The web app over `station`: the parts of the running device, see app.py."""
    app = Microdot()
    app.now = Now(station)
    app.draft = None  # settings from a file, shown to a person and not yet applied
    events = Events(station, app.now)

    async def answer(request):
        path = request.path[1:]
        entry = _entry(path)
        if entry:
            return await _answer_from_module(station, request, entry)
        if request.method not in ("GET", "HEAD"):
            return _not_allowed("GET") if path in _OWN_PATHS or path.startswith("static/") else _UNKNOWN
        if path == "":
            return "", 302, {"Location": "/readings"}
        if path == "api/readings":
            return app.now.document()
        if path == "api/events":
            return events.stream()
        if path.startswith("static/"):
            return station.pages.static(request, path[7:])
        if "text/html" in request.headers.get("Accept", ""):
            return station.pages.render(request, "message.html", {"title": "There is no such page"}, 404)
        return _UNKNOWN

    route(app, answer)
    return app


def _entry(path):
    """[path, module] or [path, module, "private"]; None for a path that is not in the table."""
    start = _PATHS.find("\n%s " % path)
    if start < 0 or "\n" in path:
        return None
    return _PATHS[start + 1 : _PATHS.find("\n", start + 1)].split()


async def _answer_from_module(station, request, entry):
    if len(entry) > 2 and not load("core.login").logged_in(station.access, request.cookies.get(COOKIE), station.clock.uptime_s()):
        return load("login_page").ask(station, request)
    module = load(entry[1])
    handler = "post" if request.method == "POST" else "get"
    if request.method not in ("GET", "HEAD", "POST") or not hasattr(module, handler):
        return _not_allowed("GET" if hasattr(module, "get") else "POST")
    return await getattr(module, handler)(station, request)


def _not_allowed(allowed):
    """The answer 405."""
    return "This page does not take such a request.", 405, {"Allow": allowed}
