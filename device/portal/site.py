"""The site: who is let in, and what is at each path. Groups of paths have modules of their own, imported when they are first asked for."""

from hashlib import sha256

from microdot import HTTPException, Microdot, Request, Response
from micropython import const

from core.on_demand import ALL_BYTES, forget_failed
from portal.exchange import Exchange

_ANSWER_S = const(15)
_SESSION_IDLE_S = const(86400)
_LARGE = const(" api/networks api/history readings.csv metrics api/diagnostics api/settings ")
_ROOM_BYTES = const(10 * 1024)  # what the largest answers take, with modules that are not here yet

ENDLESS = {"text/event-stream": 2, "text/csv; charset=utf-8": 1}
"""How many answers of these kinds may run at once, without an end: one place always stays free for a page."""
CHANGE = " /setup /setup/keep /setup/retry /login /logout /api/settings /api/restart /api/setup-mode /api/erase /api/update "

# What home routers put behind a device's name. Nobody can register a name below the first ones, which are not delegated in the public
# DNS; the last four belong to who makes the router or runs the network.
_HOME = const(
    " local lan home localdomain internal intranet private corp localnet router gateway openwrt station modem ip "
    "home.arpa fritz.box attlocal.net mshome.net "
)


class Site(Microdot):
    """The web app over `device` (app.Device). A request has `door`, and `may_change`: change something, and see what is private."""

    def __init__(self, device):
        super().__init__()
        Request.max_body_length, Request.max_content_length = 2048, 512 * 1024  # portal/exchange.py has set limits before
        self.device = device
        self.route("/<re:.*:path>", ("GET", "POST"))(answer)
        self.options_handler = None  # one path may take less than another
        self.error_handlers = {405: answer, Exception: failed}

    async def attend(self, connection, piece):
        """Read the request that begins with `piece`, and answer it. Raises OSError, EOFError, MemoryError."""
        exchange = Exchange(connection, piece)
        try:
            request = await Request.create(self, exchange, exchange, connection.peer)
        except (HTTPException, ValueError, IndexError) as refusal:
            return await exchange.answer(Response({"error": getattr(refusal, "reason", "damaged")}, getattr(refusal, "status_code", 400)))
        request.visit = connection
        connection.asking = False
        connection.left_s = _ANSWER_S
        try:
            return await self._send(request, exchange)
        except MemoryError:  # what is free may lie in pieces that are too small: once more, without what answered others
            if connection.begun or connection.done:
                raise
            connection.endless = None  # it has its place anew
        await self.device.server.be_alone()
        self.device.has_room(ALL_BYTES)
        await self._send(request, exchange)

    def event(self):
        """The next event of a live stream, in pieces."""
        from portal.readings import event

        return event(self.device)

    async def _send(self, request, exchange):
        response = await self._answer(request)
        if response is Response.already_handled:
            raise MemoryError
        body = response.body
        response.is_head = request.method == "HEAD"
        try:
            if not response.is_head:
                self._take_place(request.visit, response.headers.get("content-type"))
            await exchange.answer(response)
        finally:
            if hasattr(body, "close"):
                body.close()  # one that is read from a file or a generator ends here, however far it came

    async def _answer(self, request):
        device, headers = self.device, request.headers
        wifi = device.wifi
        names = wifi.hostname, wifi.address(), wifi.hotspot_address()
        request.door = door(request.client_addr[0], names[2])
        # The hotspot's password, which is the device's, has been proven there, or there is nothing to protect yet.
        is_open = request.door == "hotspot" and not (device.settings and device.board.OPEN_HOTSPOT)
        request.may_change = is_known(request.cookies.get("dewlog"), device.sessions, device.clock.uptime_s()) or is_open
        host = headers.get("host", "")
        if not host_allowed(host, *names):
            from portal.pages import foreign_host

            return foreign_host(request, *names)
        if len(request.path) > 64:  # none of ours, and deep recursion for a regular expression
            return Response({"error": "too_long"}, 414)
        if request.method not in ("GET", "HEAD"):
            ours = "http://" + host.lower()
            # Browsers always send an origin, scripts do not.
            if headers.get("origin", ours).lower() != ours or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
                return Response({"error": "foreign_origin"}, 403)
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
                connection.done = True  # nobody gives way to a second try
                raise MemoryError
            connection.endless = kind


