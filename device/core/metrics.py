"""Metrics: the document of /api/readings in the Prometheus text format.

Names follow https://prometheus.io/docs/practices/naming/: base units, `_total` for what only rises.
"""

_METRICS = (
    # name without "dewlog_", path in the document, type, factor, help
    ("temperature_celsius", "temperature_c", "gauge", 1, "Air temperature."),
    ("humidity_ratio", "humidity_pct", "gauge", 0.01, "Relative humidity, 0 to 1."),
    ("dew_point_celsius", "dew_point_c", "gauge", 1, "Dew point."),
    ("reading_age_seconds", "age_s", "gauge", 1, "Time since the last good reading."),
    ("sensor_reads_total", "sensor reads", "counter", 1, "Reads of the sensor."),
    ("sensor_failures_total", "sensor failures", "counter", 1, "Reads without a usable answer."),
    ("sensor_rejected_total", "sensor rejected", "counter", 1, "Implausible reads."),
    ("uploaded_readings_total", "upload sent", "counter", 1, "Readings stored by ThingSpeak."),
    ("waiting_readings", "upload waiting", "gauge", 1, "Readings still to be uploaded."),
    ("dropped_readings_total", "upload dropped", "counter", 1, "Readings that made room before they were uploaded."),
    ("wifi_signal_dbm", "device rssi_dbm", "gauge", 1, "Wi-Fi signal."),
    ("uptime_seconds", "device uptime_s", "gauge", 1, "Time since power-on."),
    ("restarts_total", "device restarts", "counter", 1, "Restarts since power-on."),
    ("heap_free_bytes", "device heap_free", "gauge", 1, "Free heap of Python."),
    ("idf_heap_free_bytes", "device idf_heap_free", "gauge", 1, "Free heap of ESP-IDF, for Wi-Fi and TLS."),
    ("idf_heap_largest_bytes", "device idf_heap_largest", "gauge", 1, "Largest free block of it."),
    ("answers_total", "server answered", "counter", 1, "Requests answered."),
    ("busy_total", "server busy", "counter", 1, "Requests asked to come again."),
    ("flash_free_bytes", "device flash_free", "gauge", 1, "Free flash."),
)


def lines(document):
    """Pieces of text, one metric each; what is not known is left out, as a scraper expects. document: see portal/readings.py; and
    its `server`: answered, busy."""
    for name, path, kind, factor, explanation in _METRICS:
        value = document
        for key in path.split():
            value = value[key]
        if value is not None:
            yield _head(name, kind, explanation) + "dewlog_%s %s\n" % (name, _number(value * factor))
    yield _labelled("info", "The device.", "version", document["device"]["version"], "name", document["name"])
    yield _labelled("upload_state", "What the upload is doing.", "state", document["upload"]["state"])
    yield _labelled("quality", "How good the last reading is.", "quality", document["quality"])


def _labelled(name, explanation, *labels):
    pairs = ",".join('%s="%s"' % (labels[i], _escaped(labels[i + 1])) for i in range(0, len(labels), 2))
    return _head(name, "gauge", explanation) + "dewlog_%s{%s} 1\n" % (name, pairs)


def _head(name, kind, explanation):
    return "# HELP dewlog_%s %s\n# TYPE dewlog_%s %s\n" % (name, explanation, name, kind)


def _number(value):
    return ("%.4f" % value).rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _escaped(text):
    return str(text).replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
