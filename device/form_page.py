"""The set-up form as it stands on the page."""

from core.networks import find, is_supported, security_note
from core.ssid import shown, to_id
from pages import escape

_KEPT = '<p class="hint" id="%s-kept">What you entered is kept on Dewlog: leave this empty to use it again.</p>'


def show(portal, request, errors, notice="", status=200):
    """The Response. errors: {field: sentence}. notice: a sentence or ""."""
    return portal.parts.pages.render(request, "portal.html", _values(portal.parts, portal, errors, notice), status)


def _values(parts, portal, errors, notice):
    networks, draft, typed = parts.wifi.networks, portal.draft, portal.typed
    return {
        "device": "%s · Dewlog %s" % (escape(parts.wifi.hotspot_name), escape(parts.version)),
        "notice": escape(notice),
        "errors": _summary(errors) if errors else "",
        "networks": _network_cards(networks, draft["ssid"]),
        "scan_note": _scan_note(parts.wifi),
        "other": _checked(portal.other or not (networks or draft["ssid"])),
        "ssid": ' value="%s"%s' % (escape(typed.get("ssid", "")), _ending("ssid", errors)),
        "password": _ending("password", errors, draft["password"]),
        "api_key": _ending("api_key", errors, draft["api_key"]),
        "interval": '%d" selected>every %d seconds' % (draft["interval_s"], draft["interval_s"]),
        "name": ' value="%s"%s' % (escape(typed.get("name", draft["name"])), _ending("name", errors)),
        "fahrenheit": _checked(draft["units"] == "F"),
    }


def _summary(errors):
    yield "<h2>Please look at this again</h2><ul>"
    for name, sentence in errors.items():
        if name == "form":
            yield "<li>%s</li>" % escape(sentence)
        else:
            yield '<li><a href="#%s">%s</a></li>' % (name, escape(sentence))
    yield "</ul>"


def _ending(name, errors, kept=""):
    """The end of the tag of the input `name`, but for its ">", with the sentences that follow it. kept: what was typed before."""
    text = ' aria-invalid="true">' if name in errors else ">"
    if name in errors:
        text += '<p class="error" id="%s-error">%s</p>' % (name, escape(errors[name]))
    if kept:
        text += _KEPT % name
    return text[:-1]


def _network_cards(networks, chosen):
    """Short, because there may be twenty: the style sheet draws the bars, the lock and the line."""
    if chosen and not find(networks, chosen):
        yield _card(chosen, '"b0 off"', " checked", "not in sight now")
    for network in networks:
        kind, state, note = "b%d", _checked(network["ssid"] == chosen), ""
        if network["security"] == "open":
            kind = '"b%d open"'
        elif not is_supported(network):
            kind, state, note = '"b%d off"', " disabled", security_note(network)
        yield _card(network["ssid"], kind % network["bars"], state, note)


def _card(ssid, kind, state, note):
    name = shown(ssid).replace("&", "&amp;").replace("<", "&lt;")  # between tags nothing else means anything
    parts = kind, to_id(ssid), state, name, "<small>%s</small>" % note if note else ""
    return '<label class=%s><input type=radio name=network value="%s"%s><bdi>%s</bdi>%s</label>' % parts


def _scan_note(wifi):
    if wifi.scanning:
        return "Searching for networks …"
    if wifi.networks:
        return ""
    return "No networks found yet: search again. Dewlog sees 2.4 GHz networks only, and some only closer to the router."


def _checked(condition):
    return " checked" if condition else ""
