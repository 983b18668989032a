"""Set-up mode: the web app that a phone meets on the hotspot."""

import json

from microdot import Microdot, Response

from core import captive, form, settings
from core.addresses import base_url
from core.networks import public
from core.on_demand import load

_SEE_TRIAL = ("running", "done")
EARLIEST_PHONE_MS = 1704067200000  # 2024-01-01: a phone that is earlier has no time itself
LATEST_PHONE_MS = 4102444800000  # 2100-01-01


def make_app(parts, notice=""):
    """The Microdot app. notice: a sentence that tells why the hotspot is open, for a device that was in use before."""
    portal = Portal(parts, notice)
    app = Microdot()
    app.foreign_host = portal.answer_foreign_host
    app.get("/")(portal.show_form)
    app.get("/setup")(portal.show_progress)
    app.post("/setup")(portal.take_form)
    app.post("/setup/keep")(portal.keep)
    app.get("/api/networks")(portal.tell_networks)
    app.get("/api/setup")(portal.tell_progress)
    app.get("/static/<name>")(portal.send_file)
    return app


class Portal:
    """Keeps what was typed until it has worked: the phone loses its page each time the hotspot changes channel.

    Of `parts` it uses wifi, trial, pages, clock, board, settings (dict or None) and version. Who may ask at all is the server's business.
    """

    def __init__(self, parts, notice):
        self._parts = parts
        self._notice = notice
        self._draft = dict(parts.settings or settings.DEFAULTS)
        self._typed = {}
        self._other = False

    def answer_foreign_host(self, request):
        """The Response to a request for another host: the probes by which phones look for a page like ours, or noise."""
        if captive.is_noise(request.headers.get("Host", ""), request.path):
            return Response("Not here", 404)
        wifi = self._parts.wifi
        url = base_url(wifi.hotspot_address() or wifi.address(), self._parts.board.HTTP_PORT)
        return Response(captive.redirect_body(url), 302, {"Location": url, "Content-Type": "text/html"})

    # the form

    async def show_form(self, request):
        trial = self._parts.trial.state()
        if trial["state"] in _SEE_TRIAL:
            return _go_to("/setup")
        if request.query_string == "refresh=1":
            await self._parts.wifi.scan()
        notice = trial["error"]["message"] if trial["error"] else self._notice
        return self._form(request, {}, notice)

    def _form(self, request, errors, notice="", status=200):
        values = load("setup_pages").form_values(self._parts, self._draft, self._typed, errors, notice, self._other)
        return self._parts.pages.render(request, "portal.html", values, status)

    async def take_form(self, request):
        fields, problem = form.parse(request.body, request.headers.get("Content-Type", ""))
        if problem:
            return self._refuse(request, {"form": problem})
        self._take_time(fields)
        draft, errors = load("core.settings_form").read_form(fields, self._draft, self._parts.wifi.networks)
        self._draft = draft
        self._typed = {name: form.text(fields[name]) or "" for name in ("ssid", "name") if name in fields and name in errors}
        self._other = fields.get("network") == b"other" and not draft["ssid"]
        if errors:
            return self._refuse(request, errors)
        self._parts.trial.start(draft)
        return _go_to("/setup")

    def _refuse(self, request, errors):
        if "application/json" in request.headers.get("Accept", ""):
            return {"errors": errors}, 400
        return self._form(request, errors, status=400)

    def _take_time(self, fields):
        """The phone's clock serves until a time server answers; a phone that knows none is passed over."""
        digits = fields.get("phone_time", b"")
        if digits.isdigit() and len(digits) == 13 and EARLIEST_PHONE_MS <= int(digits) < LATEST_PHONE_MS:
            self._parts.clock.set(int(digits) // 1000, "phone")

    # the proof

    async def show_progress(self, request):
        values = load("setup_pages").progress_values(self._parts, self._parts.trial.state(seen=True))
        return self._parts.pages.render(request, "setup.html", values)

    async def keep(self, request):
        if self._parts.trial.keep():
            return _go_to("/setup")
        return "There is nothing to keep: the Wi-Fi has not worked yet.", 409

    # for programs and the page's script

    async def tell_progress(self, request):
        return self._parts.trial.state(seen=True)

    async def tell_networks(self, request):
        wifi = self._parts.wifi
        if request.query_string == "refresh=1" and self._parts.trial.state()["state"] != "running":
            wifi.begin_scan()
        return Response(_networks_json(wifi), 200, {"Content-Type": "application/json"})

    async def send_file(self, request, name):
        return self._parts.pages.static(request, name)


def _networks_json(wifi):
    yield '{"scanning": %s, "networks": [' % ("true" if wifi.scanning else "false")
    between = ""
    for network in wifi.networks:
        yield between + json.dumps(public(network))
        between = ", "
    yield "]}"


def _go_to(path):
    return "Continue at " + path, 303, {"Location": path}
