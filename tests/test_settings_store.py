"""The stored settings: whatever is on flash, the device comes back to settings that worked."""

import os

from core.settings import DEFAULTS
from hardware.flash import read, remove, write_atomically
from hardware.settings_store import SettingsStore

DAMAGE = (b"", b"{", b"\xff\xfe", b"[]", b'{"version": 1}', b"null", b'{"ssid": 5', b"\x00" * 300)


def settings(**changes):
    return dict(DEFAULTS, ssid=b"Caf\xc3\xa9 \xff", password="correct horse", api_key="ABCDEFGHIJKLMNOP", **changes)


def store():
    try:
        os.mkdir("store_test")
    except OSError:
        pass
    fresh = SettingsStore("store_test")
    remove(fresh.path)
    remove(fresh.good_path)
    return fresh


def test_a_new_device_has_no_settings():
    kept = store()
    assert kept.load() is None and kept.problem is None


def test_settings_come_back_as_they_were_stored():
    kept = store()
    kept.save(settings())
    assert SettingsStore("store_test").load() == settings()
    assert kept.problem is None


def test_what_would_not_be_loaded_is_not_stored():
    kept = store()
    kept.save(settings())
    for name, value in (("channel_id", "1"), ("channel_id", -5), ("ssid", b""), ("interval_s", 1)):
        bad = settings()
        bad[name] = value
        try:
            kept.save(bad)
        except ValueError:
            pass
        else:
            raise AssertionError("stored: %s" % name)
    assert kept.load() == settings(), "and what was stored is untouched"


def test_damaged_settings_fall_back_to_the_good_ones_at_every_start():
    for damage in DAMAGE:
        kept = store()
        kept.save(settings(name="Cellar"))
        kept.mark_good()
        write_atomically(kept.path, damage)
        for start in range(3):
            started = SettingsStore("store_test")
            assert started.load() == settings(name="Cellar"), (damage, start)
            assert started.problem == (None if start else "settings_damaged"), "the first start mends it"
            started.mark_good()


def test_a_file_that_is_gone_is_replaced_by_the_good_one():
    kept = store()
    kept.save(settings())
    kept.mark_good()
    remove(kept.path)
    assert kept.load() == settings() and kept.problem == "settings_damaged"
    assert read(kept.path) == read(kept.good_path)


def test_a_backup_is_overwritten_only_by_what_was_understood():
    for damage in DAMAGE:
        kept = store()
        kept.save(settings(name="Cellar"))
        kept.mark_good()
        good = read(kept.good_path)
        write_atomically(kept.path, damage)
        kept.mark_good()
        assert read(kept.good_path) == good, damage
    remove(kept.path)
    kept.mark_good()
    assert read(kept.good_path) == good


def test_nothing_usable_at_all_is_a_new_device_with_a_notice():
    kept = store()
    write_atomically(kept.path, b"nonsense")
    write_atomically(kept.good_path, b"nonsense")
    assert kept.load() is None
    assert kept.problem == "settings_damaged"
    assert kept.go_back() is False and read(kept.path) == b"nonsense"


def test_going_back_returns_to_what_worked():
    kept = store()
    assert kept.go_back() is False
    kept.save(settings(name="Cellar"))
    kept.mark_good()
    assert kept.are_good()
    kept.save(settings(name="Attic"))
    assert not kept.are_good()
    assert kept.load()["name"] == "Attic"
    assert kept.go_back() is True
    assert kept.load()["name"] == "Cellar"


def test_a_flash_that_takes_nothing_is_no_reason_not_to_run():
    kept = store()
    kept.save(settings(name="Cellar"))
    os.mkdir(kept.good_path)  # what stands where the copy is to be keeps it from being written
    try:
        kept.mark_good()
        assert kept.load()["name"] == "Cellar" and not kept.are_good()
    finally:
        os.rmdir(kept.good_path)
    kept.mark_good()
    os.remove(kept.path)
    os.mkdir(kept.path)
    try:
        assert kept.load()["name"] == "Cellar" and kept.problem == "settings_damaged"
    finally:
        os.rmdir(kept.path)
