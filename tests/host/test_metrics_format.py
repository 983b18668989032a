"""GET /metrics as the official client library of Prometheus reads it."""

import re

from fake_device import Device, ask
from prometheus_client.parser import text_string_to_metric_families

NAME = re.compile(r"^dewlog_[a-z][a-z0-9_]*$")


def families(device):
    """{name: family} of what the device answers."""
    answer = ask(device, "GET", "/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def test_every_metric_is_well_formed():
    found = families(Device())
    assert len(found) >= 15
    for family in found.values():
        assert NAME.match(family.name)
        assert family.type in ("gauge", "counter")
        assert len(family.samples) == 1
        if family.type == "counter":
            assert family.samples[0].name.endswith("_total")


def test_the_values_are_those_of_the_readings():
    found = families(Device())
    assert found["dewlog_temperature_celsius"].samples[0].value == 21.4
    assert found["dewlog_humidity_ratio"].samples[0].value == 0.48
    assert found["dewlog_info"].samples[0].labels == {"version": Device.version, "name": "Cellar"}


def test_a_hostile_name_does_not_break_the_format():
    device = Device()
    device.settings["name"] = 'a"} 1\nevil{x="\\'
    assert families(device)["dewlog_info"].samples[0].labels["name"] == device.settings["name"]


def test_a_missing_sensor_leaves_its_metrics_out():
    device = Device()
    device.thermometer.latest, device.thermometer.word = None, "missing"
    found = families(device)
    assert "dewlog_temperature_celsius" not in found and "dewlog_uptime_seconds" in found
