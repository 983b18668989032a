"""The settings page: what is set, and its form."""

from microdot import Response

from core.on_demand import load
from core.ssid import shown
from pages import escape

_SENSORS = (("dht22", "DHT22"), ("am2302", "AM2302"), ("dht11", "DHT11"))
_UNITS = (("C", "°C"), ("F", "°F"))
_HTTPS = (("yes", "HTTPS, with the server verified"), ("no", "Plain HTTP"))


async def get(station, request):
    """The page, with what is set now."""
    notice = ""
    if request.query_string == "saved":
        notice = '<p class="ok" role="status">Saved.</p>'
    return _page(station, request, station.settings, {}, notice)


async def post(station, request):
    """Store the form. A changed network is tried first; errors come back beside their fields."""
    fields, problem = load("core.form").parse(request.body, request.content_type or "")
    if problem:
        return _page(station, request, station.settings, {"form": problem}, status=400)
    current = station.settings
    if fields.get("ssid") == shown(current["ssid"]).encode():
        del fields["ssid"]  # what was shown came back: the true bytes may not be text
    draft, errors = load("core.settings_form").read_form(fields, current)
    if errors:
        return _page(station, request, draft, errors, status=400, typed=fields)
    return take(station, request, draft)


def take(station, request, draft):
    """Make `draft` the settings: at once, or after a trial when the Wi-Fi is another one. Returns the redirect to what happens next."""
    current = station.settings
    if (draft["ssid"], draft["password"]) != (current["ssid"], current["password"]):
        station.trial.start(draft)
        return Response("", 303, {"Location": "/setup"})
    needs_restart = draft["sensor"] != current["sensor"]
    try:
        station.save_settings(draft)
    except OSError:
        return _page(station, request, draft, {"form": "The storage is full or damaged: the settings could not be stored."}, status=507)
    if needs_restart:
        station.restart_soon("another sensor was chosen")
        return load("settings_actions").restarting(station, request)
    return Response("", 303, {"Location": "/settings?saved"})


def _page(station, request, settings, errors, notice="", status=200, typed=()):
    values = {
        "notice": _summary(errors, typed) if errors else notice,
        "ssid": escape(shown(settings["ssid"])),
        "name": escape(settings["name"]),
        "interval_s": str(settings["interval_s"]),
        "temperature_offset_c": _offset(settings["temperature_offset_c"]),
        "humidity_offset_pct": _offset(settings["humidity_offset_pct"]),
        "https": _options(_HTTPS, "yes" if settings["https"] else "no"),
        "units": _options(_UNITS, settings["units"]),
        "sensor": _options(_SENSORS, settings["sensor"]),
    }
    for field in errors:
        if field in typed and isinstance(values.get(field), str):
            values[field] = escape(load("core.form").text(typed[field]) or "")  # what was typed stays, to be mended
    return station.pages.render(request, "settings.html", values, status)


def _options(choices, chosen):
    for value, text in choices:
        yield '<option value="%s"%s>%s</option>' % (value, " selected" if value == chosen else "", text)


def _offset(value):
    return ("%.2f" % value).rstrip("0").rstrip(".")


def _summary(errors, typed):
    """What has to be mended; each sentence leads to its field, and the page's script puts it there. typed: the fields that were sent."""
    yield '<div class="problem" role="alert"><h2>Nothing was saved yet</h2><ul>'
    for field, sentence in errors.items():
        yield '<li><a href="#%s">%s</a></li>' % ("ssid" if field == "network" else field, escape(sentence))
    if any(name in typed and typed[name] and name not in errors for name in ("password", "api_key")):
        yield "<li>A password or key is never sent back: please type it again, too.</li>"
    yield "</ul></div>"
