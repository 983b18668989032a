"""A form: its fields byte for byte, or a sentence."""

from core.form import parse


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
        assert parse(body) == (fields, None), body


def test_every_byte_survives_its_escape():
    raw = bytes(range(256))
    body = b"ssid=" + b"".join(b"%%%02X" % byte for byte in raw)
    assert parse(body)[0]["ssid"] == raw


def test_damage_gets_a_sentence():
    for body in (b"a=%", b"a=%4", b"a=%zz", b"a=%+1", b"a=%0x", b"%ff=1", b"a=1&a=2", b"&".join(b"f%d=" % n for n in range(25))):
        fields, sentence = parse(body)
        assert fields == {} and sentence.endswith("."), body


def test_json_is_taken_as_well():
    cases = (
        (b"{}", {}),
        (b'{"ssid": "Home", "interval_s": 60}', {"ssid": b"Home", "interval_s": b"60"}),
        (b'{"https": false, "a": true, "b": null}', {"https": b"no", "a": b"yes"}),
        (b'{"temperature_offset_c": -0.5}', {"temperature_offset_c": b"-0.5"}),
        ('{"ssid": "Zoë 😀"}'.encode(), {"ssid": "Zoë 😀".encode()}),
        (b'{"ssid": "\\ud83d\\ude00"}', {"ssid": "😀".encode()}),
    )
    for body, fields in cases:
        assert parse(body, "Application/JSON; charset=utf-8") == (fields, None), body


def test_other_json_gets_a_sentence():
    for body in (b"", b"{", b"[]", b"5", b"\xff", b"[" * 200, b'{"ssid": ["a"]}', b'{"ssid": {}}'):
        fields, sentence = parse(body, "application/json")
        assert fields == {} and sentence.endswith("."), body
