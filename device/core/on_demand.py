"""What is used rarely and forgotten afterwards: modules, and single functions."""

import sys

from core.memory import has_free

PLENTY_BYTES = 24 * 1024
_kept = {}

def load(name):
    """Import the module `name` ("core.advice") and return it without keeping it, nor those that it imports and nobody had before.

    A .mpy takes about one and a half times its size of heap for as long as it stays imported. What is loaded here lives only
    as long as the caller holds on to it: the next garbage collection takes the rest. Raises ImportError.
    """
    had = list(sys.modules)
    try:
        return __import__(name, None, None, (name.rpartition(".")[2],))
    finally:
        for found in [name] + list(sys.modules):
            if found not in had:
                forget(found)


def paged(function):
    """Mark a function or method that is to be in memory only while it runs.

    For the build (tools/paging.py), which moves it into a module of its own; every call then loads that from flash, which takes some
    10 ms on a board and can raise MemoryError.
    """
    return function


class Paged:
    """What the build makes the base of a class with paged methods: they are looked for where everything else has been.

    While there is plenty of memory the pages stay, until the next `forget`.
    """

    def __init__(self, *arguments, **named):
        self.__getattr__("__init__")(*arguments, **named)

    def __getattr__(self, name):
        where = type(self).__name__ + "-" + name
        page = _kept.get(where)
        if not page:
            try:
                page = load(where)
            except ImportError:
                raise AttributeError(name)
            if has_free(PLENTY_BYTES):
                _kept[where] = page
            else:
                _kept.clear()
        method = getattr(page, name)
        if hasattr(page, "at_once"):  # a property
            return method(self)
        return lambda *arguments, **named: method(self, *arguments, **named)


def forget(name):
    """Let the next import of the module `name` load it anew. What somebody holds of it goes on to live."""
    _kept.clear()
    package, _, leaf = name.rpartition(".")
    sys.modules[name] = None  # an import that failed has left its half of a module in this place of the table, out of sight
    del sys.modules[name]
    if package in sys.modules:
        sys.modules[package].__dict__.pop(leaf, None)
