"""GET /api/history: the journal as a few points, for the chart."""

import asyncio
import json

from microdot import Response

from core.calendar import iso
from core.journal import RECORD_BYTES, SEGMENT_RECORDS, after, unpack
from core.memory import can_allocate
from core.on_demand import load
from readings_api import time_of

BATCH_RECORDS, FEW_RECORDS = 64, 8
ENOUGH_READINGS = 12
"""A point of a long span is the mean of about this many of its readings, evenly spread: reading them all would take ten times as long."""
PIECE_POINTS = 40


async def get(station, request):
    """span: 1h, 24h, 7d or 30d. day: Unix seconds of the viewer's midnight, optional; the answer then tells the extremes since.

    `start` is null while the time is unknown: the points then end now.
    """
    history = load("core.history")
    wanted = _parameters(request.query_string or "")
    spans = dict(history.SPANS)
    span = wanted.get("span", "24h")
    if span not in spans or not wanted.get("day", "0").isdigit():
        return "span is one of 1h, 24h, 7d, 30d; day is Unix seconds.", 400
    timeline = Timeline(station.clock)
    step_s = history.step_s(spans[span], station.settings["interval_s"])
    count = max(1, spans[span] // step_s)
    points = history.Points(timeline.now_s - count * step_s + 1, step_s, count)
    day_s = int(wanted.get("day", "0")[:12])
    extremes = history.Extremes(day_s) if day_s and timeline.is_known else None
    stride = 1 if extremes else max(1, step_s // station.settings["interval_s"] // ENOUGH_READINGS)
    since_s = min(points.start_s, day_s) if extremes else points.start_s
    await _collect(station.journal, timeline, since_s, stride, history.first_since, points, extremes)
    start = iso(points.start_s) if timeline.is_known else None
    return Response(_pieces(span, start, points, extremes), 200, {"Content-Type": "application/json", "Cache-Control": "no-store"})


class Timeline:
    """Where readings stand in time: Unix seconds, or while the time is unknown seconds of uptime, for readings since power-on."""

    def __init__(self, clock):
        now_s = clock.now()
        self.is_known = now_s is not None
        self.now_s = now_s if self.is_known else clock.uptime_s()
        self._clock = clock

    def time_of(self, reading):
        """Seconds, or None for a reading whose time cannot be told."""
        if self.is_known:
            return time_of(reading, self._clock)
        return reading.uptime_s if reading.session == self._clock.session else -1


async def _collect(journal, timeline, since_s, stride, first_since, *takers):
    """Give the readings since `since_s` to the takers, every `stride`th one, and give way between batches."""
    read_into = journal.read_into
    record = bytearray(RECORD_BYTES)

    def time_at(position):
        reading = unpack(record) if read_into(position, record) else None
        return timeline.time_of(reading) if reading else None

    position = first_since(since_s, journal.first, journal.end, time_at)
    batch = bytearray((BATCH_RECORDS if can_allocate(4 * BATCH_RECORDS * RECORD_BYTES) else FEW_RECORDS) * RECORD_BYTES)
    index = 0
    while position < journal.end:
        records = read_into(position, batch)
        while index < records:
            _offer(unpack(batch, index * RECORD_BYTES), timeline, takers)
            index += stride
        index = max(0, index - records)
        position = after(position, records) if records else (position // SEGMENT_RECORDS + 1) * SEGMENT_RECORDS
        await asyncio.sleep(0)


def _offer(reading, timeline, takers):
    time_s = timeline.time_of(reading) if reading else None
    if time_s is None:
        return
    for taker in takers:
        if taker:
            taker.add(time_s, reading.temperature_c, reading.humidity_pct)


def _parameters(query):
    """The query as a dict; these values need no decoding."""
    return dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)


def _pieces(span, start, points, extremes):
    yield '{"span": "%s", "step_s": %d, "start": %s, "temperature_c": [' % (span, points.step_s, json.dumps(start))
    for piece in _numbers(points.temperature_c()):
        yield piece
    yield '], "humidity_pct": ['
    for piece in _numbers(points.humidity_pct()):
        yield piece
    yield "]"
    if extremes:
        yield ', "day": {"temperature_c": %s, "humidity_pct": %s}' % (_pair(extremes.temperature_c), _pair(extremes.humidity_pct))
    yield "}"


def _numbers(values):
    """The values as JSON, some at a time."""
    texts = []
    between = ""
    for value in values:
        texts.append("null" if value is None else "%.2f" % value)
        if len(texts) == PIECE_POINTS:
            yield between + ", ".join(texts)
            texts = []
            between = ", "
    if texts:
        yield between + ", ".join(texts)


def _pair(pair):
    return "[%.1f, %.1f]" % pair if pair else "null"
