"""ThingSpeak's bulk update: many readings in one request, streamed. Loaded on demand."""

from core.calendar import iso
from core.thingspeak import url

MOST_READINGS = 960
"""In one call of a free account (https://www.mathworks.com/help/thingspeak/bulkwritejsondata.html)."""
PIECE_BYTES = 400

_STAMPED = '{"created_at":"%s","field1":%9s,"field2":%9s},'
_RELATIVE = '{"delta_t":%10d,"field1":%9s,"field2":%9s},'
_END = b"]}"


def request(settings, readings, count, stamped):
    """The request for `count` readings: (method, url, headers, iterable of pieces of at most `PIECE_BYTES`).

    readings: an iterable that gives exactly `count` of them, oldest first. Stamped ones go with their `time_s`; the others must be
    of one session and go with the seconds since the one before. Every entry is padded to one width (JSON allows blanks between
    tokens), so the Content-Length is known before the first reading is.
    """
    opening = ('{"write_api_key":"%s","updates":[' % settings["api_key"]).encode()
    length = len(opening) + count * len(_entry("2000-01-01T00:00:00Z" if stamped else 0, 0, 0)) - 1 + len(_END)
    headers = {"Content-Type": "application/json", "Content-Length": str(length)}
    address = url(settings, "/channels/%d/bulk_update.json" % settings["channel_id"])
    return "POST", address, headers, _pieces(opening, readings, count, stamped)


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
            entry = entry[:-1] + _END
        if len(piece) + len(entry) > PIECE_BYTES:
            yield piece
            piece = b""
        piece += entry
    yield piece


def _entry(when, temperature_c, humidity_pct):
    pattern = _STAMPED if isinstance(when, str) else _RELATIVE
    return (pattern % (when, '"%.2f"' % temperature_c, '"%.2f"' % humidity_pct)).encode()
