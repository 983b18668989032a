import json
import os

from hardware import crash_log


class Memory:
    def __init__(self, note):
        self.note = note

    def crash_note(self):
        return self.note

    def set_crash_note(self, note):
        self.note = note


def path(name):
    """A path in the current directory without such a file."""
    try:
        os.remove(name)
    except OSError:
        pass
    return name


def test_a_note_moves_to_flash_once():
    memory = Memory(b'{"error": "ValueError"}')
    place = path("crashes-moved.json")
    assert crash_log.keep(memory, place) == {"error": "ValueError"}
    assert memory.note == b""
    assert crash_log.keep(memory, place) is None
    assert crash_log.load(place) == [{"error": "ValueError"}]


def test_the_last_ten_are_kept():
    place = path("crashes-ten.json")
    for number in range(crash_log.KEPT + 3):
        crash_log.keep(Memory(json.dumps({"number": number}).encode()), place)
    assert [entry["number"] for entry in crash_log.load(place)] == list(range(3, crash_log.KEPT + 3))


def test_a_damaged_file_or_note_is_not_the_next_crash():
    place = path("crashes-damaged.json")
    for content in (b"", b"{", b'{"a": 1}', b"\xff\xfe", b"3"):
        with open(place, "wb") as file:
            file.write(content)
        assert crash_log.load(place) == [], content
        assert crash_log.keep(Memory(b"nonsense"), place)["error"]
        assert len(crash_log.load(place)) == 1


def test_a_flash_that_takes_nothing_keeps_the_note_for_later():
    memory = Memory(b'{"error": "ValueError"}')
    assert crash_log.keep(memory, "no/such/folder/crashes.json") == {"error": "ValueError"}
    assert memory.note
