"""The stored settings: whatever is on flash, the device comes back to settings that worked."""

import os

from core.settings import DEFAULTS
from hardware import settings_store
from hardware.flash import read, remove, write_atomically

DAMAGE = (b"", b"{", b"\xff\xfe", b"[]", b'{"version": 1}', b"null", b'{"ssid": 5', b"\x00" * 300)


def cut_short():
    """What to_json wrote, cut behind each brace within: MicroPython up to 1.25 would close by itself what is open."""
    static = {"address": "10.0.0.7", "netmask": "255.255.255.0", "gateway": "10.0.0.1", "dns": "9.9.9.9"}
    text = settings_store.to_json(settings(static=static, networks=[(b"A", "")], name="a}b", newer={"a": 1}))
    return [text[: at + 1].encode() for at in range(len(text) - 1) if text[at] == "}"]


def settings(**changes):
    return dict(DEFAULTS, ssid=b"Caf\xc3\xa9 \xff", password="correct horse", api_key="ABCDEFGHIJKLMNOP", **changes)


ROOT = "store_test"
STORED, GOOD = ROOT + settings_store.STORED, ROOT + settings_store.GOOD


def start_over():
    try:
        os.mkdir(ROOT)
    except OSError:
        pass
    remove(STORED)
    remove(GOOD)


def save(**changes):
    settings_store.save(settings(**changes), ROOT)


def load():
    return settings_store.load(ROOT)


def mark_good():
    settings_store.mark_good(ROOT)


def go_back():
    return settings_store.go_back(ROOT)


def test_a_new_device_has_no_settings():
    start_over()
    assert load() == (None, None)


def test_settings_come_back_as_they_were_stored():
    start_over()
    save()
    assert load() == (settings(), None)


def test_what_would_not_be_loaded_is_not_stored():
    start_over()
    save()
    for name, value in (("channel_id", "1"), ("channel_id", -5), ("ssid", b""), ("interval_s", 1)):
        bad = settings()
        bad[name] = value
        try:
            settings_store.save(bad, ROOT)
        except ValueError:
            pass
        else:
            raise AssertionError("stored: %s" % name)
    assert load() == (settings(), None), "and what was stored is untouched"


def test_damaged_settings_fall_back_to_the_good_ones_at_every_start():
    for damage in DAMAGE + tuple(cut_short()):
        start_over()
        save(name="Cellar")
        mark_good()
        write_atomically(STORED, damage)
        for start in range(3):
            mended = None if start else "settings_damaged"
            assert load() == (settings(name="Cellar"), mended), (damage, start, "the first start mends it")
            mark_good()


def test_a_file_that_is_gone_is_replaced_by_the_good_one():
    start_over()
    save()
    mark_good()
    remove(STORED)
    assert load() == (settings(), "settings_damaged")
    assert read(STORED) == read(GOOD)


def test_a_backup_is_overwritten_only_by_what_was_understood():
    for damage in DAMAGE:
        start_over()
        save(name="Cellar")
        mark_good()
        good = read(GOOD)
        write_atomically(STORED, damage)
        mark_good()
        assert read(GOOD) == good, damage
    remove(STORED)
    mark_good()
    assert read(GOOD) == good


def test_nothing_usable_at_all_is_a_new_device_with_a_notice():
    start_over()
    write_atomically(STORED, b"nonsense")
    write_atomically(GOOD, b"nonsense")
    assert load() == (None, "settings_damaged")
    assert go_back() is False and read(STORED) == b"nonsense"


def test_going_back_returns_to_what_worked():
    start_over()
    assert go_back() is False
    save(name="Cellar")
    mark_good()
    assert settings_store.are_good(ROOT)
    save(name="Attic")
    assert not settings_store.are_good(ROOT)
    assert load()[0]["name"] == "Attic"
    assert go_back() is True
    assert load()[0]["name"] == "Cellar"


def test_a_flash_that_takes_nothing_is_no_reason_not_to_run():
    start_over()
    save(name="Cellar")
    os.mkdir(GOOD)  # what stands where the copy is to be keeps it from being written
    try:
        mark_good()
        assert load()[0]["name"] == "Cellar" and not settings_store.are_good(ROOT)
    finally:
        os.rmdir(GOOD)
    mark_good()
    os.remove(STORED)
    os.mkdir(STORED)
    try:
        assert load() == (settings(name="Cellar"), "settings_damaged")
    finally:
        os.rmdir(STORED)
