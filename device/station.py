"""The station: at home on its network. What happens while that is away is outage.py."""

import asyncio

from core.on_demand import Borrowed, with_room
from micropython import const

_IN_USE_S = const(60)
_WEAK_DBM = const(-75)
_WEAK_S = const(300)
_ROOM_BYTES = const(8 * 1024)  # what is loaded here for a moment takes no more


async def stay(device):
    """Stay on the home network for ever, and say by the LED how it is."""
    wifi = device.wifi
    was_joined, weak_s = False, 0
    while True:
        try:
            if wifi.connected() and not wifi.held:
                if not was_joined or device.server.idle_s > _IN_USE_S:
                    wifi.networks = ()  # where there are many they take as much as a page
                if not was_joined:
                    await with_room(device, _ROOM_BYTES, _mark_good)
                    was_joined = True
                    device.log("The readings are at %sreadings" % device.board.url(wifi.address()))
                device.pattern = "problem" if device.logger.problem() else "ok"
                # A scan would keep a page waiting.
                weak_s = weak_s + 1 if (wifi.rssi_dbm() or 0) < _WEAK_DBM and device.server.idle_s > _IN_USE_S else 0
                if weak_s >= _WEAK_S:
                    weak_s = -_WEAK_S
                    await with_room(device, _ROOM_BYTES, wifi.join, device.settings, True)
            else:
                outlast, are_good = await with_room(device, _ROOM_BYTES, _outage)
                if was_joined and not wifi.held:
                    wifi.losses += 1
                    device.log("The Wi-Fi is gone")
                await outlast(device, was_joined, are_good)
        except MemoryError:
            pass  # a page has it: the next look finds some
        outlast = None
        await asyncio.sleep(1)


async def _mark_good():
    with Borrowed():
        from hardware.settings_store import mark_good

        mark_good()


async def _outage():
    """(what outlasts it, whether these settings have been joined with since they were set up)"""
    with Borrowed():
        from hardware.settings_store import are_good
        from outage import outlast

        return outlast, are_good()