async def answer(request, path="?"):
    """The Response to every request. The path stays "?", where nothing is, for a method that nothing here knows."""
    device, is_change = request.app.device, request.method == "POST"
    try:
        if not is_change and " %s " % path in _LARGE:
            await device.server.wait_for_room(request.visit, _ROOM_BYTES)
        found = await change(device, request, path) if is_change else read(device, request, path)
        if found is None:
            from portal.pages import unfit

            found = unfit(request)
        if isinstance(found, Response):
            return found
        return Response(*found) if isinstance(found, tuple) else Response(found, 200, {"Content-Type": "application/json"})
    except MemoryError:  # Microdot would print it
        forget_failed()
        return Response.already_handled


def read(device, request, path):
    """What is at a path, None if nothing is there."""
    folder, _, name = path.rpartition("/")
    version = ""
    if folder != "static":
        if path not in ("", "setup", "readings", "settings", "login"):
            return document(device, request, path)
        if not path and device.mode != "setup":
            return Response.redirect("/readings")
        if path == "setup" and device.trial and "form" not in request.args:
            path = "proof"
        name, version = (path or "setup") + ".html", device.version.split()[-1]
    from portal.pages import send

    return send(request, name, version)


def document(device, request, path):
    """The same for what scripts and other programs read."""
    if path in ("api/readings", "api/events"):
        from portal.readings import told
    elif path in ("api/networks", "api/setup", "setup/verdict"):
        from portal.setup import told
    elif path == "api/history":
        from portal.history import told
    elif path in ("readings.csv", "metrics"):
        from portal.exports import told
    elif path in ("api/settings", "api/diagnostics", "api/update"):
        from portal.diagnostics import told
    else:
        return None
    return told(device, request, path)


async def change(device, request, path):
    """The same for a POST."""
    if " %s " % request.path not in CHANGE:
        return None
    if path not in ("login", "logout") and not request.may_change:
        return {"error": "login_needed"}, 401
    if path in ("setup", "api/settings"):
        from portal.settings import take

        return await take(device, request)
    if path == "api/update":
        return await device.slots().receive(device, request)
    from portal.owner import act

    return act(device, request, path)


def failed(request, failure):
    request.app.device.log("http: %s failed, %r" % (request.path, failure))
    return {"error": "failed"}, 500


def host_allowed(host, hostname, *addresses):
    """True when a Host header means this device: one of its addresses, its `hostname` alone or with the ending of a home network, or
    this machine; with any port. A page of another name that points here (DNS rebinding) is refused."""
    name, colon, port = host.lower().partition(":")
    name = name.rstrip(".")
    if colon and not port.isdigit():
        return False
    first, _, suffix = name.partition(".")
    if first != hostname.lower():
        return name in addresses + ("127.0.0.1", "localhost")
    return not suffix or " %s " % suffix in _HOME or " %s " % suffix.split(".")[-1] in _HOME


def door(peer, hotspot):
    """Which door the address `peer` is behind, "hotspot" or "home". hotspot: its own address among its 256, or None while it is closed."""
    return "hotspot" if hotspot and hotspot.rpartition(".")[0] == peer.rpartition(".")[0] else "home"


def is_known(token, sessions, now):
    """Whether `token` (or None) is that of a session, which goes on by that. sessions: lists of [token, uptime in s when last seen]."""
    for session in sessions:
        if token and same(token, session[0]) and now - session[1] <= _SESSION_IDLE_S:
            session[1] = now
            return True
    return False


def same(left, right):
    """Compared by their hashes: how long it takes says nothing about the texts."""
    return sha256(left.encode()).digest() == sha256(right.encode()).digest()
