"""The sensor that is wired and the type that was chosen, from the pin to the page."""

import pytest

WEATHER = {"temperature_c": -3.2, "humidity_pct": 48.7}
PATIENCE_S = 60
SPEED = 10


def readings_when(device, are_so):
    """The first readings of which `are_so(readings)` is true."""

    def found():
        readings = device.readings()
        return readings if readings and are_so(readings) else None

    return device.wait_for(found, PATIENCE_S)


def assert_reads(device, kind):
    """That it tells the values that a sensor of this kind has."""
    readings = readings_when(device, lambda readings: readings["quality"] == "ok" and readings["sensor"]["type"] == kind)
    humidity_pct = {"dht22": 48.7, "dht11": 49.0}[kind]
    assert (readings["temperature_c"], readings["humidity_pct"]) == (-3.2, humidity_pct), "a DHT11 knows whole percents only"


@pytest.mark.parametrize("chosen, wired", [("dht22", "dht11"), ("dht11", "dht22")])
def test_another_sensor_than_the_chosen_one_gives_no_value_and_is_named(new_device, chosen, wired):
    device = new_device(world={"weather": WEATHER, "sensor_type": chosen}, speed=SPEED)
    device.set_up(sensor=chosen)
    assert_reads(device, chosen)
    assert device.wait_for(device.readings)["sensor"]["rejected"] == 0
    device.world(sensor_type=wired)
    readings = readings_when(device, lambda readings: readings["quality"] == "missing")
    assert (readings["problem"], readings["temperature_c"]) == ("sensor_other_type", None)


def test_a_sensor_that_is_exchanged_is_found_out_again(new_device):
    device = new_device(world={"weather": WEATHER}, speed=SPEED)
    device.set_up()
    assert_reads(device, "dht22")
    device.world(sensor_type="dht11")
    assert_reads(device, "dht11")
