"""The DHT's five bytes, and which of them to believe."""

from core.dht import IMPLAUSIBLE, JUMP, OK, ZEROS, Filter, decode, is_plausible


def frame(temperature_c, humidity_pct, twos_complement=False):
    humidity = round(humidity_pct * 10)
    temperature = round(abs(temperature_c) * 10)
    if temperature_c < 0:
        temperature = 0x10000 - temperature if twos_complement else 0x8000 | temperature
    data = bytes((humidity >> 8, humidity & 255, temperature >> 8, temperature & 255))
    return data + bytes((sum(data) & 255,))


def test_the_example_of_the_data_sheet_is_decoded():
    assert decode(bytes((0x02, 0x8C, 0x01, 0x5F, 0xEE))) == (35.1, 65.2)
    assert decode(bytes((0x02, 0x8C, 0x80, 0x65, 0x73))) == (-10.1, 65.2)


def test_both_ways_to_write_a_temperature_below_zero_mean_the_same():
    for tenths in range(-400, 801):
        for twos_complement in (False, True):
            assert decode(frame(tenths / 10, 50, twos_complement)) == (tenths / 10, 50.0)


def test_minus_zero_is_zero():
    assert str(decode(bytes((1, 0, 0x80, 0, 0x81)))[0]) == "0.0"


def test_a_dht11_sends_whole_degrees_and_tenths():
    assert decode(bytes((45, 0, 23, 4, 72)), "dht11") == (23.4, 45.0)
    assert decode(bytes((45, 0, 2, 0x85, 0)), "dht11") == (-2.5, 45.0)


def test_values_that_no_sensor_can_measure_are_not_plausible():
    for temperature_c, humidity_pct, kind, expected in (
        (-40, 50, "dht22", True),
        (-40.1, 50, "dht22", False),
        (80, 100, "am2302", True),
        (80.1, 50, "dht22", False),
        (20, 100.1, "dht22", False),
        (20, 0, "dht22", False),
        (61, 50, "dht11", False),
        (-3276.7, 50, "dht22", False),
    ):
        assert is_plausible(temperature_c, humidity_pct, kind) is expected, (temperature_c, humidity_pct, kind)


def test_the_all_zero_frame_is_refused_although_its_checksum_fits():
    good = Filter()
    assert good.take(bytes(5), 0) == ZEROS
    assert good.median() is None


def test_zero_degrees_with_some_humidity_is_a_reading():
    good = Filter()
    assert good.take(frame(0, 80), 0) == OK
    assert good.median() == (0.0, 80.0)


def test_impossible_values_are_refused():
    good = Filter()
    assert good.take(frame(21, 50), 0) == OK
    assert good.take(frame(21, 110), 5) == IMPLAUSIBLE
    assert good.median() == (21.0, 50.0)


def test_the_value_is_the_median_of_the_last_three():
    good = Filter()
    for now_s, temperature_c in enumerate((21, 24, 22)):
        assert good.take(frame(temperature_c, 50), now_s) == OK
    assert good.median() == (22.0, 50.0)
    assert good.take(frame(21.5, 50), 3) == OK
    assert good.median() == (22.0, 50.0)


def test_a_single_spike_never_shows():
    good = Filter()
    good.take(frame(21, 50), 0)
    assert good.take(frame(45, 50), 5) == JUMP
    assert good.take(frame(21.1, 50), 10) == OK
    assert good.median()[0] < 22


def test_a_jump_that_is_confirmed_is_believed():
    good = Filter()
    good.take(frame(21, 50), 0)
    assert good.take(frame(35, 90), 5) == JUMP
    assert good.take(frame(35.2, 90), 10) == OK
    assert good.median() == (35.0, 90.0)


def test_two_different_spikes_confirm_nothing():
    good = Filter()
    good.take(frame(21, 50), 0)
    assert good.take(frame(35, 50), 5) == JUMP
    assert good.take(frame(60, 50), 10) == JUMP
    assert good.median() == (21.0, 50.0)


def test_after_a_long_silence_nothing_is_a_jump_and_old_values_do_not_count():
    good = Filter()
    for now_s in (0, 5, 10):
        good.take(frame(21, 50), now_s)
    assert good.take(frame(5, 90), 3600) == OK
    assert good.median() == (5.0, 90.0)
