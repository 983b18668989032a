"""The BOOT button is down: held for 3 s it opens set-up, for 10 s it erases; the LED tells while it is held. Loaded on demand."""

import asyncio

from core.holding import ERASE, SETUP, Holding

LOOK_S = 0.1


async def follow(device, button):
    """Until it is let go."""
    holding = Holding()
    holding.update(False, 0)
    before = device.indicator.pattern
    pressed = True
    while pressed:
        pressed = button.pressed()
        asked = holding.update(pressed, device.clock.uptime_s())
        if asked == SETUP:
            device.open_setup_soon()
        elif asked == ERASE:
            device.erase_soon()
        if holding.level:
            device.indicator.show("holding_erase" if holding.level == ERASE else "holding_setup")
        await asyncio.sleep(LOOK_S)
    if device.indicator.pattern.startswith("holding"):
        device.indicator.show(before)
