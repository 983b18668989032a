"""ThingSpeak's requests. What its replies mean is core/replies.py."""

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
