import os
import sys


class Machine:
    """What hardware/crash_log.py uses of the module machine."""

    PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
    cause = PWRON_RESET

    @staticmethod
    def reset_cause():
        return Machine.cause


sys.modules["machine"], _real = Machine, sys.modules.get("machine")
from hardware import crash_log  # noqa: E402

crash_log.machine = Machine
if _real:
    sys.modules["machine"] = _real
else:
    del sys.modules["machine"]


class Memory:
    def __init__(self, crash=None, reason=""):
        self.values = {"crash": crash, "reason": reason}

    def get(self, name, default=0):
        return self.values.get(name, default)

    def set(self, name, value):
        self.values[name] = value


def path(name):
    """A path in the current directory without such a file."""
    try:
        os.remove(name)
    except OSError:
        pass
    return name


def test_a_record_moves_to_flash_once():
    memory = Memory({"error": "ValueError"})
    place = path("crashes-moved.json")
    assert crash_log.keep(memory, place) == {"error": "ValueError"}
    assert not memory.get("crash")
    assert crash_log.keep(memory, place) is None
    assert crash_log.load(place) == [{"error": "ValueError"}]


def test_the_last_ten_are_kept():
    place = path("crashes-ten.json")
    for number in range(crash_log.KEPT + 3):
        crash_log.keep(Memory({"number": number}), place)
    assert [entry["number"] for entry in crash_log.load(place)] == list(range(3, crash_log.KEPT + 3))


def test_a_damaged_file_is_not_the_next_crash():
    place = path("crashes-damaged.json")
    for content in (b"", b"{", b'{"a": 1}', b"\xff\xfe", b"3"):
        with open(place, "wb") as file:
            file.write(content)
        assert crash_log.load(place) == [], content
        assert crash_log.keep(Memory({"error": "ValueError"}), place)["error"]
        assert len(crash_log.load(place)) == 1


def test_a_flash_that_takes_nothing_keeps_the_record_for_later():
    memory = Memory({"error": "ValueError"})
    assert crash_log.keep(memory, "no/such/folder/crashes.json") == {"error": "ValueError"}
    assert memory.get("crash")


def test_the_reset_cause_in_words():
    for cause, reason, words in (
        (Machine.PWRON_RESET, "", "power"),
        (Machine.HARD_RESET, "", "panic"),
        (Machine.HARD_RESET, "restart: new settings", "restart: new settings"),
        (Machine.SOFT_RESET, "", "soft reset"),
        (Machine.DEEPSLEEP_RESET, "", "deep sleep"),
        (Machine.WDT_RESET, "", "watchdog"),
        (Machine.WDT_RESET, "watchdog: uploading", "watchdog: uploading"),
        (Machine.WDT_RESET, "restart: crash", "watchdog"),
        (99, "", "unknown"),
    ):
        Machine.cause = cause
        assert crash_log.reset_cause(Memory(reason=reason)) == words, (cause, reason)
