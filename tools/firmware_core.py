"""device/core for the tools, and the settings' JSON: the firmware's own decisions, imported as they are."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "device"))

from core import networks, reading, settings, text, timestamps  # noqa: E402,F401
from hardware import settings_store  # noqa: E402,F401
