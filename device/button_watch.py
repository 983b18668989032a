"""The BOOT button: held for 3 s it opens set-up, for 10 s it erases; the LED tells while it is held."""

import asyncio

from core.holding import ERASE, SETUP, Holding

LOOK_S = 0.1


async def watch(device, button):
    """For ever."""
    holding = Holding()
    shown = None  # the pattern that was there before
    while True:
        asked = holding.update(button.pressed(), device.clock.uptime_s())
        if holding.level or asked == ERASE:
            shown = shown or device.indicator.pattern
            device.indicator.show("holding_erase" if ERASE in (asked, holding.level) else "holding_setup")
        elif shown:
            device.indicator.show(shown)
            shown = None
        if asked == SETUP:
            device.open_setup_soon()
        elif asked == ERASE:
            device.erase_soon()
        await asyncio.sleep(LOOK_S)
