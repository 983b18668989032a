"""Set-up mode: the web app that a phone meets on the hotspot."""

from core import captive
from core.addresses import base_url
from core.on_demand import load, paged
from every_path import route
from microdot import Microdot, Response

HANDLERS = {
    "GET ": "show_form",
    "GET setup": "show_progress",
    "POST setup": "take_form",
    "POST setup/keep": "keep",
    "GET api/networks": "tell_networks",
    "GET api/setup": "tell_progress",
}
"""Method and path: who answers."""

SHOWN_AS_PROGRESS = ("running", "done")


@paged
def make_app(portal):
    """The Microdot app over `portal`. Who may ask at all is the server's business."""
    app = Microdot()
    app.foreign_host = lambda request: portal.answer_foreign_host(request)
    route(app, portal.answer)
    return app


class Portal:
    """Keeps what was typed until it has worked: the phone loses its page each time the hotspot changes channel.

    notice: a sentence that tells why the hotspot is open, for a device that was in use before. draft: settings as far as they are known;
    those handed in are tried from the start. typed: {field: text} that could not be taken over. other: "other network" was chosen.

    Of `parts` it uses wifi, trial, pages, clock, board, settings (dict or None) and version.
    """

    @paged
    def __init__(self, parts, notice="", draft=None):
        self.parts = parts
        self.notice = notice
        self.draft = dict(draft or parts.settings or load("core.settings").DEFAULTS)
        self.typed = {}
        self.other = False
        self._asks_trial = bool(draft)  # nobody needs it in memory before something is tried, or its page opened

    @paged
    def answer_foreign_host(self, request):
        """The Response to a request for another host: the probes by which phones look for a page like ours, or noise."""
        if captive.is_noise(request.headers.get("Host", ""), request.path):
            return Response("Not here", 404)
        wifi = self.parts.wifi
        board = self.parts.board
        url = board.HOTSPOT_URL + "/" if board.HOTSPOT_URL else base_url(wifi.hotspot_address() or wifi.address(), board.HTTP_PORT)
        return Response(captive.redirect_body(url), 302, {"Location": url, "Content-Type": "text/html"})

    async def answer(self, request):
        path = request.path[1:]
        method = "GET" if request.method == "HEAD" else request.method
        name = HANDLERS.get("%s %s" % (method, path))
        if name:
            return await getattr(self, name)(request)
        if path.startswith("static/") and method == "GET":
            return self.parts.pages.static(request, path[7:])
        for allowed in ("GET", "POST"):
            if "%s %s" % (allowed, path) in HANDLERS:
                return "This page does not take such a request.", 405, {"Allow": allowed}
        return "There is no such page.", 404

    @paged
    async def show_form(self, request):
        notice = self.notice
        if self._asks_trial:
            progress = self._trial().state()
            if progress["state"] in SHOWN_AS_PROGRESS:
                return go_to("/setup")
            notice = progress["error"]["message"] if progress["error"] else notice
        if request.query_string == "refresh=1":
            await self.parts.wifi.scan()
        return load("form_page").show(self, request, {}, notice)

    @paged
    async def take_form(self, request):
        errors = load("setup_form").take(self, request)
        if not errors:
            self._trial().start(self.draft)
            return go_to("/setup")
        if accepts_json(request.headers):
            return {"errors": errors}, 400
        return load("form_page").show(self, request, errors, status=400)

    @paged
    async def show_progress(self, request):
        values = load("progress_page").values(self.parts, self._trial().state(seen=True))
        return self.parts.pages.render(request, "setup.html", values)

    @paged
    async def keep(self, request):
        if self._trial().keep():
            return go_to("/setup")
        return "There is nothing to keep: the Wi-Fi has not worked yet.", 409

    @paged
    async def tell_progress(self, request):
        return self._trial().state(seen=True)

    def _trial(self):
        self._asks_trial = True
        return self.parts.trial

    @paged
    async def tell_networks(self, request):
        wifi = self.parts.wifi
        if request.query_string == "refresh=1" and not wifi.held:
            wifi.begin_scan()
        pieces = load("core.networks").to_json(wifi.networks, wifi.scanning)
        return Response(pieces, 200, {"Content-Type": "application/json"})


def accepts_json(headers):
    """True for a program: it says so, or it sent JSON itself and does not ask for a page."""
    accepted = headers.get("Accept", "").lower()
    return "application/json" in accepted or "json" in headers.get("Content-Type", "").lower() and "text/html" not in accepted


def go_to(path):
    return "Continue at " + path, 303, {"Location": path}
