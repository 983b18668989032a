"""Surrogates: a character that JSON wrote as two halves is one again."""

import json

from core.surrogates import joined


def test_the_halves_of_an_escaped_character_are_joined():
    for escaped, whole in (
        ('"\\ud83d\\ude00"', "😀"),
        ('"a\\ud83d\\ude00b\\u00e9"', "a😀bé"),
        ('"\\ud7ff"', "\ud7ff"),
        ('"Zoë 😀"', "Zoë 😀"),
        ('""', ""),
    ):
        assert joined(json.loads(escaped)) == whole, escaped


def test_half_a_character_is_refused():
    for escaped in ('"\\ud83d"', '"\\ude00x"', '"\\ud83dx\\ude00"', '"\\ude00\\ud83d"'):
        try:
            joined(json.loads(escaped))
        except ValueError:
            continue
        raise AssertionError(escaped)
