"""Metrics: the document of /api/readings in the Prometheus text format, for those who watch.

Names follow https://prometheus.io/docs/practices/naming/: base units, `_total` for what only rises.
"""

from microdot.microdot import Response
from portal.readings import document

# name without "dewlog_", path in the document, help
_METRICS = """\
temperature_celsius temperature_c Air temperature.
humidity_ratio humidity_pct Relative humidity, 0 to 1.
dew_point_celsius dew_point_c Dew point.
reading_age_seconds age_s Time since the last good reading.
sensor_reads_total sensor.reads Reads of the sensor.
sensor_failures_total sensor.failures Reads without a usable answer.
sensor_rejected_total sensor.rejected Implausible reads.
uploaded_readings_total upload.sent Readings stored by ThingSpeak.
waiting_readings upload.waiting Readings still to be uploaded.
dropped_readings_total upload.dropped Readings that will never be uploaded.
wifi_signal_dbm device.rssi_dbm Wi-Fi signal.
uptime_seconds device.uptime_s Time since power-on.
restarts_total device.restarts Restarts since power-on.
heap_free_bytes device.heap_free Free heap of Python.
idf_heap_free_bytes device.idf_heap_free Free heap of ESP-IDF, for Wi-Fi and TLS.
idf_heap_largest_bytes device.idf_heap_largest Largest free block of it.
answers_total server.answered Requests answered.
busy_total server.busy Requests asked to come again.
flash_free_bytes device.flash_free Free flash."""


def answer(device):
    """GET /metrics: one metric a piece."""
    facts = document(device)
    facts["server"] = {"answered": device.server.answered, "busy": device.server.busy}
    return Response(lines(facts), 200, {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


def lines(facts):
    """Pieces of text, one metric each; what is not known is left out, as a scraper expects."""
    for line in _METRICS.split("\n"):
        name, path, explanation = line.split(" ", 2)
        value = facts
        for key in path.split("."):
            value = value[key]
        if value is not None:
            if name == "humidity_ratio":
                value /= 100
            if isinstance(value, float):
                value = ("%.4f" % value).rstrip("0").rstrip(".")
            yield _head(name, explanation) + " %s\n" % value
    labels = 'version="%s",name="%s"' % (_escaped(facts["device"]["version"]), _escaped(facts["name"]))
    yield _head("info", "The device.") + "{%s} 1\n" % labels
    yield _head("upload_state", "What the upload is doing.") + '{state="%s"} 1\n' % facts["upload"]["state"]
    yield _head("quality", "How good the last reading is.") + '{quality="%s"} 1\n' % facts["quality"]


def _head(name, explanation):
    kind = "counter" if name.endswith("_total") else "gauge"
    return "# HELP dewlog_%s %s\n# TYPE dewlog_%s %s\ndewlog_%s" % (name, explanation, name, kind, name)


def _escaped(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
