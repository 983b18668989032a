"""ThingSpeak: its requests, and what its replies mean."""

import json
from collections import namedtuple

from core.calendar import iso
from core.outcomes import ACCEPTED, BAD_REQUEST, CONFLICT, KEY_REFUSED, NO_NETWORK, QUOTA, RETRY, TOO_FAST

HOST = "api.thingspeak.com"

Verdict = namedtuple("Verdict", ("outcome", "entry_id", "channel_id", "created_at"))
"""outcome: a word of core.outcomes. The others come with an accepted single update, and are None otherwise; created_at is text."""


def url(settings, path):
    """Where the settings send a request to."""
    return ("https://" if settings["https"] else "http://") + HOST + path


def update_request(settings, reading):
    """The request that stores one reading: (method, url, headers, body). Without a time ThingSpeak stamps it on arrival."""
    body = "field1=%.2f&field2=%.2f" % (reading.temperature_c, reading.humidity_pct)
    if reading.time_s is not None:
        body += "&created_at=" + iso(reading.time_s)
    headers = {
        "X-THINGSPEAKAPIKEY": settings["api_key"],
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
    }
    return "POST", url(settings, "/update.json"), headers, body.encode()


def verdict(status, body, failure=""):
    """What a reply means. status, body, failure: as the uploader returns them (status 0: there was no reply).

    By https://www.mathworks.com/help/thingspeak/error-codes.html, and what the service was seen to do: status 200 with the body `0`
    stored nothing, and a wrong key is answered 400 with `0`, 401 or 404.
    """
    if status == 0:
        return _only(NO_NETWORK if failure == "no_network" else RETRY)
    if status in (200, 202):
        return _of_success(body)
    if status in (401, 404) or status == 400 and (body.strip() == b"0" or b"error_auth_required" in body):
        return _only(KEY_REFUSED)
    if status in (400, 413, 421, 422):
        return _only(BAD_REQUEST)
    return _only({402: QUOTA, 409: CONFLICT, 429: TOO_FAST}.get(status, RETRY))


def _of_success(body):
    try:
        reply = json.loads(body)
    except (ValueError, RuntimeError):  # RuntimeError: nested too deep
        return _only(RETRY)  # a page of somebody else's
    if type(reply) is int and reply >= 0:
        return Verdict(ACCEPTED, reply, None, None) if reply else _only(TOO_FAST)
    if isinstance(reply, dict):
        if reply.get("success") is True:
            return _only(ACCEPTED)
        entry_id = _number(reply.get("entry_id"))
        if entry_id:
            return Verdict(ACCEPTED, entry_id, _number(reply.get("channel_id")), reply.get("created_at"))
    return _only(RETRY)


def _number(value):
    """`value` where it is a whole number that an id can be, else None."""
    return value if type(value) is int and 0 < value <= 1 << 31 else None


def _only(outcome):
    return Verdict(outcome, None, None, None)
