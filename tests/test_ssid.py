"""The name of a network: raw bytes that are shown as text and come back as they were."""

from core.ssid import exact_text, from_hex, shown


def test_text_stands_for_exactly_its_bytes():
    for name in ("Home", "Zoë 😀", "日本語", "<b>"):
        assert exact_text(name.encode()) == name


def test_bytes_that_are_no_text_have_none():
    for name in (b"\xff", b"\xc3", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\nb", b"\x7f", b"\x00"):
        assert exact_text(name) is None, name
        assert "\ufffd" in shown(name), name


def test_readable_letters_of_an_unreadable_name_are_shown():
    assert shown(b"Caf\xe9") == "Caf\ufffd"


def test_hexadecimal_leads_back_to_the_bytes():
    assert from_hex("00ff") == b"\x00\xff"
    for digits in ("zz", "abc", None, 5):
        assert from_hex(digits) is None, digits
