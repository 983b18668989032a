"""What the board can be told to do: restart, go back to set-up, forget everything."""

from core.on_demand import load

_BACK_SOON = '<p class="note" data-waiting>Dewlog is back in about ten seconds; this page then shows the readings.</p>'
_REFRESH = '<noscript><meta http-equiv="refresh" content="15; url=/readings"></noscript>'
_HOTSPOT = (
    '<p class="note">The hotspot on the label opens in some seconds: join it with your phone, then open http://192.168.4.1/. '
    "Settings and readings stay.</p>"
)
_UNCONFIRMED = '<p class="problem" role="alert">Tick "Yes, erase this device" first, then erase.</p>'
_ERASING = '<p class="note">Settings and readings are deleted. The hotspot on the label opens in some seconds, as on the first day.</p>'


async def post(station, request):
    """POST /settings/restart, /settings/setup or /settings/erase."""
    if request.path == "/settings/restart":
        station.restart_soon("asked for on the settings page")
        return restarting(station, request)
    if request.path == "/settings/setup":
        station.open_setup_soon()
        return _message(station, request, "Going back to set-up", _HOTSPOT)
    fields, problem = load("core.form").parse(request.body)
    if problem or fields.get("confirm") != b"yes":
        return _message(station, request, "Nothing was erased", _UNCONFIRMED, status=400)
    station.erase_soon()
    return _message(station, request, "Erasing", _ERASING)


def restarting(station, request):
    """The page that waits for the restart and then shows the readings."""
    return _message(station, request, "Restarting", _BACK_SOON, _REFRESH)


def _message(station, request, title, body, refresh="", status=200):
    return station.pages.render(request, "message.html", {"title": title, "body": body, "refresh": refresh}, status)
