"""The journal on flash."""

import os
import struct

from core.reading import RECORD_BYTES, SEGMENT_RECORDS, Reading
from hardware import journal as hardware_journal
from hardware import segments
from hardware.flash import remove
from hardware.journal import Journal

ROOT = "journal_test"
FOLDER = ROOT + "/journal"
CURSOR = ROOT + "/cursor"


def reading(number):
    return Reading(1795377903 + 60 * number, 60 * number, 1, number % 80, number % 100, 0)


def new_journal():
    try:
        os.mkdir(ROOT)
    except OSError:
        pass
    try:
        for name in os.listdir(FOLDER):
            remove(FOLDER + "/" + name)
    except OSError:
        pass
    remove(CURSOR)
    return opened()


def opened():
    return Journal(ROOT)


def filled(count):
    journal = new_journal()
    for number in range(count):
        journal.append(reading(number))
    return journal


def kept(journal, start=0):
    return [record for _, record in journal.walk(start) if record]


def overwrite(segment, content):
    with open("%s/%06d.seg" % (FOLDER, segment), "wb") as file:
        file.write(content)


def content_of(segment):
    with open("%s/%06d.seg" % (FOLDER, segment), "rb") as file:
        return file.read()


def test_an_empty_journal_has_nothing():
    journal = new_journal()
    assert (journal.first, journal.end, journal.cursor, journal.waiting()) == (0, 0, 0, 0)
    assert kept(journal) == []


def test_readings_come_back_in_order_also_after_a_restart():
    journal = filled(2500)
    assert kept(journal) == [reading(number) for number in range(2500)]
    assert kept(opened()) == [reading(number) for number in range(2500)]
    assert opened().end == journal.end


def test_every_record_is_on_flash_when_append_returns():
    journal = new_journal()
    for number in range(20):
        journal.append(reading(number))
        assert len(content_of(0)) == (number + 1) * RECORD_BYTES


def test_positions_never_repeat():
    journal = new_journal()
    positions = [journal.append(reading(number)) for number in range(2100)]
    assert positions == sorted(set(positions))
    assert [position for position, _ in journal.walk(0)] == positions


def test_the_number_of_waiting_readings_is_exact_across_segments():
    journal = filled(2500)
    assert journal.waiting() == 2500
    for position, number in ((1, 1), (SEGMENT_RECORDS - 1, SEGMENT_RECORDS - 1), (SEGMENT_RECORDS, SEGMENT_RECORDS), (2500, 2500)):
        journal.move_cursor(position)
        assert journal.waiting() == 2500 - number


def test_appending_goes_on_where_it_was_after_a_restart():
    filled(10)
    journal = opened()
    assert journal.append(reading(10)) == 10
    assert kept(journal) == [reading(number) for number in range(11)]


def test_a_full_segment_is_followed_by_a_new_one_after_a_restart():
    filled(SEGMENT_RECORDS)
    journal = opened()
    assert journal.end == SEGMENT_RECORDS
    assert journal.append(reading(SEGMENT_RECORDS)) == SEGMENT_RECORDS
    assert len(kept(journal)) == SEGMENT_RECORDS + 1


def test_a_torn_tail_ends_its_segment_and_loses_only_its_record():
    for torn_bytes in range(1, RECORD_BYTES):
        filled(5)
        overwrite(0, content_of(0)[: 4 * RECORD_BYTES + torn_bytes])
        journal = opened()
        assert journal.append(reading(9)) == SEGMENT_RECORDS
        assert kept(journal) == [reading(0), reading(1), reading(2), reading(3), reading(9)], torn_bytes


def test_a_damaged_record_is_skipped_and_the_others_stay():
    filled(50)
    content = bytearray(content_of(0))
    content[20 * RECORD_BYTES + 3] ^= 0x10
    overwrite(0, content)
    journal = opened()
    assert kept(journal) == [reading(number) for number in range(50) if number != 20]
    assert [position for position, record in journal.walk(0) if record is None] == [20]


