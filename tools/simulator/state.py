"""The folder that survives: one simulation at a time, erased on request."""

import contextlib
import fcntl
import os
import shutil
from pathlib import Path

FILES = ("flash.img", "flash.new", "world.json", "board.json", "clock.json", "clock.new", "mac", "rtc_memory", "serial.log", "light.log",
         "joins.log", "wear.json", "wear.new", "memory.json", "memory.new", "chip.json", "thingspeak.json", "installed")
FOLDERS = ("certificates",)


class StateRefused(Exception):
    """The folder cannot be used; its text is the sentence for the person at the keyboard."""


def default():
    """A folder in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dewlog" / "simulator"


@contextlib.contextmanager
def owned(folder):
    """Make `folder` and keep it for this process. Raises StateRefused."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = open(folder / "lock", "w")
    except OSError as error:
        raise StateRefused("The folder %s cannot be used: %s." % (folder, error.strerror))
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateRefused("Another simulation is using %s: stop it, or give this one its own --state folder." % folder)
        yield


def erase(folder):
    """Remove what simulations keep in `folder`, and nothing else that somebody may have put there."""
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
