"""Hypothesis writes what the device reads from flash and from strangers: it is taken whole or refused, and nothing else is lost."""

import asyncio
import json
from types import SimpleNamespace

from core import settings, timestamps
from core.reading import RECORD_BYTES, Reading, decode, pack, unpack
from core.thingspeak import verdict
from fake_device import Device, ask
from fuzzing import effort
from hardware import last_start, profile, settings_store
from hardware.clock import Clock
from hardware.journal import Journal
from hypothesis import example, given
from hypothesis import strategies as st
from microdot import HTTPException, Request
from portal.exchange import Exchange
from visitor import Visitor

NAMES = st.sampled_from(sorted(settings.DEFAULTS)) | st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=10,
)
BOARD_NAMES = st.sampled_from(["SENSOR_PIN", "SENSOR_PINS", "LED_PIN", "URL", "url"])


@effort(100)
@given(st.text(max_size=300) | JSON.map(json.dumps))
@example('{"version": 1, "ssid": {}}')
@example("[" * 500)
def test_a_settings_file_is_taken_or_refused(text):
    try:
        taken = settings_store.from_json(text)
    except ValueError as error:
        assert error.args[0] == "settings_damaged" and error.args[1]
    else:
        assert settings_store.from_json(settings_store.to_json(taken)) == taken


@effort(100)
@given(st.binary(max_size=100) | st.fixed_dictionaries({"hotspot_password": JSON, "quick_starts": JSON}).map(json.dumps).map(str.encode))
@example(b'{"hotspot_password": [1, 2, 3, 4, 5, 6, 7, 8], "quick_starts": 0}')
@example(b'{"hotspot_password": "long enough", "quick_starts": 1e999}')
def test_whatever_the_identitys_file_holds_there_is_a_password_that_stays(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("identity") / "state.json"
    path.write_bytes(content)
    state = last_start.load_state(str(path))
    assert isinstance(state["hotspot_password"], str) and 8 <= len(state["hotspot_password"].encode()) <= 63
    assert isinstance(state["quick_starts"], int)
    assert last_start.load_state(str(path)) == state


@effort(100)
@given(st.binary(min_size=RECORD_BYTES, max_size=RECORD_BYTES))
def test_a_record_is_read_or_skipped(record):
    reading = unpack(record)
    assert reading is None or pack(reading) == record


RECORDS = st.lists(st.binary(max_size=40) | st.integers(0, 2**32 - 1).map(lambda at: bytes(pack(_reading(at)))), max_size=6)


def _reading(time_s):
    return Reading(time_s or None, 7, 1, 21.4, 48.0, 0)


@effort(100)
@given(st.dictionaries(st.integers(0, 99999), RECORDS.map(b"".join), max_size=3), st.none() | st.binary(max_size=16))
def test_a_journal_of_anything_still_keeps_what_comes(tmp_path_factory, segments, cursor):
    root = tmp_path_factory.mktemp("flash")
    folder = root / "journal"
    folder.mkdir()
    for number, content in segments.items():
        (folder / ("%06d.seg" % number)).write_bytes(content)
    if cursor is not None:
        (root / "cursor").write_bytes(cursor)
    opened = Journal(str(root))
    assert opened.first <= opened.cursor <= opened.end and opened.waiting() >= 0
    position = opened.append(_reading(1800000000))
    assert dict(Journal(str(root)).walk(position)) == {position: _reading(1800000000)}


@effort(100)
@given(st.binary(max_size=100) | JSON.map(json.dumps).map(str.encode) | st.dictionaries(BOARD_NAMES, JSON).map(json.dumps).map(str.encode))
def test_board_names_are_taken_or_refused(content):
    board = SimpleNamespace(SENSOR_PIN=22, SENSOR_PINS=(), LED_PIN=2)
    profile.configure(board, content, "")
    assert set(vars(board)) == {"SENSOR_PIN", "SENSOR_PINS", "LED_PIN"} and len(board.SENSOR_PINS) == 13


SESSIONS = st.tuples(JSON, st.lists(st.lists(JSON, max_size=5), max_size=3))


@effort(100)
@given(st.binary(max_size=60) | (JSON | SESSIONS).map(json.dumps).map(str.encode))
@example(b"[1e999, []]")
@example(b"[3, [[1, 1e999, 3]]]")
def test_whatever_the_file_of_sessions_holds_the_clock_starts(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("sessions") / "sessions.json"
    path.write_bytes(content)
    memory = SimpleNamespace(get=lambda name: 0, set=lambda name, value: None)
    clock = Clock(memory, None, str(path))
    assert 0 <= clock.session < 256 and clock.uptime_s() in (0, 1)
    assert isinstance(json.loads(path.read_bytes()), list)


@effort(100)
@given(st.binary(min_size=5, max_size=5), st.sampled_from(["auto", "dht22", "dht11"]))
def test_a_frame_is_a_value_that_can_be_kept_or_a_code(frame, kind):
    value = decode(frame, kind)
    if value not in ("sensor_checksum", "sensor_other_type"):
        temperature_c, humidity_pct, found = value
        assert -40 <= temperature_c <= 80 and 0 <= humidity_pct <= 100 and kind in ("auto", found)


@effort(100)
@given(
    st.sampled_from([0, 200, 202, 400, 401, 404, 409, 429, 500]),
    st.binary(max_size=60) | JSON.map(json.dumps).map(str.encode),
    st.booleans(),
)
@example(200, b'{"success": true}', False)
@example(200, b'{"entry_id": true, "channel_id": "1"}', False)
def test_a_reply_has_an_outcome_and_ids_that_can_be_stored(status, body, bulk):
    outcome, *ids = verdict(status, body, "", bulk)
    assert outcome in ("accepted", "too_fast", "key_refused", "conflict", "bad_request", "retry")
    assert all(settings.fault("channel_id", one) is None for one in ids)


CHANGES = "/setup /api/settings /login /logout /api/erase /api/restart /setup/keep /setup/retry /api/setup-mode /api/update".split()


@effort(100)
@given(st.sampled_from(CHANGES), JSON | st.dictionaries(NAMES, JSON, max_size=5))
def test_a_document_of_any_shape_gets_a_code(path, document):
    body = json.dumps(document)[:2000]
    answer = ask(Device(), "POST", path, body, {"Content-Type": "application/json"}, "hotspot")
    assert answer.status in (200, 202, 400, 401, 409) and isinstance(answer.json, dict), answer.text


@effort(100)
@given(st.text("0123456789-:TZ+. ", max_size=25) | st.text(max_size=12))
def test_a_date_is_a_time_or_none(text):
    time_s = timestamps.from_iso(text)
    assert time_s is None or timestamps.from_iso(timestamps.iso(time_s)) == time_s


@effort(100)
@given(st.lists(st.sampled_from([b"GET / HTTP/1.1", b"Host: a", b"Content-Length: 3", b"Cookie: a=1", b": "]) | st.binary(max_size=30)))
def test_a_request_is_read_or_refused_with_a_status(lines):
    try:
        exchange = Exchange(Visitor(), b"\r\n".join(lines) + b"\r\n\r\n")
        asyncio.run(Request.create(None, exchange, exchange, None))
    except HTTPException as refusal:
        assert refusal.status_code in (411, 413, 414, 431) and isinstance(refusal.reason, str)
    except (ValueError, EOFError):
        pass  # 400, and no answer
