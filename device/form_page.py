"""The set-up form as it stands on the page."""

from core.networks import find, is_supported, security_note
from core.ssid import shown
from pages import escape

_INTERVALS = (
    (15, "every 15 seconds"),
    (30, "every 30 seconds"),
    (60, "every minute"),
    (120, "every 2 minutes"),
    (300, "every 5 minutes"),
    (600, "every 10 minutes"),
    (900, "every 15 minutes"),
    (1800, "every 30 minutes"),
    (3600, "every hour"),
    (21600, "every 6 hours"),
    (86400, "once a day"),
)
_FIELDS = ("ssid", "password", "api_key", "interval_s", "name", "units")


def show(portal, request, errors, notice="", status=200):
    """The Response. errors: {field: sentence}. notice: a sentence or ""."""
    return portal.parts.pages.render(request, "portal.html", _values(portal.parts, portal, errors, notice), status)


def _values(parts, portal, errors, notice):
    networks, draft, typed = parts.wifi.networks, portal.draft, portal.typed
    values = {
        "hotspot": escape(parts.wifi.hotspot_name),
        "version": escape(parts.version),
        "notice_hidden": _hidden(not notice),
        "notice": escape(notice),
        "errors_hidden": _hidden(not errors),
        "error_list": _error_list(errors),
        "networks": _network_cards(networks, draft["ssid"]),
        "scan_note": _scan_note(parts.wifi),
        "other_checked": _checked(portal.other or not (networks or draft["ssid"])),
        "ssid": escape(typed.get("ssid", "")),
        "password_kept_hidden": _hidden(not draft["password"]),
        "api_key_kept_hidden": _hidden(not draft["api_key"]),
        "interval_options": _interval_options(draft["interval_s"]),
        "name": escape(typed.get("name", draft["name"])),
        "units_c": _checked(draft["units"] == "C"),
        "units_f": _checked(draft["units"] == "F"),
    }
    for name in _FIELDS:
        values[name + "_error"] = escape(errors.get(name, ""))
        values[name + "_invalid"] = "true" if name in errors else "false"
    return values


def _error_list(errors):
    for name, sentence in errors.items():
        if name == "form":
            yield "<li>%s</li>" % escape(sentence)
        else:
            yield '<li><a href="#%s">%s</a></li>' % (name, escape(sentence))


def _network_cards(networks, chosen):
    if chosen and not find(networks, chosen):
        yield _card(chosen, "checked", 0, "not in sight now")
    for network in networks:
        state = "disabled" if not is_supported(network) else _checked(network["ssid"] == chosen)
        if network["security"] == "open":
            state += " data-open"
        yield _card(network["ssid"], state, network["bars"], security_note(network))


def _card(ssid, state, bars, note):
    return (
        '<label><input type="radio" name="network" value="%s" %s><bdi>%s</bdi><i data-bars="%d">%d of 4 bars</i><small>%s</small></label>'
    ) % (ssid.hex(), state, escape(shown(ssid)), bars, bars, note)


def _scan_note(wifi):
    if wifi.scanning:
        return "Searching for networks …"
    return "" if wifi.networks else "No networks found. Dewlog sees 2.4 GHz networks only; move it closer to the router and search again."


def _interval_options(chosen_s):
    if all(seconds != chosen_s for seconds, _ in _INTERVALS):
        yield '<option value="%d" selected>every %d seconds</option>' % (chosen_s, chosen_s)
    for seconds, words in _INTERVALS:
        yield '<option value="%d" %s>%s</option>' % (seconds, "selected" if seconds == chosen_s else "", words)


def _hidden(condition):
    return "hidden" if condition else ""


def _checked(condition):
    return "checked" if condition else ""
