"""The settings: whatever is stored comes back, and nonsense is refused."""

import json

from core.settings import DEFAULTS, fault, from_hex
from core.text import redacted
from core.text import joined, shown
from hardware.settings_store import check, from_json, to_json

KEY = "ABCDEFGHIJKLMN09"
GOOD = dict(DEFAULTS, ssid=b"Home", password="correct horse", api_key=KEY)
NONSENSE = (
    ("version", 0),
    ("version", "x"),
    ("version", True),
    ("ssid", ""),
    ("ssid", 5),
    ("ssid", None),
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
    ("name", " a"),
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
    ("temperature_slope", 0.49),
    ("humidity_slope", 2.01),
    ("humidity_slope", True),
    ("pin", -1),
    ("pin", 49),
    ("pin", 4.0),
    ("pin", None),
    ("channel_id", 0),
    ("channel_id", -5),
    ("channel_id", "1"),
    ("channel_id", True),
    ("channel_id", 2**31 + 1),
    ("channel_id", []),
    ("country", None),
    ("country", "de"),
    ("country", "DEU"),
    ("static", {}),
    ("static", ["192.168.1.20", "255.255.255.0", "192.168.1.1", "192.168.1.1"]),
    ("networks", None),
    ("networks", {}),
    ("networks", ["Home"]),
    ("networks", [{"ssid_hex": "zz", "password": ""}]),
    ("networks", [{"ssid_hex": "00", "password": "short"}]),
    ("networks", [{"ssid_hex": "00"}]),
    ("networks", [{"ssid_hex": "00", "password": ""}] * 3),
)


def refusal(text):
    try:
        from_json(text)
    except ValueError as error:
        return error.args
    return None


def test_settings_come_back_as_they_were_stored():
    cases = (
        {},
        {"ssid": b"\xff\xfe\x00"},
        {"static": {"address": "10.0.0.7", "netmask": "255.0.0.0", "gateway": "10.0.0.1", "dns": "9.9.9.9"}},
        {"ssid": "Zoë 😀".encode()},
        {"ssid": b"\xed\xa0\x80"},  # a surrogate: MicroPython would call it text
        {"ssid": b"\xc0\x80"},  # a long form of NUL
        {"ssid": b'"\\<img src=x onerror=alert(1)>'},
        {"password": ""},
        {"password": "0123456789abcdef" * 4},
        {"password": "pässwörter mit € und 😀"},
        {"interval_s": 86400, "name": "Zoë's “cellar”", "units": "F", "sensor": "dht11", "https": False, "channel_id": 1234567},
        {"temperature_offset_c": -0.5, "humidity_offset_pct": 2.5, "channel_id": 2**31},
        {"temperature_slope": 1.02, "humidity_slope": 2, "pin": 4},
    )
    for changes in cases:
        stored = dict(GOOD)
        stored.update(changes)
        assert from_json(to_json(stored)) == stored, changes


def test_a_network_is_stored_byte_for_byte_and_may_be_written_as_text():
    assert json.loads(to_json(GOOD))["ssid_hex"] == "486f6d65" and '"ssid"' not in to_json(GOOD)
    for written, ssid in (("Home", b"Home"), ("😀", "😀".encode())):
        assert from_json(to_json(GOOD).replace('"ssid_hex": "486f6d65"', '"ssid": "%s"' % written))["ssid"] == ssid


def test_they_are_read_as_they_lie_on_flash():
    assert from_json(to_json(GOOD).encode() + b"\n") == GOOD


def test_settings_from_before_there_were_slopes_and_pins_are_as_they_were():
    stored = json.loads(to_json(GOOD))
    for name in ("temperature_slope", "humidity_slope", "pin"):
        del stored[name]
    assert from_json(json.dumps(stored)) == GOOD and (GOOD["temperature_slope"], GOOD["humidity_slope"], GOOD["pin"]) == (1, 1, 0)


def test_settings_of_version_1_0_can_be_read():
    stored = json.loads(to_json(GOOD))
    stored["sensor"] = "am2302"
    assert from_json(json.dumps(stored)) == dict(GOOD, sensor="dht22")


def test_hexadecimal_leads_back_to_the_bytes():
    assert from_hex("00ff") == b"\x00\xff"
    for digits in ("zz", "abc", None, 5):
        assert from_hex(digits) is None, digits


def test_what_is_missing_has_its_default():
    stored = '{"ssid": "Home", "password": "correct horse", "api_key": "%s", "interval_s": 300}' % KEY
    assert from_json(stored) == dict(GOOD, interval_s=300)


