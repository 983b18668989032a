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
    token, wait_s, was_looked_at = load("core.login").log_in(station.access, request.client_addr, password.strip(), now_s)
    if token:
        station.log("Somebody logged in to the settings.")
        return _see("/settings", token, SESSION_S)
    problem = "That was too early."
    if was_looked_at:
        station.log("A wrong device password was entered.")
        problem = "This is not the device password."
    sentence = "%s You can try again in %s." % (problem, "a second" if wait_s == 1 else "%d seconds" % wait_s)
    return ask(station, request, 401 if was_looked_at else 429, sentence, {"Retry-After": str(wait_s)})


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
