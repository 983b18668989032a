"""What was: the journal as a few points for the chart, and as a file of every reading."""

import asyncio
import json
from array import array

from core.calendar import from_iso, iso
from core.history import EMPTY, SERIES, SPANS, Points, first_since, step_s
from core.timestamps import stamped
from micropython import const
from microdot.microdot import Response

_BATCH_RECORDS = const(32)
_PIECE_POINTS = const(60)
_LINES = const(12)  # of at most 38 bytes each: a piece stays below 512
_DAY_S = const(86400)


async def points(device, request):
    """GET /api/history. While the time is unknown `start` is null and the points end now; only readings since power-on are known then."""
    span = request.args.get("span", "24h")
    if span not in SPANS:
        return {"error": "span"}, 400
    clock, journal = device.clock, device.open_journal()
    step = step_s(SPANS[span], device.settings["interval_s"] if device.settings else 60)
    count = max(1, SPANS[span] // step)
    now_s = clock.now()
    if now_s is None:
        found = Points(clock.uptime_s() - count * step + 1, step, count)
        offset = {clock.session: 0}.get
        position, start = journal.first, None
    else:
        found = Points(now_s - count * step + 1, step, count)
        offset = clock.offset
        position, start = _first_since(device, journal, found.start_s), iso(found.start_s)
    halves = array("H", bytes(16 * _BATCH_RECORDS))
    view = memoryview(halves)
    pieces = [view[at : at + 7] for at in range(0, 8 * _BATCH_RECORDS, 8)]
    for _, records in journal.batches(position, halves):
        found.add(halves, pieces[:records], offset)
        await asyncio.sleep(0)
    found.close()
    return Response(_document(span, start, found), 200, {"Content-Type": "application/json"})


def _first_since(device, journal, since_s):
    """A position from which a walk misses no reading since `since_s`."""

    def time_at(position):
        for _, reading in journal.walk(position, 1):
            return reading and stamped(reading, device.clock).time_s

    return first_since(since_s, journal.first, journal.end, time_at)


def _document(span, start, found):
    yield '{"span": "%s", "step_s": %d, "start": %s' % (span, found.step_s, json.dumps(start))
    for name, values in zip(SERIES, found.series):
        between = ', "%s": [' % name
        for at in range(0, len(values), _PIECE_POINTS):
            texts = ["null" if value == EMPTY else "%.2f" % (value / 100) for value in values[at : at + _PIECE_POINTS]]
            yield between + ",".join(texts)
            between = ","
        yield "]"
    yield "}"


def csv(device, request):
    """GET /readings.csv: time,temperature_c,humidity_pct,flags; UTC in ISO 8601, empty where it cannot be told; see core.journal.Reading.

    ?from= and ?to= (a date or a date with a time; a date alone is the whole day) leave out what is not between them, or cannot be told.
    """
    limits = [None, None]
    for place, name in enumerate(("from", "to")):
        text = request.args.get(name)
        if text is not None:
            time_s = from_iso(text)
            if time_s is None:
                return {"error": name}, 400
            limits[place] = time_s + _DAY_S - 1 if place and len(text) == 10 else time_s
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="dewlog-readings.csv"'}
    return Response(_lines(device, *limits), 200, headers)


def _lines(device, from_s, to_s):
    """The file, some lines at a time. A piece may be empty: others have their turn while lines are looked for."""
    journal = device.open_journal()
    first = journal.first if from_s is None else _first_since(device, journal, from_s)
    lines = ["time,temperature_c,humidity_pct,flags\n"]
    for position, reading in journal.walk(first, _BATCH_RECORDS):
        if reading:
            time_s = stamped(reading, device.clock).time_s
            is_between = time_s is not None and (from_s or 0) <= time_s and (to_s is None or time_s <= to_s)
            if is_between or from_s is to_s is None:
                lines.append("%s,%.2f,%.2f,%d\n" % ((iso(time_s) or "",) + reading[3:]))
        if position % _LINES == 0:
            yield "".join(lines)
            lines = []
    yield "".join(lines)
