"""Small files that are either the old or the new."""

import os

from hardware.flash import free_bytes, keep, read, remove, write_atomically

PATH = "flash_test.bin"


def test_what_is_written_is_read_and_replaced_as_a_whole():
    write_atomically(PATH, b"old")
    write_atomically(PATH, b"new and longer")
    assert read(PATH) == b"new and longer"
    assert PATH + ".new" not in os.listdir(".")
    remove(PATH)
    assert read(PATH) is None


def test_what_need_not_be_kept_says_whether_it_was():
    assert keep(PATH, b"x") is True and read(PATH) == b"x"
    remove(PATH)
    assert keep("no_such_folder/file", b"x") is False


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
