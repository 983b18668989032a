"""The MicroPython that the tests on the host run the device on: the one that pytest's --micropython names, else PyPI's."""

import os

import interpreters

VARIABLE = "DEWLOG_TESTS_MICROPYTHON"


def choose(path):
    """From now on, in this process and those it starts, the interpreter at `path`. Raises interpreters.Unavailable."""
    os.environ[VARIABLE] = interpreters.examined(path).path


def path():
    """Path of the interpreter's executable as text. Raises interpreters.Unavailable."""
    return os.environ.get(VARIABLE) or interpreters.pypi().path
