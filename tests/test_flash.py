"""Small files that are either the old or the new."""

import os

from hardware.flash import free_bytes, read, remove, write_atomically
from hardware.settings_store import SettingsStore

PATH = "flash_test.bin"


def test_what_is_written_is_read_and_replaced_as_a_whole():
    write_atomically(PATH, b"old")
    write_atomically(PATH, b"new and longer")
    assert read(PATH) == b"new and longer"
    assert PATH + ".new" not in os.listdir(".")
    remove(PATH)
    assert read(PATH) is None


def test_removing_what_is_not_there_is_fine():
    remove("nothing.here")


def test_a_write_that_fails_leaves_the_old_file_and_no_rest():
    try:
        write_atomically("no_such_folder/file", b"x")
        raise AssertionError("the folder does not exist")
    except OSError:
        pass
    write_atomically(PATH, b"old")
    try:
        write_atomically(PATH, None)
        raise AssertionError("None cannot be written")
    except TypeError:
        pass
    assert read(PATH) == b"old"
    remove(PATH)


def test_free_space_is_a_number_of_bytes():
    assert free_bytes(".") > 4096


def settings(**changes):
    from core.settings import DEFAULTS

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
    assert store().load() is None


def test_settings_come_back_as_they_were_stored():
    kept = store()
    kept.save(settings())
    assert SettingsStore("store_test").load() == settings()
    assert kept.problem is None


def test_damaged_settings_fall_back_to_the_last_good_ones_and_say_so():
    for damage in (b"", b"{", b"\xff\xfe", b"[]", b'{"version": 99}', b'{"version": 1}', b"null"):
        kept = store()
        kept.save(settings(name="Cellar"))
        kept.mark_good()
        write_atomically(kept.path, damage)
        assert kept.load() == settings(name="Cellar"), damage
        assert kept.problem.endswith(".") and "damaged" in kept.problem
        kept.mark_good()
        again = SettingsStore("store_test")
        assert again.load() == settings(name="Cellar") and again.problem is None, "the good ones are written back"


def test_what_is_not_understood_never_replaces_the_good_copy():
    kept = store()
    kept.save(settings(name="Cellar"))
    kept.mark_good()
    for damage in (b"", b"{", b'{"version": 1}'):
        write_atomically(kept.path, damage)
        kept.mark_good()
        assert b"Cellar" in read(kept.good_path), damage
    write_atomically(kept.good_path, b"{")
    assert kept.go_back() is False


def test_what_could_not_be_loaded_is_not_stored():
    kept = store()
    kept.save(settings(name="Cellar"))
    for wrong in ({"channel_id": "1"}, {"channel_id": -5}, {"interval_s": 1}):
        try:
            kept.save(settings(**wrong))
            stored = True
        except ValueError:
            stored = False
        assert not stored and kept.load()["name"] == "Cellar", wrong


def test_nothing_usable_at_all_is_a_new_device_with_a_sentence():
    kept = store()
    write_atomically(kept.path, b"nonsense")
    write_atomically(kept.good_path, b"nonsense")
    assert kept.load() is None
    assert kept.problem


def test_going_back_returns_to_what_worked():
    kept = store()
    assert kept.go_back() is False
    kept.save(settings(name="Cellar"))
    kept.mark_good()
    kept.save(settings(name="Attic"))
    assert kept.load()["name"] == "Attic"
    assert kept.go_back() is True
    assert kept.load()["name"] == "Cellar"
