"""ThingSpeak's protocol: its requests, what its replies mean, and what goes to it next."""

import json

from core.timestamps import iso


def update_request(settings, reading, time_s):
    """The request that stores one reading: (method, url, headers, body). Without a time ThingSpeak stamps it on arrival."""
    body = "field1=%.2f&field2=%.2f" % reading[3:5]
    if time_s is not None:
        body += "&created_at=" + iso(time_s)
    return _request(settings, "/update.json", "x-www-form-urlencoded", len(body), body.encode())


def bulk_request(settings, channel_id, readings, count, stamped):
    """The request for `count` readings, at most 960: (method, url, headers, iterable of pieces of at most 512 bytes).

    readings: an iterable that gives exactly `count` of them, oldest first. Stamped ones go with their `time_s`; the others must be
    of one session and go with the seconds since the one before. Every entry is padded to one width (JSON allows blanks between
    tokens), so the Content-Length is known before the first reading is.
    """
    opening = '{"write_api_key":"%s","updates":[' % settings["api_key"]
    pattern = ('{"created_at":"%20s"' if stamped else '{"delta_t":%10d') + ',"field1":%9s,"field2":%9s},'
    size = len(opening) + count * len(pattern % (0, 0, 0)) + 1  # ]} for the last comma
    return _request(settings, "/channels/%d/bulk_update.json" % channel_id, "json", size, _pieces(opening, pattern, readings, stamped))


def _request(settings, path, kind, size, body):
    address = ("https" if settings["https"] else "http") + "://api.thingspeak.com" + path
    headers = {"Content-Type": "application/" + kind, "Content-Length": str(size), "X-THINGSPEAKAPIKEY": settings["api_key"]}
    return "POST", address, headers, body


def _pieces(piece, pattern, readings, stamped):
    before_s = None
    for reading in readings:
        if len(piece) > 400:
            yield piece.encode()
            piece = ""
        time_s, uptime_s = reading[:2]
        when = iso(time_s) if stamped else max(1, uptime_s - before_s) if before_s is not None else 0
        piece += pattern % (when, '"%.2f"' % reading[3], '"%.2f"' % reading[4])
        before_s = uptime_s
    yield (piece[:-1] + "]}").encode()


def verdict(status, body, failure="", bulk=False):
    """What a reply means: (outcome, entry_id, channel_id). status, body, failure: as the uploader returns them (status 0: no reply).

    outcome: "accepted", "too_fast", "key_refused", "quota", "conflict", "bad_request", "retry" or "no_network". The ids come with an
    accepted single update, None when the reply does not tell them. By
    https://www.mathworks.com/help/thingspeak/error-codes.html, and what the service was seen to do: status 200 with the body `0`
    stored nothing, and a wrong key is answered 400 with `0`, 401 or 404.
    """
    is_zero = body.strip() == b"0"
    if status in (200, 202) and not is_zero:
        try:
            # ThingSpeak nests nothing here, a tower of brackets would take all memory, and MicroPython 1.25 closes by itself what is open.
            braces = body.count(b"{")
            reply = json.loads(body) if braces == body.count(b"}") and braces + body.count(b"[") < 5 else None
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            reply = {"entry_id": reply}
        ids = []
        for name in ("entry_id", "channel_id"):
            number = reply.get(name)
            ids.append(number if type(number) is int and 0 < number <= 1 << 31 else None)
        is_stored = reply.get("success") is True if bulk else ids[0]
        return "accepted" if is_stored else "retry", ids[0], ids[1]  # a page of somebody else's stores nothing
    if status == 400 and (is_zero or b"error_auth_required" in body):
        status = 401
    outcomes = {200: "too_fast", 202: "too_fast", 429: "too_fast", 401: "key_refused", 404: "key_refused", 402: "quota", 409: "conflict"}
    for number in (400, 413, 421, 422):
        outcomes[number] = "bad_request"
    return outcomes.get(status, "no_network" if failure == "no_network" else "retry"), None, None


def note(delivery, verdict, failure, count, now_s, chance):
    """Take in what came of a request with `count` readings, and return what to do with the cursor.

    "stay", "advance" behind what was sent, or "pass over" the one reading, which ThingSpeak will never take. verdict, failure: as
    `verdict` and the uploader give them. now_s: seconds of uptime. chance: a random number from 0 to 1, so that devices that lost
    their server together do not come back together.
    """
    outcome, entry_id, channel_id = verdict
    ahead, step = delivery["ahead"], "stay"
    if outcome == "accepted":
        delivery["sent"] += count
        delivery["channel_id"] = channel_id or delivery["channel_id"]
    if outcome == "accepted" or outcome == "conflict" and count == 1:
        delivery["last_entry_id"] = entry_id  # None: a bulk and a reading that was there already are told no number
        if ahead > 0:
            ahead = -1
        else:
            ahead, step = 0, "advance"
            # 960: of a free account, https://www.mathworks.com/help/thingspeak/bulkwritejsondata.html
            delivery["most"] = min(960, 2 * delivery["most"])
    elif count == 1:
        if outcome == "bad_request":
            step = "pass over" if ahead < 0 else step
            ahead += 1
    elif outcome == "key_refused":
        # It may be the channel that is wrong: a single update asks for the key alone, and tells the channel.
        delivery["channel_id"] = None
        outcome = "conflict"
    elif outcome in ("retry", "bad_request", "conflict"):
        delivery["most"] = max(60 if outcome == "retry" else 1, count // 2)

    # ThingSpeak takes a write every 15 s for a channel, and our seconds are whole ones.
    pause_s = {"accepted": 16, "too_fast": 16, "key_refused": 600, "quota": 3600, "no_network": 5}.get(outcome, 1)
    # A few neighbours of a bad reading are tried at once; a server that refuses them all is given time.
    if outcome == "retry" or ahead > 3:
        delivery["failures"] = failures = min(10, delivery["failures"] + 1)
        pause_s = int(min(600, 5 << failures) * (0.75 + chance / 4))
    elif outcome != "no_network":  # which costs no attempt and forgives none
        delivery["failures"] = 0
    state = {"accepted": "ok", "conflict": "ok", "too_fast": "waiting", "no_network": "offline"}.get(outcome, "error")
    problem = None
    if outcome in ("key_refused", "quota"):
        state = problem = outcome
    elif state == "error":
        problem = failure if failure == "certificate" else "thingspeak_error"
    delivery.update({"ahead": ahead, "due_s": now_s + pause_s, "state": state, "problem": problem})
    return step
