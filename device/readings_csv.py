"""GET /readings.csv: every reading kept on the device, streamed."""

from microdot import Response

from core.calendar import iso
from readings_api import time_of

BATCH_RECORDS = 12
"""A line has at most 38 bytes, so a piece stays below 512."""


async def get(station, request):
    """time,temperature_c,humidity_pct,flags: UTC in ISO 8601, empty where it cannot be told. flags: see core/reading.py."""
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="dewlog-readings.csv"'}
    return Response(_pieces(station.journal, station.clock), 200, headers)


def _pieces(journal, clock):
    lines = ["time,temperature_c,humidity_pct,flags\n"]
    for _, reading in journal.walk(journal.first, BATCH_RECORDS):
        if reading is not None:
            time = iso(time_of(reading, clock)) or ""
            lines.append("%s,%.2f,%.2f,%d\n" % (time, reading.temperature_c, reading.humidity_pct, reading.flags))
        if len(lines) >= BATCH_RECORDS:
            yield "".join(lines)
            lines = []
    yield "".join(lines)
