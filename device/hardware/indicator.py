"""The indicator: what the LED says, and the BOOT button below it."""

import asyncio

from core.on_demand import paged
from machine import Pin

PATTERNS = {
    # what it means: (milliseconds lit, milliseconds dark, ...), over and over
    "off": (0, 1000),
    "setup": (1000, 1000),
    "joining": (250, 250),
    "ok": (0, 1000),  # dark; each reading blinks once
    "wifi_lost": (100, 150, 100, 1650),
    "problem": (100, 150, 100, 150, 100, 1400),
    "holding_setup": (100, 100),
    "holding_erase": (1000, 0),
}
BLINK_MS = 50


class Indicator:
    """The LED on `pin`; `lit` is the level that lights it. `pattern` is the name of what it shows."""

    @paged
    def __init__(self, pin, lit=1):
        self._pin = Pin(pin, Pin.OUT, value=1 - lit)
        self._lit = lit
        self.pattern = "off"

    def show(self, pattern):
        """From now on show the pattern of this name."""
        self.pattern = pattern

    async def blink(self):
        """One short blink in between: a reading was taken."""
        self._light(1)
        await asyncio.sleep(BLINK_MS / 1000)
        self._light(0)

    async def run(self):
        """Show the current pattern for ever; a change is visible after one step of the old one."""
        while True:
            shown = self.pattern
            level = 1
            for milliseconds in PATTERNS[shown]:
                if milliseconds and shown == self.pattern:
                    self._light(level)
                    await asyncio.sleep(milliseconds / 1000)
                level = 1 - level

    def _light(self, level):
        self._pin.value(self._lit if level else 1 - self._lit)


class Button:
    """A push button from `pin` to ground, such as BOOT."""

    def __init__(self, pin):
        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP)

    def pressed(self):
        return self._pin.value() == 0
