"""The owner: logs in and out, keeps what was tried, restarts the board, erases what is on it."""

from core.on_demand import Borrowed
from micropython import const
from portal.settings import done, sent
from portal.site import same

_SESSIONS = const(4)
_PEERS = const(8)


def act(device, request, path):
    """The answer to a POST other than portal/settings.py's. One that leads to a restart goes out first."""
    request.visit.done = True
    if path == "login":
        return _log_in(device, request)
    if path == "logout":
        token = request.cookies.get("dewlog", "")
        device.sessions = [session for session in device.sessions if not same(token, session[0])]
        return _with_cookie(request, "", 0, "logged_out", "/readings")
    if path[:6] == "setup/":  # keep what was not wholly proven, or try the same entries again
        with Borrowed():
            from trial import keep, retry
        if not (keep if path == "setup/keep" else retry)(device):
            return {"error": "busy"}, 409
        return done(request, device.trial.told["state"], "/setup")
    if path == "api/restart":
        device.restart_soon("asked for")
    elif path == "api/setup-mode":
        device.memory.set("setup_wanted", 1)  # settings and readings stay
        device.restart_soon("set-up was asked for")
    else:
        part = sent(device, request).get("what")
        if part not in ("everything", "readings", "settings"):
            return {"errors": {"what": "not_a_choice"}}, 400
        device.restart_soon("erased", part)
    return {"state": "restarting"}, 202


def _log_in(device, request):
    """POST /login with the device password: 401 for a wrong one, 429 for one that comes too early to be looked at.

    Wrong passwords make only the address they come from wait: 1, 2, 4 ... 60 s. With 10 random characters that is plenty.
    """
    password = sent(device, request).get("password", "").strip()
    peer, now = request.client_addr[0], device.clock.uptime_s()
    count = not_before = 0
    others = []
    for entry in device.wrong_passwords:
        if entry[0] == peer:
            _, count, not_before = entry
        else:
            others.append(entry)
    if not_before > now:
        return {"error": "too_many_tries"}, 429, {"Retry-After": str(not_before - now)}
    device.wrong_passwords = others
    if not same(password, device.state["hotspot_password"]):
        device.wrong_passwords = others[-_PEERS + 1 :] + [(peer, count + 1, now + min(1 << min(count, 6), 60))]
        device.log("A wrong device password was entered")
        return {"error": "wrong_password"}, 401
    token = device.random_bytes(16).hex()
    device.sessions = device.sessions[-_SESSIONS + 1 :] + [[token, now]]
    device.log("Somebody logged in")
    return _with_cookie(request, token, 86400, "logged_in", "/settings")


def _with_cookie(request, token, age_s, state, path):
    body, status, headers = done(request, state, path)
    headers["Set-Cookie"] = "dewlog=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict" % (token, age_s)
    return body, status, headers
