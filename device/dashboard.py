"""Station mode: the web app on the home network.

Each path belongs to a module that is loaded for the request and forgotten after it; only what every measurement needs stays.
Foreign hosts and foreign origins never get this far: server.py refuses them.
"""

from microdot import Microdot

from core.on_demand import load
from events import Events

PUBLIC = {
    "readings": "readings_page",
    "api/readings": "readings_api",
    "api/history": "history_api",
    "readings.csv": "readings_csv",
    "metrics": "metrics_page",
    "login": "login_page",
    "logout": "login_page",
}
"""Path: the module whose `get(station, request)` or `post(station, request)` answers, open to everybody on the home network."""

PRIVATE = {
    "settings": "settings_page",
    "settings/restart": "settings_actions",
    "settings/setup": "settings_actions",
    "settings/erase": "settings_actions",
    "settings/download": "settings_file",
    "settings/restore": "settings_file",
    "settings/apply": "settings_file",
    "setup": "trial_page",
    "setup/keep": "trial_page",
    "api/setup": "trial_page",
    "diagnostics.txt": "diagnostics",
}
"""The same behind the device password."""

COOKIE = "dewlog"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def make_app(station):
    """The web app over `station`: the parts of the running device, see app.py."""
    app = Microdot()
    app.draft = None  # settings from a file, shown to a person and not yet applied
    events = Events(station)

    async def answer(request, path=""):
        if path in PUBLIC or path in PRIVATE:
            return await _answer_from_module(station, request, path)
        is_get = request.method in ("GET", "HEAD")
        if path == "":
            return ("", 302, {"Location": "/readings"}) if is_get else not_allowed("GET")
        if path == "api/events":
            return events.stream() if is_get else not_allowed("GET")
        if path.startswith("static/"):
            return station.pages.static(request, path[7:]) if is_get else not_allowed("GET")
        return "There is no such page.", 404

    for pattern in ("/", "/<path:path>"):
        app.route(pattern, methods=METHODS)(answer)
    return app


async def _answer_from_module(station, request, path):
    name = PUBLIC.get(path)
    if name is None:
        if not station.access.logged_in(request.cookies.get(COOKIE), station.clock.uptime_s()):
            return load("login_page").ask(station, request)
        name = PRIVATE[path]
    module = load(name)
    handler = {"GET": "get", "HEAD": "get", "POST": "post"}.get(request.method)
    if handler is None or not hasattr(module, handler):
        return not_allowed("GET" if hasattr(module, "get") else "POST")
    return await getattr(module, handler)(station, request)


def not_allowed(allowed):
    """The answer 405."""
    return "This page does not take such a request.", 405, {"Allow": allowed}
