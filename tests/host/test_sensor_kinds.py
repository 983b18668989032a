"""The kinds of sensor that a setting names, from the pin to the page."""

import pytest

WEATHER = {"temperature_c": -3.2, "humidity_pct": 48.7}


def measured(device):
    """The readings, once there is a value that holds."""
    readings = device.readings()
    return readings if readings and readings["quality"] == "ok" else None


@pytest.mark.parametrize("kind, humidity_pct", [("dht22", 48.7), ("am2302", 48.7), ("dht11", 49.0)])
def test_a_sensor_is_read_as_what_it_is(new_device, kind, humidity_pct):
    device = new_device(world={"weather": WEATHER, "sensor_type": "dht11" if kind == "dht11" else "dht22"}, speed=5)
    device.set_up(sensor=kind)
    readings = device.wait_for(lambda: measured(device))
    assert (readings["temperature_c"], readings["humidity_pct"]) == (-3.2, humidity_pct), "a DHT11 knows whole percents only"
    assert readings["sensor"]["rejected"] == 0
