"""The DHT's five bytes, and which of them to believe."""

from core.dht import Filter, decode, judge, kind_of


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


def dht11_frame(temperature_c, humidity_pct):
    tenths = round(abs(temperature_c) * 10)
    data = bytes((round(humidity_pct), 0, tenths // 10, tenths % 10 | (0x80 if temperature_c < 0 else 0)))
    return data + bytes((sum(data) & 255,))


def test_every_frame_of_either_sensor_tells_which_it_is():
    for tenths in range(-400, 801, 7):
        for humidity_tenths in range(1, 1001, 9):
            for twos_complement in (False, True):
                sent = frame(tenths / 10, humidity_tenths / 10, twos_complement)
                assert kind_of(sent) == "dht22", (tenths, humidity_tenths)
    for tenths in range(-200, 601, 3):
        for humidity_pct in range(5, 101):
            assert kind_of(dht11_frame(tenths / 10, humidity_pct)) == "dht11", (tenths, humidity_pct)


def test_values_that_no_sensor_can_measure_are_of_no_kind():
    for temperature_c, humidity_pct in ((-40.1, 50), (80.1, 50), (20, 100.1), (20, 0), (20, 1500)):
        assert kind_of(frame(temperature_c, humidity_pct)) is None, (temperature_c, humidity_pct)
        assert judge(frame(temperature_c, humidity_pct)) == "implausible"
    for temperature_c, humidity_pct in ((61, 50), (-21, 50), (20, 101), (20, 255)):
        assert kind_of(dht11_frame(temperature_c, humidity_pct)) is None, (temperature_c, humidity_pct)
    for numbers in ((255, 255, 255, 255, 252), (45, 10, 23, 4, 82), (45, 0, 23, 10, 78), (45, 0, 23, 0x8A, 206)):
        assert kind_of(bytes(numbers)) is None, numbers


def test_what_a_bad_wire_makes_of_nothing_is_refused_although_its_checksum_fits():
    good = Filter()
    for ghost in (bytes(5), frame(1, 1), frame(0.1, 1), frame(1, 0), frame(0, 0.5)):
        for kind in ("auto", "dht22"):
            assert good.take(ghost, 0, kind) == "zeros", ghost
    for ghost in (bytes(5), dht11_frame(1, 1), dht11_frame(0, 1), dht11_frame(1, 0)):
        assert good.take(ghost, 0, "dht11") == "zeros", ghost
    assert good.median() is None and good.kind is None
    assert good.take(frame(25.6, 25.6), 0) is None, "the bytes of a DHT11's 1 degree and 1 percent are a DHT22's 25.6"


def test_by_itself_each_sensor_is_read_as_what_it_is():
    for sent, kind, value in ((frame(-8.6, 48), "dht22", (-8.6, 48.0)), (dht11_frame(23.4, 45), "dht11", (23.4, 45.0))):
        for chosen in ("auto", kind):
            good = Filter()
            assert good.take(sent, 0, chosen) is None
            assert (good.kind, good.median()) == (kind, value)


def test_a_sensor_of_another_type_than_was_chosen_gives_no_value_and_says_so():
    for tenths in range(-100, 500, 7):
        for humidity_pct in (6, 20, 45, 60, 99):
            assert judge(frame(tenths / 10, humidity_pct), "dht11") == "other_type", (tenths, humidity_pct)
            assert judge(dht11_frame(tenths / 10, humidity_pct), "dht22") == "other_type", (tenths, humidity_pct)
    good = Filter()
    assert good.take(frame(21, 50), 0, "dht11") == "other_type"
    assert good.median() is None and good.kind is None


def test_what_was_found_is_remembered_until_three_frames_in_a_row_say_otherwise():
    good = Filter()
    good.take(frame(21, 50), 0)
    for now_s in (5, 10):
        assert good.take(dht11_frame(21, 50), now_s) == "implausible"
    assert good.take(frame(21, 50), 15) is None
    for now_s in (20, 25):
        assert good.take(dht11_frame(23, 50), now_s) == "implausible"
    assert good.take(dht11_frame(23, 50), 30) is None
    assert (good.kind, good.median()) == ("dht11", (23.0, 50.0))


def test_a_type_that_was_chosen_anew_counts_at_once():
    good = Filter()
    good.take(frame(21, 50), 0)
    assert good.take(dht11_frame(23, 50), 5, "dht11") is None
    assert (good.kind, good.median()) == ("dht11", (23.0, 50.0))


def test_zero_degrees_with_some_humidity_is_a_reading():
    good = Filter()
    assert good.take(frame(0, 80), 0) is None
    assert good.median() == (0.0, 80.0)


def test_impossible_values_are_refused():
    good = Filter()
    assert good.take(frame(21, 50), 0) is None
    assert good.take(frame(21, 110), 5) == "implausible"
    assert good.median() == (21.0, 50.0)


def test_the_value_is_the_median_of_the_last_three():
    good = Filter()
    for now_s, temperature_c in enumerate((21, 24, 22)):
        assert good.take(frame(temperature_c, 50), now_s) is None
    assert good.median() == (22.0, 50.0)
    assert good.take(frame(21.5, 50), 3) is None
    assert good.median() == (22.0, 50.0)


def test_a_single_spike_never_shows():
    good = Filter()
    good.take(frame(21, 50), 0)
    assert good.take(frame(45, 50), 5) == "jump"
    assert good.take(frame(21.1, 50), 10) is None
    assert good.median()[0] < 22


def test_a_jump_that_is_confirmed_is_believed():
    good = Filter()
    good.take(frame(21, 50), 0)
    assert good.take(frame(35, 90), 5) == "jump"
    assert good.take(frame(35.2, 90), 10) is None
    assert good.median() == (35.0, 90.0)


def test_two_different_spikes_confirm_nothing():
    good = Filter()
    good.take(frame(21, 50), 0)
    assert good.take(frame(35, 50), 5) == "jump"
    assert good.take(frame(60, 50), 10) == "jump"
    assert good.median() == (21.0, 50.0)


def test_after_a_long_silence_nothing_is_a_jump_and_old_values_do_not_count():
    good = Filter()
    for now_s in (0, 5, 10):
        good.take(frame(21, 50), now_s)
    assert good.take(frame(5, 90), 3600) is None
    assert good.median() == (5.0, 90.0)
