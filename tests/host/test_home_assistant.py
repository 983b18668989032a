"""The recipe for Home Assistant in README.md fits what a device answers."""

import re
from types import SimpleNamespace

import yaml
from test_readme import README

RECIPE = yaml.safe_load(re.search(r"```yaml\n(rest:.*?)```", README, re.DOTALL)[1])
SOURCE = RECIPE["rest"][0]
NUMBERS, SWITCHES = SOURCE["sensor"], SOURCE["binary_sensor"]
UNITS = {"temperature": "°C", "humidity": "%"}
"""What Home Assistant takes for these device classes: https://www.home-assistant.io/integrations/sensor/#device-class"""
OF_A_SWITCH = {"name", "unique_id", "device_class", "value_template", "availability"}
OF_A_SENSOR = OF_A_SWITCH | {"state_class", "unit_of_measurement", "json_attributes"}
"""Some of what https://www.home-assistant.io/integrations/rest/ knows, and all that the recipe uses."""


def rendered(template, document):
    """What a template gives for a document; AttributeError where it names a member that is not there.

    Jinja's and Python's expressions mean the same where they are as plain as these.
    """
    expression = re.fullmatch(r"\{\{ (.+) \}\}", template)[1]
    assert re.findall(r"[a-z_]+\(|[|%]|\bif\b", expression) == [], "plain"
    return eval(expression, {"value_json": _members(document), "none": None})


def _members(value):
    return SimpleNamespace(**{name: _members(one) for name, one in value.items()}) if isinstance(value, dict) else value


def test_the_recipe_has_the_form_that_home_assistant_reads():
    assert list(RECIPE) == ["rest"] and set(SOURCE) == {"resource", "scan_interval", "sensor", "binary_sensor"}
    assert SOURCE["scan_interval"] >= 15
    assert SOURCE["resource"] == "http://dewlog-xxxxxx.local/api/readings"
    for sensor in NUMBERS:
        assert set(sensor) <= OF_A_SENSOR and {"name", "value_template"} <= set(sensor)
        assert sensor["unit_of_measurement"] == UNITS[sensor["device_class"]] and sensor["state_class"] == "measurement"
    assert all(set(switch) <= OF_A_SWITCH and {"name", "value_template"} <= set(switch) for switch in SWITCHES)
    names = [entity["unique_id"] for entity in NUMBERS + SWITCHES]
    assert len(set(names)) == len(names)


def test_every_template_finds_its_member_in_what_a_device_answers_and_a_silent_sensor_is_unavailable_and_a_problem(new_device):
    device = new_device(speed=10)
    device.set_up()
    document = device.wait_for(lambda: _of_quality(device, "ok"))
    told = {sensor["device_class"]: rendered(sensor["value_template"], document) for sensor in NUMBERS}
    assert told == {"temperature": document["temperature_c"], "humidity": document["humidity_pct"]}
    assert all(isinstance(number, float) for number in told.values())
    assert all(rendered(sensor["availability"], document) is True for sensor in NUMBERS)
    assert [rendered(switch["value_template"], document) for switch in SWITCHES] == [False]
    attributes = [name for sensor in NUMBERS for name in sensor.get("json_attributes", ())]
    assert attributes and set(attributes) <= set(document)

    device.world(sensor="silent")
    document = device.wait_for(lambda: _of_quality(device, "missing"))
    assert not any(rendered(sensor["availability"], document) for sensor in NUMBERS)
    assert [rendered(switch["value_template"], document) for switch in SWITCHES] == [True]


def _of_quality(device, word):
    document = device.readings_at_home()
    return document if document and document["quality"] == word and bool(document["problem"]) == (word == "missing") else None
