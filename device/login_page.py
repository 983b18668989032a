"""The log-in page: the way to the settings, and out again."""

from microdot import Response

from core.access import COOKIE
from core.on_demand import load
from pages import escape

SESSION_S = 24 * 3600


async def get(station, request):
    """The page."""
    if request.path == "/logout":
        return "Send this as a form.", 405, {"Allow": "POST"}
    return ask(station, request, 200)


async def post(station, request):
    """Log in with the field `password`, or (POST /logout) out."""
    if request.path == "/logout":
        load("core.login").log_out(station.access, request.cookies.get(COOKIE))
        return _see("/readings", "", 0)
    fields, problem = load("core.form").parse(request.body)
    if problem:
        return ask(station, request, 400, problem)
    try:
        password = fields.get("password", b"").decode()
    except UnicodeError:
        password = ""
    now_s = station.clock.uptime_s()
    too_early = now_s < station.access.not_before  # nothing is looked at then
    token, wait_s = load("core.login").log_in(station.access, password.strip(), now_s)
    if token:
        station.log("Somebody logged in to the settings.")
        return _see("/settings", token, SESSION_S)
    if not too_early:
        station.log("A wrong device password was entered.")
    problem = "That was too early." if too_early else "This is not the device password."
    sentence = "%s You can try again in %s." % (problem, "a second" if wait_s == 1 else "%d seconds" % wait_s)
    return ask(station, request, 403, sentence, {"Retry-After": str(wait_s)})


def ask(station, request, status=401, problem="", headers=None):
    """The log-in page, with a sentence about what went wrong."""
    values = {
        "name": escape(station.settings["name"]),
        "problem": escape(problem),
        "problem_hidden": "" if problem else " hidden",
    }
    return station.pages.render(request, "login.html", values, status, headers)


def _see(location, token, age_s):
    cookie = "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict" % (COOKIE, token, age_s)
    return Response("", 303, {"Location": location, "Set-Cookie": [cookie]})
