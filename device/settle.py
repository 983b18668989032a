"""A start that lasts: the counts of quick and of bad starts begin again."""

import asyncio

from core.on_demand import load


async def settle(device):
    quick_s, good_s = load("core.mode").QUICK_START_S, load("core.safe_start").GOOD_AFTER_S
    await asyncio.sleep(quick_s)
    if device.state["quick_starts"]:
        device.state["quick_starts"] = 0
        load("hardware.identity").save(device.state)
    await asyncio.sleep(good_s - quick_s)
    device.memory.set("bad_starts", 0)
