import json

from core.crash import HIDDEN, NOTE_BYTES, record, without

TRACE = """Traceback (most recent call last):
  File "app.py", line 10, in start
  File "asyncio/core.py", line 1, in run_until_complete
  File "logger.py", line 40, in measure
  File "core/dht.py", line 7, in decode
ValueError: bad frame
"""


def recorded(failure, trace=TRACE, secrets=()):
    entry = record(failure, trace, "measuring", 1700000000, 3600, 20480, secrets)
    assert len(json.dumps(entry).encode()) <= NOTE_BYTES
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
    assert HIDDEN in entry["message"]
    assert without("a b", (b"a", "", b"", None)) == HIDDEN + " b"


def test_the_record_stays_small():
    for letter in ("x", "é", "\U0001f4a7", '"', "\n"):
        recorded(ValueError(letter * 5000), 'File "%s"\n' % (letter * 300) * 5)


def test_an_error_without_a_message_or_trace():
    entry = recorded(MemoryError(), "")
    assert entry["error"] == "MemoryError" and entry["where"] == []
