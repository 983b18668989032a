"""The set-up form as a phone sends it."""

from core import form
from core.settings import DEFAULTS
from core.settings_form import read_form

EARLIEST_MS = 1704067200000  # 2024-01-01: a phone that is earlier has no time itself
LATEST_MS = 4102444800000  # 2100-01-01


def take(portal, request):
    """Take what was typed into the portal's draft. Returns errors, {field: sentence}, empty when it can be tried."""
    fields, problem = form.parse(request.body, request.headers.get("Content-Type", ""))
    if problem:
        return {"form": problem}
    _take_time(fields, portal.parts.clock)
    draft, errors = read_form(fields, _start(portal, fields), portal.parts.wifi.networks)
    portal.draft = draft
    portal.typed = {name: form.text(fields[name]) or "" for name in ("ssid", "name") if name in fields and name in errors}
    portal.other = fields.get("network") == b"other" and not draft["ssid"]
    return errors


def _start(portal, fields):
    """The settings that the form changes: what was typed before for the page, which tells what is kept; a script has to say it all."""
    if "kept" in fields:
        return portal.draft
    return dict(portal.parts.settings or DEFAULTS, ssid=b"", password="", api_key="")


def _take_time(fields, clock):
    """The phone's clock serves until a time server answers; a phone that knows none is passed over."""
    digits = fields.get("phone_time", b"")
    if digits.isdigit() and len(digits) == 13 and EARLIEST_MS <= int(digits) < LATEST_MS:
        clock.set(int(digits) // 1000, "phone")
