"""One reading: in sixteen bytes, and from a DHT's five, of which some are not to be believed."""

from core.reading import RECORD_BYTES, Reading, decode, median, pack, unpack

READINGS = (
    Reading(1795377903, 86400, 7, 21.4, 48.0, 0),
    Reading(None, 12, 255, -40.0, 0.1, 1),
    Reading(4102444799, 4294967295, 0, 80.0, 100.0, 255),
    Reading(1795377903, 0, 0, -0.1, 99.9, 0),
    Reading(1795377903, 1, 1, 21.37, 47.25, 0),
)


def test_what_is_packed_comes_back():
    for reading in READINGS:
        record = pack(reading)
        assert len(record) == RECORD_BYTES
        assert unpack(record) == reading


def test_a_record_is_found_inside_a_buffer():
    buffer = b"".join(bytes(pack(reading)) for reading in READINGS)
    for index, reading in enumerate(READINGS):
        assert unpack(buffer, index * RECORD_BYTES) == reading


def test_any_flipped_bit_is_noticed():
    record = pack(READINGS[0])
    for bit in range(RECORD_BYTES * 8):
        damaged = bytearray(record)
        damaged[bit // 8] ^= 1 << bit % 8
        assert unpack(damaged) is None, bit


def test_erased_and_zeroed_flash_is_not_a_reading():
    assert unpack(bytes(RECORD_BYTES)) is None
    assert unpack(b"\xff" * RECORD_BYTES) is None


def frame(temperature_c, humidity_pct, twos_complement=False):
    humidity = round(humidity_pct * 10)
    temperature = round(abs(temperature_c) * 10)
    if temperature_c < 0:
        temperature = 0x10000 - temperature if twos_complement else 0x8000 | temperature
    data = bytes((humidity >> 8, humidity & 255, temperature >> 8, temperature & 255))
    return data + bytes((sum(data) & 255,))


def dht11_frame(temperature_c, humidity_pct):
    tenths = round(abs(temperature_c) * 10)
    data = bytes((round(humidity_pct), 0, tenths // 10, tenths % 10 | (0x80 if temperature_c < 0 else 0)))
    return data + bytes((sum(data) & 255,))


def test_the_example_of_the_data_sheet_is_decoded():
    assert decode(bytes((0x02, 0x8C, 0x01, 0x5F, 0xEE))) == (35.1, 65.2, "dht22")
    assert decode(bytes((0x02, 0x8C, 0x80, 0x65, 0x73))) == (-10.1, 65.2, "dht22")


def test_both_ways_to_write_a_temperature_below_zero_mean_the_same():
    for tenths in range(-400, 801):
        for twos_complement in (False, True):
            assert decode(frame(tenths / 10, 50, twos_complement)) == (tenths / 10, 50.0, "dht22")


def test_minus_zero_is_zero():
    assert str(decode(bytes((1, 0, 0x80, 0, 0x81)))[0]) == "0.0"
    assert str(decode(bytes((45, 0, 0, 0x80, 0)))[0]) == "0.0"


def test_a_dht11_sends_whole_degrees_and_tenths():
    assert decode(bytes((45, 0, 23, 4, 72))) == (23.4, 45.0, "dht11")
    assert decode(bytes((45, 0, 2, 0x85, 0))) == (-2.5, 45.0, "dht11")


def test_every_frame_of_either_sensor_tells_which_it_is():
    for tenths in range(-400, 801, 7):
        for humidity_tenths in range(11, 1001, 9):
            for twos_complement in (False, True):
                sent = frame(tenths / 10, humidity_tenths / 10, twos_complement)
                assert decode(sent)[2] == decode(sent, "dht22")[2] == "dht22", (tenths, humidity_tenths)
                assert decode(sent, "dht11") == "sensor_other_type"
    for tenths in range(-200, 601, 3):
        for humidity_pct in range(5, 101):
            sent = dht11_frame(tenths / 10, humidity_pct)
            assert decode(sent)[2] == decode(sent, "dht11")[2] == "dht11", (tenths, humidity_pct)
            assert decode(sent, "dht22") == "sensor_other_type"


def test_values_that_no_sensor_can_measure_are_refused():
    for temperature_c, humidity_pct in ((-40.1, 50), (80.1, 50), (20, 100.1), (20, 0), (20, 1500)):
        assert decode(frame(temperature_c, humidity_pct)) == "sensor_checksum", (temperature_c, humidity_pct)
    for temperature_c, humidity_pct in ((61, 50), (-21, 50), (20, 101), (20, 255)):
        assert decode(dht11_frame(temperature_c, humidity_pct)) == "sensor_checksum", (temperature_c, humidity_pct)
    for numbers in ((255, 255, 255, 255, 252), (45, 10, 23, 4, 82), (45, 0, 23, 10, 78), (45, 0, 23, 0x8A, 206)):
        assert decode(bytes(numbers)) == "sensor_checksum", numbers


def test_what_a_bad_wire_makes_of_nothing_is_refused_although_its_checksum_fits():
    for ghost in (bytes(5), frame(1, 1), frame(0.1, 1), frame(1, 0), frame(0, 0.5)):
        for kind in ("auto", "dht11", "dht22"):
            assert decode(ghost, kind) == "sensor_checksum", ghost
    for ghost in (dht11_frame(1, 1), dht11_frame(0, 1), dht11_frame(1, 0)):
        assert isinstance(decode(ghost, "dht11"), str), ghost
    assert decode(frame(25.6, 25.6)) == (25.6, 25.6, "dht22"), "the bytes of a DHT11's 1 degree and 1 percent"
    assert decode(frame(0, 80)) == (0.0, 80.0, "dht22")
    assert decode(frame(20, 0.5)) == (20.0, 0.5, "dht22")


def test_a_code_that_came_instead_of_a_frame_stays():
    assert decode("sensor_silent") == "sensor_silent"


def test_a_single_spike_never_shows():
    usual, spike, other = (21.0, 50.0, "dht22"), (45.0, 10.0, "dht22"), (23.0, 30.0, "dht11")
    assert median([spike]) == list(spike)
    assert median([usual, spike]) == list(usual)
    for values in ([usual, spike, usual], [usual, usual, spike], [usual, other, usual]):
        assert median(values) == list(usual)
    assert median([usual, spike, spike]) == list(spike), "a jump that is confirmed"
    assert median([usual, other, other]) == list(other), "a sensor that was exchanged"
    assert median([(21.0, 50.0, "dht22"), (24.0, 51.0, "dht22"), (22.0, 49.0, "dht22")]) == [22.0, 50.0, "dht22"]
