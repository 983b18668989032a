"""The proof of new settings as it stands on the page."""

from pages import escape

_TITLES = {
    "idle": "Nothing to check yet",
    "running": "Checking your set-up",
    "done": "Dewlog is ready",
    "failed": "Not there yet",
}


_STEPS = {"wifi": "Wi-Fi", "address": "Address", "internet": "Internet", "sensor": "Sensor", "thingspeak": "ThingSpeak"}


def values(parts, state, form_path="/"):
    """For setup.html. state: what `GET /api/setup` answers. form_path: where the entries can be changed."""
    word = state["state"]
    error = state["error"] or {"message": state["message"] or "", "advice": ""}
    texts = {
        "device": "%s · Dewlog %s" % (escape(parts.wifi.hotspot_name), escape(parts.version)),
        "state": word,
        "way": "hotspot" if form_path == "/" else "home",
        "title": _TITLES[word],
        "form_path": form_path,
        "refresh": '<noscript><meta http-equiv="refresh" content="3"></noscript>' if word == "running" else "",
        "message": escape(error["message"]),
        "advice": escape(error["advice"]),
        "keep_hidden": _hidden(not state["can_keep"]),
        "address_hidden": _hidden(not state["address"]),
        "channel_hidden": _hidden(not state["channel_url"]),
        "hotspot": escape(parts.wifi.hotspot_name),
        "steps": _steps(state["steps"]),
    }
    for name in ("ssid", "hostname", "address_url", "hostname_url", "channel_url"):
        texts[name] = escape(state[name] or "")
    return texts


def _steps(steps):
    for step in steps:
        name, word = step["name"], step["state"]
        parts = name, word, _STEPS[name], word, escape(step["detail"])
        yield '<li data-step="%s" data-state="%s"><b>%s</b> <i>%s</i><p>%s</p></li>' % parts


def _hidden(condition):
    return "hidden" if condition else ""
