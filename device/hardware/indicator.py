"""The indicator: what the LED says, and the BOOT button below it."""

import asyncio

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
LOOK_S = 0.1


class Indicator:
    """The LED on `pin`; `lit` is the level that lights it. `pattern` is the name of what it shows."""

    def __init__(self, pin, lit=1):
        self._pin = Pin(pin, Pin.OUT, value=1 - lit)
        self._lit = lit
        self.pattern = "off"

    def show(self, pattern):
        """From now on show the pattern of this name."""
        self.pattern = pattern

    async def run(self, measured):
        """Show the current pattern for ever; a change is visible after one step of the old one.

        measured: an Event, set at each measurement, which blinks once while all is well.
        """
        while True:
            shown = self.pattern
            if shown == "ok":
                await self._blink(measured)
                continue
            level = 1
            for milliseconds in PATTERNS[shown]:
                if milliseconds and shown == self.pattern:
                    self._light(level)
                    await asyncio.sleep(milliseconds / 1000)
                level = 1 - level

    async def _blink(self, measured):
        try:
            await asyncio.wait_for(measured.wait(), PATTERNS["ok"][1] / 1000)
        except asyncio.TimeoutError:
            return
        self._light(1)
        await asyncio.sleep(0.05)
        self._light(0)

    def _light(self, level):
        self._pin.value(self._lit if level else 1 - self._lit)


class Button:
    """A push button from `pin` to ground, such as BOOT."""

    def __init__(self, pin):
        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP)

    def pressed(self):
        return self._pin.value() == 0

    async def watch(self, device):
        """For ever: held for 3 s it asks for set-up, for 10 s for erasing everything; the LED tells while it is held."""
        ignored = True  # one that is down from the start, until it has been let go
        while True:
            if not self.pressed():
                ignored = False
            elif not ignored:
                from core.holding import Holding

                await self._follow(device, Holding())
            await asyncio.sleep(LOOK_S)

    async def _follow(self, device, holding):
        before = device.indicator.pattern
        holding.update(False, 0)
        pressed = True
        while pressed:
            pressed = self.pressed()
            asked = holding.update(pressed, device.clock.uptime_s())
            if asked:
                device.ask(asked)
            if holding.level:
                device.indicator.show("holding_" + holding.level)
            await asyncio.sleep(LOOK_S)
        if device.indicator.pattern.startswith("holding"):
            device.indicator.show(before)
