"""The proof of new settings as it stands on the page."""

from pages import escape

_TITLES = {
    "idle": "Nothing is being checked",
    "running": "Checking your set-up",
    "done": "Dewlog is ready",
    "failed": "Not there yet",
}


def values(parts, state, form_path="/"):
    """For setup.html. state: what `GET /api/setup` answers. form_path: where the entries can be changed."""
    word = state["state"]
    error = state["error"] or {"message": "", "advice": ""}
    counting = state["restart_in_s"] is not None
    texts = {
        "hotspot": escape(parts.wifi.hotspot_name),
        "version": escape(parts.version),
        "state": word,
        "title": _TITLES[word],
        "form_path": form_path,
        "refresh": '<noscript><meta http-equiv="refresh" content="3"></noscript>' if word == "running" else "",
        "message": escape(error["message"] or state["message"] or ""),
        "advice": escape(error["advice"]),
        "keep_hidden": _hidden(not state["can_keep"]),
        "ssid": escape(state["ssid"] or ""),
        "address_hidden": _hidden(not state["address"]),
        "channel_hidden": _hidden(not state["channel_url"]),
        "restart_in_s": str(state["restart_in_s"]) if counting else "",
    }
    for name in ("address_url", "hostname_url", "channel_url"):
        texts[name] = escape(state[name] or "")
    for name in _TITLES:
        texts[name + "_hidden"] = _hidden(name != word)
    for step in state["steps"]:
        texts[step["name"] + "_state"] = step["state"]
        texts[step["name"] + "_detail"] = escape(step["detail"])
    return texts


def _hidden(condition):
    return "hidden" if condition else ""
