"""What was: the journal as a few points for the chart."""

import asyncio
import json
from array import array

from core.calendar import iso
from core.history import EMPTY, SERIES, SPANS, Points, step_s
from core.timestamps import first_since
from micropython import const
from microdot.microdot import Response

_BATCH_RECORDS = const(32)
_PIECE_POINTS = const(60)


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
        position, start = first_since(journal, clock, found.start_s), iso(found.start_s)
    halves = array("H", bytes(16 * _BATCH_RECORDS))
    view = memoryview(halves)
    pieces = [view[at : at + 7] for at in range(0, 8 * _BATCH_RECORDS, 8)]
    for _, records in journal.batches(position, halves):
        found.add(halves, pieces[:records], offset)
        await asyncio.sleep(0)
    found.close()
    return Response(_document(span, start, found), 200, {"Content-Type": "application/json"})


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
