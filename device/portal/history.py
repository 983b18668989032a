"""What was: the journal as a few points for the chart."""

import asyncio
import json
from array import array

from core.calendar import iso
from core.history import EMPTY, SERIES, SPANS, no_points, step_s, sum_up
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
    now_s, offset = clock.now(), clock.offset
    if now_s is None:
        start_s = clock.uptime_s() - count * step + 1
        offset, position, start = {clock.session: 0}.get, journal.first, None
    else:
        start_s = now_s - count * step + 1
        position, start = first_since(journal, clock, start_s), iso(start_s)
    series, halves = no_points(count), array("H", bytes(16 * _BATCH_RECORDS))
    for _ in sum_up(series, start_s, step, journal.batches(position, halves), halves, offset):
        await asyncio.sleep(0)
    return Response(_document(span, step, start, series), 200, {"Content-Type": "application/json"})


def _document(span, step, start, series):
    yield '{"span": "%s", "step_s": %d, "start": %s' % (span, step, json.dumps(start))
    for name, values in zip(SERIES, series):
        between = ', "%s": [' % name
        for at in range(0, len(values), _PIECE_POINTS):
            texts = ["null" if value == EMPTY else "%.2f" % (value / 100) for value in values[at : at + _PIECE_POINTS]]
            yield between + ",".join(texts)
            between = ","
        yield "]"
    yield "}"
