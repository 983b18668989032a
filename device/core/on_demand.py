"""What is used rarely: imported when it is asked for, and dropped when it has done its work, nobody needs it or memory is short."""

import sys


def loaded():
    """The names of the modules there are now: what stays, when it is handed to `drop_since`."""
    return set(sys.modules)


def drop_since(kept):
    """Forget every module that was imported since `kept` was taken.

    Whoever still runs such a module or holds something of it goes on with it; the next import loads it anew. The garbage collector takes
    the rest; only names stay, for MicroPython keeps those for good.
    """
    for name in list(sys.modules):
        if name not in kept:
            del sys.modules[name]
            package, _, leaf = name.rpartition(".")
            if package in sys.modules:
                sys.modules[package].__dict__.pop(leaf, None)


class Borrowed:
    """A context manager round imports for one piece of work: what they bring is forgotten at its end."""

    def __enter__(self):
        self._kept = loaded()

    def __exit__(self, *_):
        drop_since(self._kept)
