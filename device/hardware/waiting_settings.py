"""Settings that wait to be tried after a restart."""

from core.on_demand import load
from hardware.flash import read, remove, write_atomically

PATH = "/trial.json"


def put(settings, path=PATH):
    """Let them wait. Raises OSError when flash does not take them."""
    write_atomically(path, load("core.settings").to_json(settings).encode())


def take(path=PATH):
    """Those that wait, or None. They wait no longer then: what crashes the device is not tried twice."""
    text = read(path)
    if text is None:
        return None
    remove(path)
    try:
        return load("core.settings").from_json(text)
    except ValueError:
        return None
