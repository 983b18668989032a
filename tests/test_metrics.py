"""The metrics: the readings as Prometheus reads them."""

from fake_device import Device, ask


def text(device=None):
    device = device or Device()
    device.idf_heap_largest = None
    device.journal.dropped = 5
    return ask(device, "GET", "/metrics").text


def test_base_units_and_the_names_of_the_contract():
    for line in (
        "temperature_celsius 21.4",
        "humidity_ratio 0.48",
        "sensor_failures_total 2",
        "wifi_signal_dbm -54",
        "dropped_readings_total 5",
        "idf_heap_free_bytes 90000",
        "busy_total 1",
    ):
        assert "\ndewlog_" + line + "\n" in text(), line


def test_every_metric_has_its_type_before_it():
    seen = None
    for line in text().strip().split("\n"):
        words = line.split()
        if words[0] == "#":
            assert words[1] == "TYPE" and words[3] in ("gauge", "counter")
            seen = words[2]
            assert (words[3] == "counter") == seen.endswith("_total")
        else:
            assert words[0].split("{")[0] == seen


def test_what_is_not_known_is_left_out():
    device = Device()
    device.thermometer.in_a_row = 8
    without = text(device)
    assert "temperature_celsius" not in without and "dew_point" not in without and "idf_heap_largest" not in without
    assert "dewlog_reading_age_seconds" in without


def test_a_name_with_quotes_stays_one_label():
    device = Device()
    device.settings["name"] = 'a"b\\c'
    assert '{version="1.2.3 3f2a9c01",name="a\\"b\\\\c"} 1' in text(device)


def test_zero_is_a_value():
    device = Device()
    device.logger.delivery["sent"] = 0
    assert "\ndewlog_uploaded_readings_total 0\n" in text(device)
