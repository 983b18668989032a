"""Hypothesis writes the files the device reads at start: settings, journal, cursor, state. It starts, says so, and loses nothing else."""

import json

from core import form, journal, settings
from fuzzing import effort
from hypothesis import example, given
from hypothesis import strategies as st

NAMES = st.sampled_from(sorted(settings.DEFAULTS)) | st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=10,
)


@effort(300)
@given(st.text(max_size=300) | JSON.map(json.dumps))
@example('{"version": 1, "ssid": {}}')
@example("[" * 500)
def test_a_settings_file_is_taken_or_refused_with_a_sentence(text):
    try:
        taken = settings.from_json(text)
    except ValueError as error:
        assert str(error)
    else:
        assert settings.from_json(settings.to_json(taken)) == taken


@effort(300)
@given(st.binary(min_size=journal.RECORD_BYTES, max_size=journal.RECORD_BYTES))
def test_a_record_is_read_or_skipped(record):
    reading = journal.unpack(record)
    assert reading is None or journal.pack(reading) == record


@effort(300)
@given(st.binary(max_size=100))
def test_board_names_are_taken_or_refused(content):
    try:
        form.json_object(content)
    except ValueError:
        pass