def test_nonsense_is_refused():
    for text in ("", "{", "[]", "null", "7", '"x"', "\x00" * 20, "[" * 100, b"\xff", "{1: 2}"):
        assert refusal(text) == ("settings_damaged", "JSON"), text
    assert refusal('{"version": 1, "api_key": "%s"}' % KEY) == ("settings_damaged", "ssid")
    plain = json.loads(to_json(GOOD))
    for name, value in NONSENSE:
        damaged = dict(plain)
        if name == "ssid":
            del damaged["ssid_hex"]
        damaged[name] = value
        assert refusal(json.dumps(damaged)) == ("settings_damaged", name.replace("_hex", "")), (name, value)


def test_what_would_not_be_loaded_is_not_stored_either():
    check(GOOD)
    for name, value in NONSENSE[:5] + NONSENSE[9:] + (("ssid", "Home"), ("ssid", b""), ("ssid", b"x" * 33)):
        bad = dict(GOOD)
        bad[name] = value
        try:
            check(bad)
        except ValueError as error:
            assert error.args == ("settings_damaged", name)
        else:
            raise AssertionError((name, value))


def test_settings_of_a_newer_version_survive_a_way_back():
    newer = json.loads(to_json(GOOD))
    newer.update({"version": 3, "proxy": {"address": "10.0.0.9"}, "mqtt": "broker", "sensor": "sht31", "units": "K", "static": "10.0.0.7"})
    taken = from_json(json.dumps(newer))
    assert (taken["proxy"], taken["mqtt"], taken["version"]) == ({"address": "10.0.0.9"}, "broker", 3)
    assert (taken["sensor"], taken["units"], taken["static"], taken["ssid"], taken["api_key"]) == ("auto", "C", None, b"Home", KEY)
    check(taken)
    assert from_json(to_json(taken)) == taken
    newer["api_key"] = "unheard of"
    assert refusal(json.dumps(newer)) == ("settings_damaged", "api_key")


def test_what_is_unknown_is_kept_within_bounds():
    start = to_json(GOOD)[:-1]
    assert from_json(start + ', "small": 1, "other": [2]}') == dict(GOOD, small=1, other=[2])
    assert from_json(start + ', "large": "%s"}' % ("x" * 1100)) == GOOD
    many = start + "".join(', "unknown_%d": "0123456789"' % number for number in range(500)) + "}"
    assert len(to_json(from_json(many))) < len(start) + 1100


def test_what_would_not_come_back_is_not_kept():
    for value in ("1e999", '{"deep": [-1e999]}', "[" * 3000 + "]" * 3000):
        try:
            taken = from_json(to_json(GOOD)[:-1] + ', "new": %s}' % value)
        except ValueError:
            continue  # CPython does not read that deep
        assert from_json(to_json(taken)) == taken, value[:20]


def test_no_secret_is_in_the_redacted_settings():
    shown = redacted(dict(GOOD, new_secret="hush hush"))
    assert "correct horse" not in str(shown) and KEY not in str(shown) and "hush" not in str(shown)
    assert (shown["ssid"], shown["has_password"], shown["has_api_key"]) == ("Home", True, True)
    assert "ssid_hex" not in shown
    shown = redacted(DEFAULTS)
    assert (shown["ssid"], shown["has_password"], shown["has_api_key"]) == ("", False, False)


def test_a_name_that_is_no_text_is_shown_and_told_exactly():
    shown = redacted(dict(GOOD, ssid=b"Caf\xe9"))
    assert (shown["ssid"], shown["ssid_hex"]) == ("Caf\ufffd", "436166e9")


def test_keys_of_wpa2_have_8_to_63_characters_or_64_digits():
    for key in ("", "x" * 8, "x" * 63, "a" * 64, "0123456789abcdefABCDEF0123456789" * 2, "with space", "é" * 4):
        assert not fault("password", key), key
    for key in ("x" * 7, "x" * 64, "a" * 65, "tab\tinside", "é" * 32):
        assert fault("password", key), key


def test_the_defaults_lack_only_network_and_key():
    wrong = [name for name in DEFAULTS if fault(name, DEFAULTS[name])]
    assert sorted(wrong) == ["api_key", "ssid"]


def test_text_stands_for_exactly_its_bytes():
    for name in ("Home", "Zoë 😀", "日本語", "<b>"):
        assert shown(name.encode()) == name


def test_bytes_that_are_no_text_have_none():
    for name in (b"\xff", b"\xc3", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\nb", b"\x7f", b"\x00"):
        assert "\ufffd" in shown(name), name


def test_readable_letters_of_an_unreadable_name_are_shown():
    assert shown(b"Caf\xe9") == "Caf\ufffd"


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
