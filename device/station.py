"""The station: at home on its network. What happens while that is away is outage.py."""

import asyncio

from core.on_demand import Borrowed
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
        if wifi.connected() and not wifi.held:
            if not was_joined or device.server.idle_s > _IN_USE_S:
                wifi.networks = ()  # where there are many they take as much as a page
            if not was_joined:
                await device.make_room(_ROOM_BYTES)
                with Borrowed():
                    from hardware.settings_store import mark_good

                    mark_good()
                mark_good = None
                was_joined = True
                device.server.go_on()
                device.log("The readings are at %sreadings" % device.board.url(wifi.address()))
            device.pattern = "problem" if device.logger.problem() else "ok"
            # A scan would keep a page waiting.
            weak_s = weak_s + 1 if (wifi.rssi_dbm() or 0) < _WEAK_DBM and device.server.idle_s > _IN_USE_S else 0
            if weak_s >= _WEAK_S:
                weak_s = -_WEAK_S
                await device.make_room(_ROOM_BYTES)
                await wifi.join(device.settings, True)
                device.server.go_on()
            await asyncio.sleep(1)
        else:
            if was_joined and not wifi.held:
                wifi.losses += 1
                device.log("The Wi-Fi is gone")
            await device.make_room(_ROOM_BYTES)
            with Borrowed():
                from outage import outlast
            await outlast(device, was_joined)
            outlast = None
