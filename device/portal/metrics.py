"""Metrics: the document of /api/readings in the Prometheus text format, for those who watch.

Names follow https://prometheus.io/docs/practices/naming/: base units, `_total` for what only rises.
"""

from portal.readings import members

# Names without "dewlog_", and where the value stands in the document.
_METRICS = """\
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
busy_total server.busy"""


def lines(device):
    """GET /metrics: pieces of text, one metric each; what is not known is left out, as a scraper expects."""
    facts = dict(members(device))
    facts["server"] = {"answered": device.server.answered, "busy": device.server.busy}
    for line in _METRICS.split("\n"):
        name, path = line.split(" ")
        value = facts
        for key in path.split("."):
            value = value[key]
        if value is not None:
            if name == "humidity_ratio":
                value = round(value / 100, 4)
            yield "# TYPE dewlog_%s %s\ndewlog_%s %s\n" % (name, "counter" if name.endswith("_total") else "gauge", name, value)
    device_name = facts["name"].replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    for name, labels in (
        ("info", 'version="%s",name="%s"' % (device.version, device_name)),
        ("upload_state", 'state="%s"' % facts["upload"]["state"]),
        ("quality", 'quality="%s"' % facts["quality"]),
    ):
        yield "# TYPE dewlog_%s gauge\ndewlog_%s{%s} 1\n" % (name, name, labels)
