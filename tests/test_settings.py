"""The settings: whatever is stored comes back, and nonsense is refused with a sentence."""

import json

from core import settings
from core.settings import DEFAULTS, from_json, is_valid, redacted, to_json

KEY = "ABCDEFGHIJKLMN09"
GOOD = dict(DEFAULTS, ssid=b"Home", password="correct horse", api_key=KEY)


def refusal(text):
    try:
        from_json(text)
    except ValueError as error:
        return str(error)
    return None


def test_settings_come_back_as_they_were_stored():
    cases = (
        {},
        {"ssid": b"\xff\xfe\x00"},
        {"ssid": "Zoë 😀".encode()},
        {"ssid": b"\xed\xa0\x80"},  # a surrogate: MicroPython would call it text
        {"ssid": b"\xc0\x80"},  # a long form of NUL
        {"ssid": b'"\\<img src=x onerror=alert(1)>'},
        {"password": ""},
        {"password": "0123456789abcdef" * 4},
        {"password": "pässwörter mit € und 😀"},
        {"interval_s": 86400, "name": "Zoë's “cellar”", "units": "F", "sensor": "am2302", "https": False, "channel_id": 1234567},
        {"temperature_offset_c": -0.5, "humidity_offset_pct": 2.5},
    )
    for changes in cases:
        stored = dict(GOOD)
        stored.update(changes)
        assert from_json(to_json(stored)) == stored, changes


def test_a_name_that_is_text_is_stored_as_text():
    assert json.loads(to_json(GOOD))["ssid"] == "Home"
    assert "ssid_hex" not in to_json(GOOD)
    assert json.loads(to_json(dict(GOOD, ssid=b"\xff")))["ssid_hex"] == "ff"


def test_an_escaped_emoji_is_one_character():
    text = to_json(dict(GOOD, ssid=b"X")).replace('"X"', '"\\ud83d\\ude00"')
    assert from_json(text)["ssid"] == "😀".encode()


def test_what_is_missing_is_taken_from_the_base():
    base = dict(GOOD, units="F", ssid=b"\xfe")
    restored = from_json('{"version": 1, "interval_s": 300}', base)
    assert restored == dict(base, interval_s=300)


def test_nonsense_is_refused_with_a_sentence():
    plain = json.loads(to_json(GOOD))
    cases = ["", "{", "[]", "null", "7", '"x"', "\x00" * 20, "[" * 100, '{"version": 1}']
    for name, value in (
        ("version", 2),
        ("version", "x"),
        ("ssid", ""),
        ("ssid", 5),
        ("ssid", "x" * 33),
        ("ssid_hex", "zz"),
        ("ssid_hex", None),
        ("password", "short"),
        ("password", None),
        ("password", "x" * 64),
        ("api_key", KEY.lower()),
        ("api_key", ""),
        ("interval_s", 14),
        ("interval_s", 86401),
        ("interval_s", True),
        ("interval_s", 60.0),
        ("name", ""),
        ("name", "a\nb"),
        ("name", "n" * 33),
        ("units", "K"),
        ("units", []),
        ("sensor", "dht44"),
        ("sensor", {}),
        ("https", 1),
        ("https", "yes"),
        ("temperature_offset_c", 21),
        ("temperature_offset_c", "1"),
        ("temperature_offset_c", True),
        ("humidity_offset_pct", None),
        ("channel_id", 0),
        ("channel_id", "1"),
        ("channel_id", True),
    ):
        damaged = dict(plain)
        damaged[name] = value
        cases.append(json.dumps(damaged))
    for text in cases:
        sentence = refusal(text)
        assert sentence and sentence.endswith(".") and len(sentence) > 20, (text, sentence)


def test_a_newer_version_is_named_as_such():
    assert "newer" in refusal('{"version": 2}')


def test_no_secret_is_in_the_redacted_settings():
    shown = json.dumps(redacted(GOOD))
    assert "correct horse" not in shown and KEY not in shown
    assert json.loads(shown)["ssid"] == "Home"


def test_keys_of_wpa2_have_8_to_63_characters_or_64_digits():
    for key in ("x" * 8, "x" * 63, "a" * 64, "0123456789abcdefABCDEF0123456789" * 2, "with space", "é" * 4):
        assert settings.is_wpa_key(key), key
    for key in ("", "x" * 7, "x" * 64, "a" * 65, "tab\tinside", "é" * 32):
        assert not settings.is_wpa_key(key), key


def test_the_defaults_lack_only_network_and_key():
    wrong = [name for name in DEFAULTS if not is_valid(name, DEFAULTS[name])]
    assert sorted(wrong) == ["api_key", "ssid"]
