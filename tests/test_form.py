"""A form: its fields byte for byte, or a code."""

from core.form import json_object, parse, text

URLENCODED = "application/x-www-form-urlencoded"


def test_fields_arrive_byte_for_byte():
    cases = (
        (b"", {}),
        (b"a=1", {"a": b"1"}),
        (b"a=1&b=2&", {"a": b"1", "b": b"2"}),
        (b"a=&b", {"a": b"", "b": b""}),
        (b"a=x+y%2B%20z", {"a": b"x y+ z"}),
        (b"a=1=2", {"a": b"1=2"}),
        (b"a=%00%FF%c3%a9", {"a": b"\x00\xff\xc3\xa9"}),
        (b"a%20b=1", {"a b": b"1"}),
        (b"a=\xff", {"a": b"\xff"}),
    )
    for body, fields in cases:
        for kind in ("", URLENCODED, URLENCODED.upper() + " ; charset=UTF-8"):
            assert parse(body, kind) == (fields, None), (body, kind)


def test_every_byte_survives_its_escape():
    raw = bytes(range(256))
    body = b"ssid=" + b"".join(b"%%%02X" % byte for byte in raw)
    assert parse(body)[0]["ssid"] == raw


def test_damage_is_not_guessed_at():
    damaged = [b"a=%", b"a=%4", b"a=%zz", b"a=%+1", b"a=%0x", b"a=%++", b"a=%20%", b"a=%\xff\xff", b"%ff=1", b"a=1&a=2", b"a=1&%61=2"]
    damaged.append(b"&".join(b"f%d=" % number for number in range(25)))
    damaged.append(b"&".join(b"f%d=" % number for number in range(500)))
    for body in damaged:
        assert parse(body) == ({}, "damaged"), body


def test_json_is_taken_as_well():
    cases = (
        (b"{}", {}),
        (b' {"a": 1}\r\n', {"a": b"1"}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": b"1"}),
        (b'{"ssid": "Home", "interval_s": 60}', {"ssid": b"Home", "interval_s": b"60"}),
        (b'{"https": false, "a": true, "b": null}', {"https": b"False", "a": b"True"}),
        (b'{"temperature_offset_c": -0.5}', {"temperature_offset_c": b"-0.5"}),
        ('{"ssid": "Zoë 😀"}'.encode(), {"ssid": "Zoë 😀".encode()}),
        (b'{"ssid": "\\ud83d\\ude00"}', {"ssid": "😀".encode()}),
    )
    for body, fields in cases:
        for kind in ("Application/JSON; charset=utf-8", "text/json", "application/problem+json"):
            assert parse(body, kind) == (fields, None), (body, kind)


def test_json_of_another_shape_is_damage():
    for body in (b"", b"{", b"[]", b"5", b"\xff", b"\xef\xbb\xbf", b"[" * 200, b'{"ssid": ["a"]}', b'{"ssid": {}}', b"{1: 2}", b'{"a": 1'):
        assert parse(body, "application/json") == ({}, "damaged"), body
    many = "{%s}" % ", ".join('"f%d": 1' % number for number in range(25))
    assert parse(many.encode(), "application/json") == ({}, "damaged")


def test_other_kinds_of_bodies_are_told_so():
    for kind in ("multipart/form-data; boundary=json", "text/plain", "application/octet-stream", "x; application/json", "text/html"):
        assert parse(b"a=1", kind) == ({}, "unsupported"), kind


def test_bytes_that_are_no_text_are_none():
    assert text("Zoë".encode()) == "Zoë" and text(b"\xff") is None


def test_the_object_comes_out_as_a_dict():
    assert json_object('{"a": 1, "b": "x", "c": null, "d": [1]}') == {"a": 1, "b": "x", "c": None, "d": [1]}
    assert json_object(b'{"a": true}') == {"a": True}


def test_the_halves_of_an_escaped_character_are_joined():
    cases = (
        ('"\\ud83d\\ude00"', "😀"),
        ('"a\\ud83d\\ude00b\\u00e9"', "a😀bé"),
        ('"\\ud7ff"', "\ud7ff"),
    )
    for escaped, joined in cases:
        assert json_object('{"t": %s}' % escaped)["t"] == joined, escaped


def is_refused(other):
    try:
        json_object(other)
    except ValueError:
        return True
    return False


def test_anything_else_is_a_value_error():
    halves = ('{"a": "\\ud83d"}', '{"a": "\\ude00x"}')
    for other in ("", "{", '{"a": 1', "[]", "1", "nonsense", b"\xff\xfe", "[" * 100, "{1: 2}", b"\xef\xbb\xbf") + halves:
        assert is_refused(other), other
