"""What was: the journal as a few points for the chart, and as a file of every reading."""

import asyncio
import json

from core.calendar import from_iso, iso
from core.history import SERIES, SPANS, Points, first_since, step_s
from core.journal import RECORD_BYTES, SEGMENT_RECORDS, after, unpack
from micropython import const
from microdot.microdot import Response
from portal.readings import time_of

_BATCH_RECORDS = const(64)
_PIECE_POINTS = const(60)
_LINES = const(12)  # of at most 38 bytes each: a piece stays below 512
_DAY_S = const(86400)


async def points(device, request):
    """GET /api/history. While the time is unknown `start` is null and the points end now; only readings since power-on are known then."""
    span = request.args.get("span", "24h")
    span_s = dict(SPANS).get(span)
    if span_s is None:
        return {"error": "span"}, 400
    clock, journal = device.clock, device.journal
    now_s, offset = clock.now(), clock.offset
    is_known = now_s is not None
    if not is_known:
        now_s = clock.uptime_s()

        def offset(session):
            return 0 if session == clock.session else None

    step = step_s(span_s, device.settings["interval_s"] if device.settings else 60)
    count = max(1, span_s // step)
    found = Points(now_s - count * step + 1, step, count)
    batch = bytearray(_BATCH_RECORDS * RECORD_BYTES)
    view = memoryview(batch)
    pieces = [view[at : at + RECORD_BYTES - 2] for at in range(0, len(batch), RECORD_BYTES)]
    position = _first_since(journal, found.start_s, offset, is_known)
    while position < journal.end:
        records = journal.read_into(position, batch)
        found.add(batch, pieces[:records], offset)
        position = after(position, records) if records else (position // SEGMENT_RECORDS + 1) * SEGMENT_RECORDS
        await asyncio.sleep(0)
    start = iso(found.start_s) if is_known else None
    return Response(_document(span, start, found), 200, {"Content-Type": "application/json"})


def _first_since(journal, since_s, offset, is_known=True):
    """The position from which a walk misses no reading since `since_s`. While the time is unknown, what has one is from an earlier
    session."""
    record = bytearray(RECORD_BYTES)

    def time_at(position):
        reading = unpack(record) if journal.read_into(position, record) else None
        if not reading:
            return None
        if reading.time_s is not None:
            return reading.time_s if is_known else -1
        start_s = offset(reading.session)
        return start_s if start_s is None else start_s + reading.uptime_s

    return first_since(since_s, journal.first, journal.end, time_at)


def _document(span, start, found):
    yield '{"span": "%s", "step_s": %d, "start": %s' % (span, found.step_s, json.dumps(start))
    for name in SERIES:
        between = ', "%s": [' % name
        texts = []
        for value in found.values(name):
            texts.append("null" if value is None else "%.2f" % (value / 100))
            if len(texts) == _PIECE_POINTS:
                yield between + ",".join(texts)
                between = ","
                texts = []
        yield (between + ",".join(texts) if texts else "") + "]"
    yield "}"


def csv(device, request):
    """GET /readings.csv: time,temperature_c,humidity_pct,flags; UTC in ISO 8601, empty where it cannot be told. flags: see core/reading.py.

    ?from= and ?to= (a date or a date with a time; a date alone is the whole day) leave out what is not between them, or cannot be told.
    """
    limits = []
    for name in ("from", "to"):
        text = request.args.get(name)
        time_s = from_iso(text) if text else None
        if text is not None and time_s is None:
            return {"error": name}, 400
        limits.append(time_s + _DAY_S - 1 if text and name == "to" and len(text) == 10 else time_s)
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="dewlog-readings.csv"'}
    return Response(_Lines(device, *limits), 200, headers)


class _Lines:
    """The body of the file, some lines at a time; gives way to others while it looks for them."""

    def __init__(self, device, from_s, to_s):
        journal = device.journal
        self._clock = device.clock
        self._from_s, self._to_s = from_s, to_s
        first = journal.first if from_s is None else _first_since(journal, from_s, device.clock.offset)
        self._walk = journal.walk(first, _BATCH_RECORDS)
        self._lines = ["time,temperature_c,humidity_pct,flags\n"]

    async def __anext__(self):
        lines, self._lines = self._lines, []
        walked = 0
        for _, reading in self._walk:
            line = reading and self._line(reading)
            if line:
                lines.append(line)
                if len(lines) >= _LINES:
                    break
            walked += 1
            if walked % _BATCH_RECORDS == 0:
                await asyncio.sleep(0)
        if not lines:
            raise StopAsyncIteration
        return "".join(lines).encode()

    def _line(self, reading):
        time_s = time_of(reading, self._clock)
        if self._from_s is not None and (time_s is None or time_s < self._from_s):
            return None
        if self._to_s is not None and (time_s is None or time_s > self._to_s):
            return None
        return "%s,%.2f,%.2f,%d\n" % (iso(time_s) or "", reading.temperature_c, reading.humidity_pct, reading.flags)
