"""Who a device is to people: the names and the password on its label."""

import importlib.util
import json
from collections import namedtuple
from pathlib import Path

HARDWARE = Path(__file__).resolve().parent.parent / "device" / "hardware"


class Identity(namedtuple("Identity", "hotspot password")):
    """hotspot: the name of its Wi-Fi, "Dewlog-A1B2C3"; password: of that Wi-Fi and of its settings page, None when the hotspot is open."""

    @property
    def local_name(self):
        """Its name on the home network."""
        return self.hotspot.lower() + ".local"


def hotspot_name(mac):
    """Return the hotspot's name of the board with this MAC address (12 hex digits), as device/ makes it."""
    return board_names().HOTSPOT_PREFIX + mac[-6:].upper()


def read_identity(link, mac):
    """Read the Identity from a board whose REPL is free (board_link.BoardLink); None before the app's first start."""
    overrides = _json(link.read("/board.json"))
    if overrides.get("OPEN_HOTSPOT", board_names().OPEN_HOTSPOT):
        return Identity(hotspot_name(mac), None)
    password = _json(link.read("/state.json")).get("hotspot_password")
    return Identity(hotspot_name(mac), password) if is_hotspot_password(password) else None


def is_hotspot_password(text):
    """Whether a hotspot can have it: 8 to 63 printable characters of ASCII."""
    return isinstance(text, str) and 8 <= len(text) <= 63 and text.isascii() and text.isprintable()


def board_names(overrides=None, machine_text=None):
    """The names in device/hardware/board.py; with `machine_text` those of that board. overrides: bytes of its /board.json or None."""
    board = _module("board")
    if machine_text is not None:
        _module("profile").configure(board, overrides, machine_text)
    return board


def _module(name):
    specification = importlib.util.spec_from_file_location("device_" + name, HARDWARE / (name + ".py"))
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def _json(content):
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
