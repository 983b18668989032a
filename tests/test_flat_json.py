"""JSON from outside: one object, whole characters, nothing else."""

from core.flat_json import parse


def test_the_object_comes_out_as_a_dict():
    assert parse('{"a": 1, "b": "x", "c": null, "d": [1]}') == {"a": 1, "b": "x", "c": None, "d": [1]}
    assert parse(b'{"a": true}') == {"a": True}


def test_the_halves_of_an_escaped_character_are_joined():
    cases = (
        ('"\\ud83d\\ude00"', "😀"),
        ('"a\\ud83d\\ude00b\\u00e9"', "a😀bé"),
        ('"\\ud83d"', "\ufffd"),
        ('"\\ude00x"', "\ufffdx"),
    )
    for escaped, text in cases:
        assert parse('{"t": %s}' % escaped)["t"] == text, escaped


def is_refused(text):
    try:
        parse(text)
    except ValueError:
        return True
    return False


def test_anything_else_is_a_value_error():
    for text in ("", "{", '{"a": 1', "[]", "1", "nonsense", b"\xff\xfe", "[" * 100):
        assert is_refused(text), text
