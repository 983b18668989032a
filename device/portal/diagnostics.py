"""Diagnostics, for when something is wrong. Nothing secret stands in them."""

import json

from core.calendar import iso
from microdot.microdot import Response
from portal.readings import problem_of, upload_of


def answer(device):
    """GET /api/diagnostics: one JSON object, a member a piece."""
    return Response(_pieces(device), 200, {"Content-Type": "application/json"})


def _pieces(device):
    between = "{"
    for name, value in _members(device):
        yield '%s"%s": %s' % (between, name, json.dumps(value))
        between = ", "
    yield "}"


def _members(device):
    from core.settings import redacted

    clock, journal, thermometer, server = device.clock, device.open_journal(), device.thermometer, device.server
    settings = device.settings
    yield "version", device.version
    yield "time", iso(clock.now())
    yield "uptime_s", clock.uptime_s()
    yield "reset_cause", device.reset_cause
    yield "restarts", device.restarts
    yield "mode", device.mode
    yield "problem", problem_of(device)
    memory = {"heap_free": device.heap_free, "idf_heap_free": device.idf_heap_free, "idf_heap_largest": device.idf_heap_largest}
    memory["flash_free"] = device.flash_free
    yield "memory", memory
    yield "clock", {"source": clock.source, "session": clock.session}
    yield "journal", {"first": journal.first, "end": journal.end, "waiting": journal.waiting(), "damaged": journal.damaged}
    yield "upload", upload_of(device)
    yield "settings", redacted(settings) if settings else None
    secrets = [device.state["hotspot_password"]] + ([settings["password"], settings["api_key"]] if settings else [])
    yield "crashes", _without(secrets, device.crashes())
    yield "events", _without(secrets, device.log.lines)
    counters = {"reads": thermometer.reads, "failures": thermometer.failures, "rejected": thermometer.rejected}
    counters["answered"], counters["busy"], counters["wifi_losses"] = server.answered, server.busy, device.wifi.losses
    yield "counters", counters


def _without(secrets, value):
    """`value` without the secrets in its texts: these were written by chance, and names of members stay whole."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "[hidden]") if secret else value
        return value
    if isinstance(value, list):
        return [_without(secrets, one) for one in value]
    if isinstance(value, dict):
        return {name: _without(secrets, one) for name, one in value.items()}
    return value
