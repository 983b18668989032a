"""What was: the journal as a few points for the chart, in memory that does not grow."""

import json
from array import array
from binascii import crc32

from core.timestamps import first_since, iso
from micropython import const

SPANS = {"1h": 3600, "24h": 86400, "7d": 604800, "30d": 2592000}  # seconds that a chart can show
SERIES = ("temperature_c", "temperature_min_c", "temperature_max_c", "humidity_pct", "humidity_min_pct", "humidity_max_pct")
EMPTY = -32768
_MOST_POINTS = const(120)  # each is a bar of its lowest and highest, and a phone is 360 wide
_BATCH_RECORDS = const(16)
_PIECE_POINTS = const(20)


def told(device, request, _):
    """GET /api/history. While the time is unknown `start` is null and the points end now; only readings since power-on are known then."""
    span = request.args.get("span", "24h")
    if span not in SPANS:
        return {"error": "span"}, 400
    return _pieces(device, span)


def step_s(span_s, interval_s):
    """Seconds one point stands for: few enough points, and longer than the interval, so that an empty point is a missing reading."""
    return max(-(-span_s // _MOST_POINTS), interval_s * 3 // 2)


def _pieces(device, span):
    """The text of the document. The first pieces are empty: others have their turn while the journal is read."""
    clock, journal = device.clock, device.open_journal()
    step = step_s(SPANS[span], device.settings["interval_s"] if device.settings else 60)
    count = max(1, SPANS[span] // step)
    now_s = clock.now()
    start_s = (clock.uptime_s() if now_s is None else now_s) - count * step + 1
    position, start, offset = journal.first, None, {clock.session: 0}.get
    if now_s is not None:
        offset, start = {session: clock.starts[session][0] for session in clock.starts}.get, iso(start_s)
        position = first_since(journal, clock, start_s)
    series = [array("h", b"\x00\x80" * count) for _ in SERIES]  # hundredths, or EMPTY
    halves = array("H", bytes(16 * _BATCH_RECORDS))
    for _ in summed(series, start_s, step, offset, journal.batches(position, halves), halves):
        yield ""
    yield '{"span": "%s", "step_s": %d, "start": %s' % (span, step, json.dumps(start))
    for name, values in zip(SERIES, series):
        between = ', "%s": [' % name
        for at in range(0, count, _PIECE_POINTS):
            texts = ["null" if value == EMPTY else "%.2f" % (value / 100) for value in values[at : at + _PIECE_POINTS]]
            yield between + ",".join(texts)
            between = ","
        yield "]"
    yield "}"


def summed(series, start_s, step_s, offset, batches, halves):
    """Write means and extremes into `series`, an array for each of the SERIES; yields after every batch.

    Its points are steps of `step_s` seconds from `start_s` on. Only the point at hand is summed up, for readings come in the order of
    their times; of a point that is returned to after all, because a clock was corrected, the last visit counts.
    offset: session -> seconds to add to an uptime, or None. batches: yields (position, number of records) each time it has filled
    `halves`, an array of 16-bit numbers, with records (core/reading.py); what is damaged or lies outside is passed over.
    A month is 43,200 records: next to no heap is taken for each, as MicroPython has numbers below 2**30 for nothing.
    """
    view = memoryview(halves)
    pieces = [view[at : at + 7] for at in range(0, len(halves), 8)]  # of each record what its checksum is for
    count = len(series[0])
    current, readings = -1, 0
    warmth = coldest = warmest = damp = driest = dampest = 0
    for _, records in batches:
        at = -8
        for piece in pieces[:records]:
            at += 8
            if crc32(piece) & 0xFFFF != halves[at + 7]:
                continue
            if halves[at + 1]:  # else the time was not known
                index = (((halves[at + 1] - (start_s >> 16)) << 16) + halves[at] - (start_s & 0xFFFF)) // step_s
            else:
                session_s = offset(halves[at + 6] & 0xFF)
                if session_s is None:
                    continue
                index = (session_s - start_s + halves[at + 2] + (halves[at + 3] << 16)) // step_s
            temperature, humidity = halves[at + 4], halves[at + 5]
            if not 0 <= index < count or humidity > 10000:
                continue
            temperature -= (temperature & 0x8000) << 1
            if index != current:
                _write(series, current, readings, (warmth, coldest, warmest, damp, driest, dampest))
                current = index
                readings = warmth = damp = 0
                coldest = warmest = temperature
                driest = dampest = humidity
            readings += 1
            warmth += temperature
            damp += humidity
            if temperature < coldest:
                coldest = temperature
            elif temperature > warmest:
                warmest = temperature
            if humidity < driest:
                driest = humidity
            elif humidity > dampest:
                dampest = humidity
        yield
    _write(series, current, readings, (warmth, coldest, warmest, damp, driest, dampest))


def _write(series, index, readings, values):
    """values: of each of the SERIES the extreme, or the sum where the mean of the `readings` is wanted."""
    if readings:
        for place, value in enumerate(values):
            series[place][index] = value if place % 3 else round(value / readings)
