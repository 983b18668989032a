"""The settings, how the last update went, and the diagnostics for when something is wrong. Nothing secret stands in them."""

from core.on_demand import Borrowed
from core.timestamps import iso
from portal.exchange import pieces


def told(device, request, path):
    """GET /api/settings, and GET /api/diagnostics, which begins with what /api/readings tells. On the hotspot everybody may see that."""
    if not request.may_change and (path != "api/diagnostics" or request.door != "hotspot"):
        return {"error": "login_needed"}, 401
    if path == "api/update":
        return device.records().last_update()
    return pieces(members(device, path))


def members(device, path):
    settings = device.settings
    if path == "api/settings":
        yield from _shown(settings).items()
        yield "lease", device.wifi.station.ifconfig()
        yield "pins", device.board.SENSOR_PINS
        return
    with Borrowed():
        from portal import readings
    for name, value in readings.members(device):
        if name == "device":
            for fact in value:
                yield fact, value[fact]
        elif name not in ("time", "settings"):
            yield name, value
    readings = None
    clock, journal, server = device.clock, device.open_journal(), device.server
    yield "time", iso(clock.now())
    yield "session", clock.session
    yield "journal", {"first": journal.first, "end": journal.end, "waiting": journal.waiting(), "damaged": journal.damaged}
    yield "settings", settings and _shown(settings)  # one after the other: together they take more than there is
    secrets = [device.state["hotspot_password"]]
    if settings:
        secrets += [settings["password"], settings["api_key"]] + [password for _, password in settings["networks"]]
    records = device.records()
    yield "update", records.last_update()
    yield "crashes", _without(secrets, records.crashes())
    records = None
    yield "events", _without(secrets, device.log.lines)
    counters = {"answered": server.answered, "busy": server.busy, "wifi_losses": device.wifi.losses, "radio_resets": device.wifi.resets}
    counters["wifi_restarts"] = device.memory.get("wifi_restarts")
    yield "counters", counters


def _shown(settings):
    with Borrowed():
        from core.settings import DEFAULTS
        from core.text import redacted

        return redacted(settings or DEFAULTS)


def _without(secrets, value):
    """`value` without the secrets in its texts: these were written by chance, and names of members stay whole."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "[hidden]") if secret else value
    elif isinstance(value, list):
        value = [_without(secrets, one) for one in value]
    elif isinstance(value, dict):
        value = {name: _without(secrets, one) for name, one in value.items()}
    return value
