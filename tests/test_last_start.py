"""What earlier starts left: why the last one ended, what crashed, who the device is."""

import json
import os
import sys

from hardware import last_start
from hardware.flash import read, remove, write_atomically


class Machine:
    """What hardware/last_start.py uses of the module machine."""

    PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
    cause = PWRON_RESET

    @staticmethod
    def reset_cause():
        return Machine.cause


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
    assert last_start.keep_crash(memory, place) == {"error": "ValueError"}
    assert not memory.get("crash")
    assert last_start.keep_crash(memory, place) is None
    assert last_start.crashes(place) == [{"error": "ValueError"}]


def test_the_last_ten_are_kept():
    place = path("crashes-ten.json")
    for number in range(13):
        last_start.keep_crash(Memory({"number": number}), place)
    assert [entry["number"] for entry in last_start.crashes(place)] == list(range(3, 13))


def test_a_damaged_file_is_not_the_next_crash():
    place = path("crashes-damaged.json")
    for content in (b"", b"{", b'{"a": 1}', b"\xff\xfe", b"3"):
        with open(place, "wb") as file:
            file.write(content)
        assert last_start.crashes(place) == [], content
        assert last_start.keep_crash(Memory({"error": "ValueError"}), place)["error"]
        assert len(last_start.crashes(place)) == 1


def test_a_flash_that_takes_nothing_keeps_the_record_for_later():
    memory = Memory({"error": "ValueError"})
    assert last_start.keep_crash(memory, "no/such/folder/crashes.json") == {"error": "ValueError"}
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
        real, sys.modules["machine"] = sys.modules.get("machine"), Machine
        found = last_start.reset_cause(Memory(reason=reason))
        del sys.modules["machine"]
        if real:
            sys.modules["machine"] = real
        assert found == words, (cause, reason)


TRACE = """Traceback (most recent call last):
  File "app.py", line 10, in start
  File "asyncio/core.py", line 1, in run_until_complete
  File "logger.py", line 40, in measure
  File "core/dht.py", line 7, in decode
ValueError: bad frame
"""


def recorded(failure, trace=TRACE, secrets=()):
    facts = {"task": "measuring", "time_s": 1700000000, "uptime_s": 3600, "heap_free": 20480}
    entry = last_start.record(failure, trace, secrets, facts)
    assert len(json.dumps(entry).encode()) <= last_start.NOTE_BYTES
    return entry


def test_a_record_says_what_where_and_when():
    entry = recorded(ValueError("bad frame"))
    assert (entry["error"], entry["message"], entry["task"]) == ("ValueError", "bad frame", "measuring")
    assert (entry["time_s"], entry["uptime_s"], entry["heap_free"]) == (1700000000, 3600, 20480)
    assert entry["where"][-1] == 'File "core/dht.py", line 7, in decode'
    assert len(entry["where"]) == 3


def test_secrets_stay_out_of_the_record():
    entry = recorded(OSError("cannot join Home with correct horse"), TRACE.replace("bad", "correct horse"), ("correct horse", "KEY", ""))
    assert "correct horse" not in json.dumps(entry)
    assert "[hidden]" in entry["message"]


def test_the_record_stays_small():
    for letter in ("x", "é", "\U0001f4a7", '"', "\n"):
        recorded(ValueError(letter * 5000), 'File "%s"\n' % (letter * 300) * 5)


def test_an_error_without_a_message_or_trace():
    entry = recorded(MemoryError(), "")
    assert entry["error"] == "MemoryError" and entry["where"] == []


STATE_PATH = "state_test.json"


def test_an_identity_is_made_once_and_stays():
    remove(STATE_PATH)
    state = last_start.load_state(STATE_PATH)
    assert len(state["hotspot_password"]) == 10 and state["quick_starts"] == 0
    assert last_start.load_state(STATE_PATH) == state
    state["quick_starts"] = 2
    last_start.save_state(state, STATE_PATH)
    assert last_start.load_state(STATE_PATH) == state
    remove(STATE_PATH)
    assert last_start.load_state(STATE_PATH)["hotspot_password"] != state["hotspot_password"]


def test_what_cannot_be_an_identity_is_replaced():
    damaged = (b"", b"{", b"[]", b"null", b"[" * 500, b'{"quick_starts": 0}', b'{"hotspot_password": "long enough"}')
    passwords = b"null", b"5", b'"short"', b"[1, 2, 3, 4, 5, 6, 7, 8]", b'"%s"' % (b"long" * 16)
    for content in damaged + tuple(b'{"quick_starts": 0, "hotspot_password": %s}' % password for password in passwords):
        write_atomically(STATE_PATH, content)
        state = last_start.load_state(STATE_PATH)
        assert len(state["hotspot_password"]) == 10 and state["quick_starts"] == 0, content
        assert read(STATE_PATH) != content


def test_a_count_of_starts_that_is_none_is_replaced():
    for count in (b"null", b'"2"', b"[]", b"{}"):
        write_atomically(STATE_PATH, b'{"hotspot_password": "long enough", "quick_starts": %s}' % count)
        assert last_start.load_state(STATE_PATH)["quick_starts"] == 0, count
