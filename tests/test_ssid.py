"""The name of a network: raw bytes that are shown as text and come back as they were."""

from core.ssid import shown, similar


def test_text_stands_for_exactly_its_bytes():
    for name in ("Home", "Zoë 😀", "日本語", "<b>"):
        assert shown(name.encode()) == name


def test_bytes_that_are_no_text_have_none():
    for name in (b"\xff", b"\xc3", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\nb", b"\x7f", b"\x00"):
        assert "\ufffd" in shown(name), name


def test_readable_letters_of_an_unreadable_name_are_shown():
    assert shown(b"Caf\xe9") == "Caf\ufffd"


def around(*names):
    return [{"ssid": name} for name in names]


def test_a_name_that_is_almost_right_leads_to_the_right_one():
    for typed, seen in (
        (b"home", b"Home"),
        (b" Home ", b"Home"),
        (b"Home", b"Home "),
        ("Home\u00a0".encode(), b"Home"),
        ("Zoë’s iPhone".encode(), "Zoë's iPhone".encode()),
        (b"Zoe's iPhone", "Zoe’s iPhone".encode()),
        (b'The "Den"', "The “Den”".encode()),
        (b"FRITZ-Box", "Fritz–Box".encode()),
        ("Fritz\u2010Box".encode(), b"FRITZ-Box"),
        ("MÜLLER".encode(), "Müller".encode()),
    ):
        assert similar(typed, around(b"Cafe", seen, b"Homestead")) == seen.decode(), typed


def test_nothing_is_suggested_where_it_would_be_a_guess():
    assert similar(b"home", around(b"Home", b"HOME")) is None
    assert similar(b"Home", around(b"Home")) is None, "it is there"
    assert similar(b"Home", around(b"Hose", b"\xff", b"Home2")) is None
    assert similar(b"Home", ()) is None
    assert similar(b"Hom\xe9", around(b"hom\xe9")) is None, "it cannot be typed"
