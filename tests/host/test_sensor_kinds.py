"""The sensor that is wired and the type that was chosen, from the pin to the page."""

import pytest

WEATHER = {"temperature_c": -3.2, "humidity_pct": 48.7}
PATIENCE_S = 60


def readings_when(device, are_so):
    """The first readings of which `are_so(readings)` is true."""

    def found():
        readings = device.readings()
        return readings if readings and are_so(readings) else None

    return device.wait_for(found, PATIENCE_S)


@pytest.mark.parametrize("wired, humidity_pct", [("dht22", 48.7), ("dht11", 49.0)])
@pytest.mark.parametrize("by_hand", [False, True])
def test_a_sensor_is_read_as_what_it_is(new_device, wired, humidity_pct, by_hand):
    device = new_device(world={"weather": WEATHER, "sensor_type": wired}, speed=5)
    device.set_up(sensor=wired if by_hand else "auto")
    readings = readings_when(device, lambda readings: readings["quality"] == "ok")
    assert (readings["temperature_c"], readings["humidity_pct"]) == (-3.2, humidity_pct), "a DHT11 knows whole percents only"
    assert (readings["sensor"]["type"], readings["sensor"]["rejected"]) == (wired, 0)


@pytest.mark.parametrize("chosen, wired", [("dht22", "dht11"), ("dht11", "dht22")])
def test_another_sensor_than_the_chosen_one_gives_no_value_and_is_named(new_device, chosen, wired):
    device = new_device(world={"weather": WEATHER, "sensor_type": chosen}, speed=5)
    device.set_up(sensor=chosen)
    readings_when(device, lambda readings: readings["quality"] == "ok")
    device.world(sensor_type=wired)
    readings = readings_when(device, lambda readings: readings["quality"] == "missing")
    assert (readings["problem"], readings["temperature_c"]) == ("sensor_other_type", None)


def test_a_sensor_that_is_exchanged_is_found_out_again(new_device):
    device = new_device(world={"weather": WEATHER}, speed=5)
    device.set_up()
    readings_when(device, lambda readings: readings["sensor"]["type"] == "dht22")
    device.world(sensor_type="dht11")
    readings = readings_when(device, lambda readings: readings["sensor"]["type"] == "dht11")
    assert readings["humidity_pct"] == 49.0
