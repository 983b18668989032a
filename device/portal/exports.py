"""What other programs take: every reading that is kept, as a file, and the values of this moment in the Prometheus text format."""

from core.timestamps import first_since, from_iso, iso, stamped
from microdot import Response
from micropython import const

_BATCH_RECORDS = const(32)
_LINES = const(8)  # of at most 38 bytes each

# Names without "dewlog_", and where the value stands in the document of /api/readings. They follow
# https://prometheus.io/docs/practices/naming/: base units, `_total` for what only rises.
_METRICS = const("""\
temperature_celsius temperature_c
humidity_ratio humidity_pct
dew_point_celsius dew_point_c
reading_age_seconds age_s
sensor_reads_total sensor.reads
sensor_failures_total sensor.failures
sensor_rejected_total sensor.rejected
uploaded_readings_total upload.sent
waiting_readings upload.waiting
dropped_readings_total upload.dropped
wifi_signal_dbm device.rssi_dbm
uptime_seconds device.uptime_s
restarts_total device.restarts
heap_free_bytes device.heap_free
idf_heap_free_bytes device.idf_heap_free
idf_heap_largest_bytes device.idf_heap_largest
flash_free_bytes device.flash_free
answers_total server.answered
busy_total server.busy""")


def told(device, request, path):
    """GET /metrics, and GET /readings.csv: time,temperature_c,humidity_pct,flags; see core.reading.Reading.

    Times are UTC in ISO 8601, empty where they cannot be told.

    ?from= and ?to= (a date or a date with a time; a date alone is the whole day) leave out what is not between them, or cannot be told.
    """
    if path == "metrics":
        return Response(metrics(device), 200, {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
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


def metrics(device):
    """GET /metrics: pieces of text, one metric each; what is not known is left out, as a scraper expects."""
    from portal.readings import members

    labelled = {}
    for member, value in members(device):  # one after the other: all of them take more than there is
        if member in ("name", "quality"):
            labelled[member] = value
        elif member == "upload":
            labelled[member] = value["state"]
        yield from _metrics(member, value)
    yield from _metrics("server", {"answered": device.server.answered, "busy": device.server.busy})
    device_name = labelled["name"].replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    for name, labels in (
        ("info", 'version="%s",name="%s"' % (device.version, device_name)),
        ("upload_state", 'state="%s"' % labelled["upload"]),
        ("quality", 'quality="%s"' % labelled["quality"]),
    ):
        yield "# TYPE dewlog_%s gauge\ndewlog_%s{%s} 1\n" % (name, name, labels)


def _metrics(member, value):
    """Those of the document's `member`."""
    whole, part = " " + member, " " + member + "."
    end = -1
    while end < len(_METRICS):
        start = end + 1
        end = _METRICS.find("\n", start)
        end = len(_METRICS) if end < 0 else end
        line = _METRICS[start:end]  # a list of all would take two kB
        if line.endswith(whole) or part in line:
            name, path = line.split(" ")
            key = path[len(part) - 1 :]
            found = value[key] if key else value
            if found is not None:
                if name == "humidity_ratio":
                    found = round(found / 100, 4)
                yield "# TYPE dewlog_%s %s\ndewlog_%s %s\n" % (name, "counter" if name.endswith("_total") else "gauge", name, found)
