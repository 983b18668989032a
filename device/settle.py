"""A start that lasts: the counts of quick and of bad starts begin again."""

import asyncio

from core.mode import QUICK_START_S
from core.safe_start import GOOD_AFTER_S


async def settle(device):
    await asyncio.sleep(QUICK_START_S)
    if device.state["quick_starts"]:
        device.keep_quick_starts(0)
    await asyncio.sleep(GOOD_AFTER_S - QUICK_START_S)
    device.memory.set("bad_starts", 0)
