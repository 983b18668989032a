"""ThingSpeak: its requests, and what its replies mean."""

import json

from core.calendar import iso


def _request(settings, path, kind, size, body):
    address = ("https" if settings["https"] else "http") + "://api.thingspeak.com" + path
    return "POST", address, {"Content-Type": "application/" + kind, "Content-Length": str(size)}, body


def update_request(settings, reading):
    """The request that stores one reading: (method, url, headers, body). Without a time ThingSpeak stamps it on arrival."""
    body = "field1=%.2f&field2=%.2f" % reading[3:5]
    if reading.time_s is not None:
        body += "&created_at=" + iso(reading.time_s)
    request = _request(settings, "/update.json", "x-www-form-urlencoded", len(body), body.encode())
    request[2]["X-THINGSPEAKAPIKEY"] = settings["api_key"]
    return request


def bulk_request(settings, readings, count, stamped):
    """The request for `count` readings, at most 960: (method, url, headers, iterable of pieces of at most 512 bytes).

    readings: an iterable that gives exactly `count` of them, oldest first. Stamped ones go with their `time_s`; the others must be
    of one session and go with the seconds since the one before. Every entry is padded to one width (JSON allows blanks between
    tokens), so the Content-Length is known before the first reading is.
    """
    opening = '{"write_api_key":"%s","updates":[' % settings["api_key"]
    pattern = ('{"created_at":"%20s"' if stamped else '{"delta_t":%10d') + ',"field1":%9s,"field2":%9s},'
    size = len(opening) + count * len(pattern % (0, 0, 0)) + 1  # ]} for the last comma
    path = "/channels/%d/bulk_update.json" % settings["channel_id"]
    return _request(settings, path, "json", size, _pieces(opening, pattern, readings, stamped))


def _pieces(piece, pattern, readings, stamped):
    before_s = None
    for reading in readings:
        if len(piece) > 400:
            yield piece.encode()
            piece = ""
        uptime_s = reading.uptime_s
        when = iso(reading.time_s) if stamped else max(1, uptime_s - before_s) if before_s is not None else 0
        piece += pattern % (when, '"%.2f"' % reading.temperature_c, '"%.2f"' % reading.humidity_pct)
        before_s = uptime_s
    yield (piece[:-1] + "]}").encode()


def verdict(status, body, failure="", bulk=False):
    """What a reply means: (outcome, entry_id, channel_id). status, body, failure: as the uploader returns them (status 0: no reply).

    outcome: "accepted", "too_fast", "key_refused", "quota", "conflict", "bad_request", "retry" or "no_network". The ids come with an
    accepted single update, None when the reply does not tell them. By
    https://www.mathworks.com/help/thingspeak/error-codes.html, and what the service was seen to do: status 200 with the body `0`
    stored nothing, and a wrong key is answered 400 with `0`, 401 or 404.
    """
    outcome = "retry"  # also for a page of somebody else's
    ids = [None, None]
    is_zero = body.strip() == b"0"
    if status in (200, 202):
        try:
            # ThingSpeak nests nothing here; a tower of brackets would take all memory.
            reply = json.loads(body) if body.count(b"[") + body.count(b"{") < 5 else None
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            reply = {"entry_id": reply}
        ids = []
        for name in ("entry_id", "channel_id"):
            number = reply.get(name)
            ids.append(number if type(number) is int and 0 < number <= 1 << 31 else None)
        if is_zero:
            outcome = "too_fast"
        elif reply.get("success") is True if bulk else ids[0]:
            outcome = "accepted"
    elif status in (401, 404) or status == 400 and (is_zero or b"error_auth_required" in body):
        outcome = "key_refused"
    elif status in (400, 413, 421, 422):
        outcome = "bad_request"
    elif failure == "no_network":
        outcome = failure
    else:
        outcome = {402: "quota", 409: "conflict", 429: "too_fast"}.get(status, outcome)
    return outcome, ids[0], ids[1]
