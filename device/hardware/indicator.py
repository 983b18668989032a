"""The indicator: what the LED says, and the BOOT button below it."""

import asyncio

from machine import Pin

PATTERNS = {
    # what it means: (seconds lit, seconds dark, ...), over and over
    "off": (0, 1),
    "setup": (1, 1),
    "joining": (0.25, 0.25),
    "ok": (0, 1),  # dark; each reading blinks once
    "wifi_lost": (0.1, 0.15, 0.1, 1.65),
    "problem": (0.1, 0.15, 0.1, 0.15, 0.1, 1.4),
    "holding_setup": (0.1, 0.1),
    "holding_erase": (1, 0),
}
BLINK_S = 0.05


class Indicator:
    """The LED on `pin`; `lit` is the level that lights it. `pattern` is the name of what it shows."""

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
        await asyncio.sleep(BLINK_S)
        self._light(0)

    async def run(self):
        """Show the current pattern for ever; a change is visible after one step of the old one."""
        while True:
            shown = self.pattern
            level = 1
            for seconds in PATTERNS[shown]:
                if seconds and shown == self.pattern:
                    self._light(level)
                    await asyncio.sleep(seconds)
                level = 1 - level

    def _light(self, level):
        self._pin.value(self._lit if level else 1 - self._lit)


class Button:
    """A push button from `pin` to ground, such as BOOT."""

    def __init__(self, pin):
        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP)

    def pressed(self):
        return self._pin.value() == 0
