"""ThingSpeak: its requests, and what its replies mean."""

import json
from collections import namedtuple

from core.calendar import iso

HOST = "api.thingspeak.com"
PIECE_BYTES = 400
"""Of a bulk update's body at a time."""

ACCEPTED = "accepted"
TOO_FAST = "too_fast"
KEY_REFUSED = "key_refused"
QUOTA = "quota"
CONFLICT = "conflict"
BAD_REQUEST = "bad_request"
RETRY = "retry"
NO_NETWORK = "no_network"

Verdict = namedtuple("Verdict", ("outcome", "entry_id", "channel_id"))
"""outcome: one of the words above. The others come with an accepted single update; None when the reply does not tell them."""


def _request(settings, path, kind, length, body):
    address = "%s://%s%s" % ("https" if settings["https"] else "http", HOST, path)
    return "POST", address, {"Content-Type": "application/" + kind, "Content-Length": str(length)}, body


def update_request(settings, reading):
    """The request that stores one reading: (method, url, headers, body). Without a time ThingSpeak stamps it on arrival."""
    body = "field1=%.2f&field2=%.2f" % (reading.temperature_c, reading.humidity_pct)
    if reading.time_s is not None:
        body += "&created_at=" + iso(reading.time_s)
    request = _request(settings, "/update.json", "x-www-form-urlencoded", len(body), body.encode())
    request[2]["X-THINGSPEAKAPIKEY"] = settings["api_key"]
    return request


def bulk_request(settings, readings, count, stamped):
    """The request for `count` readings, at most 960: (method, url, headers, iterable of pieces of at most `PIECE_BYTES`).

    readings: an iterable that gives exactly `count` of them, oldest first. Stamped ones go with their `time_s`; the others must be
    of one session and go with the seconds since the one before. Every entry is padded to one width (JSON allows blanks between
    tokens), so the Content-Length is known before the first reading is.
    """
    opening = ('{"write_api_key":"%s","updates":[' % settings["api_key"]).encode()
    length = len(opening) + count * len(_entry("2000-01-01T00:00:00Z" if stamped else 0, 0, 0)) + 1  # ]} for the last comma
    path = "/channels/%d/bulk_update.json" % settings["channel_id"]
    return _request(settings, path, "json", length, _pieces(opening, readings, count, stamped))


def _pieces(opening, readings, count, stamped):
    piece = opening
    previous_s = None
    for reading in readings:
        if stamped:
            when = iso(reading.time_s)
        else:
            when = 0 if previous_s is None else max(1, reading.uptime_s - previous_s)
            previous_s = reading.uptime_s
        entry = _entry(when, reading.temperature_c, reading.humidity_pct)
        count -= 1
        if not count:
            entry = entry[:-1] + b"]}"
        if len(piece) + len(entry) > PIECE_BYTES:
            yield piece
            piece = b""
        piece += entry
    yield piece


def _entry(when, temperature_c, humidity_pct):
    pattern = '{"created_at":"%s","field1":%9s,"field2":%9s},' if isinstance(when, str) else '{"delta_t":%10d,"field1":%9s,"field2":%9s},'
    return (pattern % (when, '"%.2f"' % temperature_c, '"%.2f"' % humidity_pct)).encode()


def verdict(status, body, failure="", bulk=False):
    """What a reply means. status, body, failure: as the uploader returns them (status 0: there was no reply).

    By https://www.mathworks.com/help/thingspeak/error-codes.html, and what the service was seen to do: status 200 with the body `0`
    stored nothing, and a wrong key is answered 400 with `0`, 401 or 404.
    """
    if status == 0:
        return Verdict(NO_NETWORK if failure == "no_network" else RETRY, None, None)
    if status in (200, 202):
        return _of_success(body, bulk)
    if status in (401, 404) or status == 400 and (body.strip() == b"0" or b"error_auth_required" in body):
        outcome = KEY_REFUSED
    elif status in (400, 413, 421, 422):
        outcome = BAD_REQUEST
    else:
        outcome = {402: QUOTA, 409: CONFLICT, 429: TOO_FAST}.get(status, RETRY)
    return Verdict(outcome, None, None)


def _of_success(body, bulk):
    outcome = RETRY  # also for a page of somebody else's
    entry_id = channel_id = None
    try:
        # ThingSpeak nests nothing here; a tower of brackets would take all memory.
        reply = json.loads(body) if body.count(b"[") + body.count(b"{") < 5 else None
    except ValueError:
        reply = None
    if reply == 0 and type(reply) is int:
        outcome = TOO_FAST
    elif bulk:
        if isinstance(reply, dict) and reply.get("success") is True:
            outcome = ACCEPTED
    else:
        entry_id = _number(reply.get("entry_id") if isinstance(reply, dict) else reply)
        if entry_id:
            outcome = ACCEPTED
            channel_id = _number(reply.get("channel_id")) if isinstance(reply, dict) else None
    return Verdict(outcome, entry_id, channel_id)


def _number(value):
    """`value` where it is a whole number that an id can be, else None."""
    return value if type(value) is int and 0 < value <= 1 << 31 else None