def test_a_missing_or_emptied_segment_is_stepped_over():
    filled(3000)
    overwrite(1, b"")
    journal = opened()
    expected = [reading(number) for number in range(3000) if number // SEGMENT_RECORDS != 1]
    assert kept(journal) == expected
    remove(FOLDER + "/000001.seg")
    assert kept(opened()) == expected


def test_files_that_are_not_segments_do_not_disturb():
    filled(3)
    for name in ("notes.txt", "x.seg", "000007.seg.new"):
        with open(FOLDER + "/" + name, "w") as file:
            file.write("?")
    assert kept(opened()) == [reading(0), reading(1), reading(2)]


def test_a_walk_starts_anywhere_and_in_any_batch():
    journal = filled(1100)
    for start in (0, 1, 15, 16, SEGMENT_RECORDS - 1, SEGMENT_RECORDS, journal.end):
        for batch in (1, 7, 16, 64):
            expected = [position for position, _ in journal.walk(0) if position >= start]
            assert [position for position, _ in journal.walk(start, batch)] == expected, (start, batch)


def test_the_cursor_survives_a_restart():
    journal = filled(100)
    journal.move_cursor(42)
    assert opened().cursor == 42
    assert opened().waiting() == 58


def test_a_damaged_cursor_means_everything_again():
    for damage in (b"", b"1234567", b"\x2a\0\0\0\0\0\0\0", b"\xff" * 8, bytes(12), b"\xff" * 12):
        filled(100).move_cursor(42)
        with open(CURSOR, "wb") as file:
            file.write(damage)
        assert opened().cursor == 0, damage


def test_the_cursor_on_flash_means_the_same_to_every_version():
    journal = filled(2500)
    for segment, index in ((0, 42), (1, 0), (2, 7)):
        journal.move_cursor(segment * SEGMENT_RECORDS + index)
        with open(CURSOR, "rb") as file:
            assert struct.unpack("<I", file.read(4))[0] == segment * 1024 + index
        assert opened().cursor == segment * SEGMENT_RECORDS + index


def test_what_will_never_be_uploaded_is_counted_for_good():
    journal = filled(100)
    journal.dropped += 3
    journal.move_cursor(42)
    assert (opened().cursor, opened().dropped) == (42, 3)


def test_what_made_room_before_it_was_uploaded_stays_counted_over_a_restart():
    journal = filled(SEGMENT_RECORDS)
    real, segments.flash.free_bytes = segments.flash.free_bytes, lambda _: segments.FLOOR_BYTES - 1
    try:
        journal.append(reading(SEGMENT_RECORDS))
    finally:
        segments.flash.free_bytes = real
    assert (journal.dropped, opened().dropped) == (SEGMENT_RECORDS, SEGMENT_RECORDS)


def test_a_cursor_beyond_the_journal_stops_at_its_end():
    filled(100).move_cursor(90)
    overwrite(0, content_of(0)[: 50 * RECORD_BYTES])
    journal = opened()
    assert (journal.cursor, journal.waiting()) == (50, 0)


def test_the_oldest_segments_go_when_space_runs_short_and_the_newest_stay():
    room = [segments.FLOOR_BYTES]
    real = segments.flash.free_bytes
    segments.flash.free_bytes = lambda _: room[0] - 16384 * len([name for name in os.listdir(FOLDER) if name.endswith(".seg")])
    try:
        journal = new_journal()
        room[0] += 5 * 16384 - 1
        for number in range(10 * SEGMENT_RECORDS + 5):
            journal.append(reading(number))
        numbers = [record.uptime_s // 60 for record in kept(journal)]
        assert numbers == list(range(numbers[0], 10 * SEGMENT_RECORDS + 5))
        assert 4 * SEGMENT_RECORDS <= len(numbers) <= 5 * SEGMENT_RECORDS
        assert journal.cursor == journal.first
        assert journal.dropped == numbers[0]
        assert journal.waiting() == len(numbers)
        assert opened().first == journal.first
    finally:
        segments.flash.free_bytes = real


def test_a_flash_that_is_full_of_other_things_keeps_the_newest_segment():
    real = segments.flash.free_bytes
    segments.flash.free_bytes = lambda _: 0
    try:
        journal = new_journal()
        for number in range(2 * SEGMENT_RECORDS + 5):
            journal.append(reading(number))
        assert len(kept(journal)) >= 5
    finally:
        segments.flash.free_bytes = real


def append_to_full_flash(journal):
    """An append that gets half a record onto flash."""

    def half_open(path, mode):
        with open(path, mode) as file:
            file.write(b"half")
        raise OSError(28)

    hardware_journal.open = half_open
    try:
        journal.append(reading(3))
        raise AssertionError("a full flash must be heard of")
    except OSError:
        pass
    finally:
        del hardware_journal.open


def test_after_a_failed_write_the_next_reading_goes_into_a_new_segment():
    journal = filled(3)
    append_to_full_flash(journal)
    assert journal.append(reading(4)) == SEGMENT_RECORDS
    assert kept(journal) == kept(opened()) == [reading(0), reading(1), reading(2), reading(4)]


def test_a_flash_that_stays_full_is_not_littered_with_segments():
    journal = filled(3)
    for _ in range(20):
        append_to_full_flash(journal)
    assert len(os.listdir(FOLDER)) == 2
    assert journal.append(reading(4)) == SEGMENT_RECORDS
    assert kept(journal) == [reading(0), reading(1), reading(2), reading(4)]


def test_thirty_days_of_minutes_fit_beside_two_versions_of_the_app():
    blocks = -(-30 * 1440 // SEGMENT_RECORDS) * 4 + 2 * 40  # and 2 x 160 kB for the app
    assert (512 - blocks) * 4096 > segments.FLOOR_BYTES


def test_a_full_segment_fits_four_blocks_with_the_pointers_of_littlefs():
    # Block n of a littlefs file starts with ctz(n) + 1 pointers of four bytes, except block 0.
    assert SEGMENT_RECORDS * RECORD_BYTES == 4096 + (4096 - 4) + (4096 - 8) + (4096 - 4)
