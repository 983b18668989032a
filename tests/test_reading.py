"""One reading in sixteen bytes."""

from core.reading import RECORD_BYTES, Reading, pack, unpack

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
