"""Modules that are used rarely and forgotten afterwards."""

import sys


def load(name):
    """Import the module `name` ("core.advice") and return it without keeping it.

    A .mpy takes about one and a half times its size of heap for as long as it stays imported. What is loaded here lives only
    as long as the caller holds on to it: the next garbage collection takes the rest. Raises ImportError.
    """
    module = __import__(name, None, None, (name.rpartition(".")[2],))
    _forget(name)
    return module


def borrow(name):
    """Like `load`, for a module whose own imports are as rarely used: those that nobody had before are forgotten, too."""
    had = list(sys.modules)
    try:
        return __import__(name, None, None, (name.rpartition(".")[2],))
    finally:
        for found in list(sys.modules):
            if found not in had:
                _forget(found)


def _forget(name):
    package, _, leaf = name.rpartition(".")
    sys.modules.pop(name, None)
    if package in sys.modules:
        sys.modules[package].__dict__.pop(leaf, None)
