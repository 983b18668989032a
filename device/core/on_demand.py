"""Modules that are used rarely and forgotten afterwards."""

import sys


def load(name):
    """Import the module `name` ("core.advice") and return it without keeping it.

    A .mpy takes about one and a half times its size of heap for as long as it stays imported. What is loaded here lives only
    as long as the caller holds on to it: the next garbage collection takes the rest. Raises ImportError.
    """
    package, _, leaf = name.rpartition(".")
    module = __import__(name, None, None, (leaf,))
    sys.modules.pop(name, None)
    if package:
        sys.modules[package].__dict__.pop(leaf, None)
    return module
