"""The identity: made once, kept for good, and made anew only when what is kept cannot be one."""

from hardware.flash import read, remove, write_atomically
from hardware.identity import load, save

PATH = "identity_test.json"


def test_it_is_made_once_and_stays():
    remove(PATH)
    state = load(PATH)
    assert len(state["hotspot_password"]) == 10 and state["quick_starts"] == 0
    assert load(PATH) == state
    state["quick_starts"] = 2
    save(state, PATH)
    assert load(PATH) == state
    remove(PATH)
    assert load(PATH)["hotspot_password"] != state["hotspot_password"]


def test_what_cannot_be_one_is_replaced():
    damaged = (b"", b"{", b"[]", b"null", b"[" * 500, b'{"quick_starts": 0}', b'{"hotspot_password": "long enough"}')
    passwords = b"null", b"5", b'"short"', b"[1, 2, 3, 4, 5, 6, 7, 8]", b'"%s"' % (b"long" * 16)
    for content in damaged + tuple(b'{"quick_starts": 0, "hotspot_password": %s}' % password for password in passwords):
        write_atomically(PATH, content)
        state = load(PATH)
        assert len(state["hotspot_password"]) == 10 and state["quick_starts"] == 0, content
        assert read(PATH) != content


def test_a_count_that_is_none_is_replaced():
    for count in (b"null", b'"2"', b"[]", b"{}"):
        write_atomically(PATH, b'{"hotspot_password": "long enough", "quick_starts": %s}' % count)
        assert load(PATH)["quick_starts"] == 0, count
