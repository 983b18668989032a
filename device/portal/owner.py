"""The owner: logs in and out, restarts the board, erases what is on it."""

from portal.settings import done, sent


def act(device, request, what):
    """POST /api/restart, /api/setup-mode, /api/erase. The answer goes out first."""
    if what == "restart":
        device.restart_soon("asked for")
    elif what == "setup-mode":
        device.memory.set("setup_wanted", 1)  # settings and readings stay
        device.restart_soon("set-up was asked for")
    else:
        part = sent(device, request).get("what")
        if part not in ("everything", "readings", "settings"):
            return {"errors": {"what": "not_a_choice"}}, 400
        device.restart_soon("erased", part)
    return {"state": "restarting"}, 202


def log_in(device, request):
    """POST /login with the device password: 401 for a wrong one, 429 for one that comes too early to be looked at."""
    password = sent(device, request).get("password", "").strip()
    token, wait_s = device.access.log_in(request.client_addr[0], password, device.clock.uptime_s())
    if wait_s:
        return {"error": "too_many_tries"}, 429, {"Retry-After": str(wait_s)}
    if not token:
        device.log("A wrong device password was entered")
        return {"error": "wrong_password"}, 401
    device.log("Somebody logged in")
    return _with_cookie(request, token, 86400, "logged_in", "/settings")


def log_out(device, request):
    """POST /logout."""
    device.access.log_out(request.cookies.get("dewlog"))
    return _with_cookie(request, "", 0, "logged_out", "/readings")


def _with_cookie(request, token, age_s, state, path):
    body, status, headers = done(request, state, path)
    headers["Set-Cookie"] = "dewlog=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict" % (token, age_s)
    return body, status, headers
