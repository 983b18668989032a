"""The settings as a file: to keep, and to bring back after a look at what would change."""

import json

from microdot import Response

from core.on_demand import load
from core.ssid import shown
from pages import escape

_WORDS = {
    "ssid": "Network",
    "password": "Wi-Fi password",
    "api_key": "Write API Key",
    "interval_s": "Interval in s",
    "name": "Name",
    "units": "Units",
    "sensor": "Sensor",
    "temperature_offset_c": "Temperature correction",
    "humidity_offset_pct": "Humidity correction",
    "https": "HTTPS",
}


async def post(station, request):
    """POST /settings/download, /settings/restore (shows the difference) or /settings/apply (takes what was shown)."""
    fields, problem = load("core.form").parse(request.body)
    if problem:
        return _refuse(station, request, problem)
    if request.path == "/settings/download":
        return _download(station.settings, fields.get("secrets") == b"yes")
    if request.path == "/settings/restore":
        return _restore(station, request, fields.get("text", b""))
    draft, station.draft = station.draft, None
    if draft is None:
        return _refuse(station, request, "There is no checked file to apply any more. Check it again.")
    return load("settings_page").take(station, request, draft)


def _download(settings, with_secrets):
    rules = load("core.settings")
    text = rules.to_json(settings) if with_secrets else json.dumps(rules.redacted(settings))
    return Response(text, 200, {"Content-Type": "application/json", "Content-Disposition": 'attachment; filename="dewlog-settings.json"'})


def _restore(station, request, text):
    try:
        draft = load("core.settings").from_json(text.decode(), station.settings)
    except UnicodeError:
        return _refuse(station, request, "This file is not text.")
    except ValueError as error:
        return _refuse(station, request, error.args[0])
    if draft["api_key"] != station.settings["api_key"]:
        draft["channel_id"] = None
    changes = _changes(station.settings, draft)
    if not changes:
        same = '<p class="ok" role="status">These are the settings that Dewlog has already.</p>'
        return _message(station, request, "No difference", same)
    station.draft = draft  # stays here: a page would have to send the secrets back
    return _message(station, request, "What would change", _difference(changes))


def _changes(current, draft):
    """[(name, text now, text then)] of what differs; a secret's value is not told."""
    changes = []
    for name in _WORDS:
        if current[name] == draft[name]:
            continue
        if name in ("password", "api_key"):
            changes.append((name, "one" if current[name] else "none", "another one" if draft[name] else "none"))
        elif name == "ssid":
            changes.append((name, shown(current[name]), shown(draft[name])))
        else:
            changes.append((name, str(current[name]), str(draft[name])))
    return changes


def _difference(changes):
    yield '<section><table><thead><tr><th scope="col">Setting</th><th scope="col">Now</th><th scope="col">Then</th></tr></thead><tbody>'
    for name, now, then in changes:
        yield "<tr><td>%s</td><td><del>%s</del></td><td><ins>%s</ins></td></tr>" % (_WORDS[name], escape(now), escape(then))
    yield '</tbody></table></section><form method="post" action="/settings/apply"><button class="whole">Use these settings</button></form>'


def _refuse(station, request, sentence):
    return _message(station, request, "This file cannot be used", '<p class="problem" role="alert">%s</p>' % escape(sentence), 400)


def _message(station, request, title, body, status=200):
    return station.pages.render(request, "message.html", {"title": title, "body": body}, status)
