"""The MicroPython that the tests on the host run the device on: the one that pytest's --micropython names, else PyPI's."""

import os

import interpreters
import pytest
import system_programs

VARIABLE = "DEWLOG_TESTS_MICROPYTHON"


def choose(path):
    """From now on, in this process and those it starts, the interpreter at `path`. Raises interpreters.Unavailable."""
    os.environ[VARIABLE] = interpreters.examined(path).path


def path():
    """Path of the interpreter's executable as text. Raises interpreters.Unavailable."""
    return os.environ.get(VARIABLE) or interpreters.pypi().path


def like_the_board():
    """Path of the 32-bit interpreter. Where it cannot be had the test is skipped, in continuous integration it fails."""
    try:
        return interpreters.debian("i386").path
    except interpreters.Unavailable as reason:
        give_up = pytest.fail if system_programs.in_ci() else pytest.skip
        give_up(str(reason))
