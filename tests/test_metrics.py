"""The metrics: the readings as Prometheus reads them."""

from portal.metrics import lines

DOCUMENT = {
    "name": "Cellar",
    "temperature_c": 21.4,
    "humidity_pct": 48.0,
    "dew_point_c": 10.0,
    "age_s": 3,
    "quality": "ok",
    "upload": {"state": "ok", "waiting": 0, "sent": 40, "dropped": 5},
    "sensor": {"reads": 120, "failures": 2, "rejected": 1},
    "server": {"answered": 12, "busy": 3},
    "device": {
        "version": "1.0",
        "uptime_s": 100000,
        "rssi_dbm": -54,
        "heap_free": 40000,
        "idf_heap_free": 90000,
        "idf_heap_largest": None,
        "flash_free": 900000,
        "restarts": 0,
    },
}


def text(**changes):
    document = dict(DOCUMENT)
    document.update(changes)
    return "".join(lines(document))


def test_base_units_and_the_names_of_the_contract():
    for line in (
        "temperature_celsius 21.4",
        "humidity_ratio 0.48",
        "sensor_failures_total 2",
        "wifi_signal_dbm -54",
        "dropped_readings_total 5",
        "idf_heap_free_bytes 90000",
        "busy_total 3",
    ):
        assert "\ndewlog_" + line + "\n" in text(), line


def test_every_metric_has_its_help_and_type_before_it():
    seen = None
    for line in text().strip().split("\n"):
        words = line.split()
        if words[0] == "#":
            assert words[1] in ("HELP", "TYPE")
            seen = words[2]
            assert words[1] == "HELP" or words[3] in ("gauge", "counter")
            assert words[1] == "HELP" or (words[3] == "counter") == seen.endswith("_total")
        else:
            assert words[0].split("{")[0] == seen


def test_what_is_not_known_is_left_out():
    without = text(temperature_c=None, dew_point_c=None)
    assert "temperature_celsius" not in without and "dew_point" not in without and "idf_heap_largest" not in without
    assert "dewlog_humidity_ratio" in without


def test_a_name_with_quotes_stays_one_label():
    assert '{version="1.0",name="a\\"b\\\\c"} 1' in text(name='a"b\\c')


def test_zero_is_a_value():
    assert "\ndewlog_temperature_celsius 0\n" in text(temperature_c=0.0)
