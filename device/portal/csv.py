"""Every reading that is kept, as a file."""

from core.calendar import from_iso, iso
from core.timestamps import first_since, stamped
from microdot import Response
from micropython import const

_BATCH_RECORDS = const(32)
_LINES = const(8)  # of at most 38 bytes each


def csv(device, request):
    """GET /readings.csv: time,temperature_c,humidity_pct,flags; UTC in ISO 8601, empty where it cannot be told; see core.reading.Reading.

    ?from= and ?to= (a date or a date with a time; a date alone is the whole day) leave out what is not between them, or cannot be told.
    """
    limits = [None, None]
    for place, name in enumerate(("from", "to")):
        text = request.args.get(name)
        if text is not None:
            time_s = from_iso(text)
            if time_s is None:
                return {"error": name}, 400
            limits[place] = time_s + 86399 if place and len(text) == 10 else time_s
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="dewlog-readings.csv"'}
    return Response(_lines(device, *limits), 200, headers)


def _lines(device, from_s, to_s):
    """The file, some lines at a time. A piece may be empty: others have their turn while lines are looked for."""
    journal = device.open_journal()
    first = journal.first if from_s is None else first_since(journal, device.clock, from_s)
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
