"""The proof of another Wi-Fi, watched from the settings: the same page and the same API as in set-up mode."""

from core.on_demand import load


async def get(station, request):
    """GET /setup (the page) and GET /api/setup."""
    if request.path == "/setup/keep":
        return "Send this as a form.", 405, {"Allow": "POST"}
    state = station.trial.state(seen=True)
    if request.path == "/api/setup":
        return state, 200, {"Cache-Control": "no-store"}
    return station.pages.render(request, "setup.html", load("progress_page").values(station, state, "/settings"))


async def post(station, request):
    """POST /setup/keep: keep settings whose Wi-Fi worked although a later step failed."""
    if request.path != "/setup/keep":
        return "The settings page has a form for this.", 405, {"Allow": "GET"}
    if station.trial.keep():
        return "", 303, {"Location": "/setup"}
    return "There is nothing to keep: the Wi-Fi has not worked yet.", 409
