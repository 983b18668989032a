"""The station: at home on its network. What it does while that stays away is outage.py's."""

import asyncio

from core.on_demand import Borrowed


async def stay(device):
    """Stay on the home network for ever, and say by the LED how it is."""
    wifi = device.wifi
    was_joined = False
    while True:
        if wifi.connected() and not wifi.held:
            if not was_joined:
                was_joined = True
                with Borrowed():
                    from hardware.settings_store import SettingsStore

                    SettingsStore().mark_good()
                SettingsStore = None
                device.log("The readings are at %sreadings" % device.board.url(wifi.address()))
            device.pattern = "problem" if device.logger.problem() else "ok"
            await asyncio.sleep(1)
        else:
            if was_joined and not wifi.held:
                wifi.losses += 1
                device.log("The Wi-Fi is gone")
            with Borrowed():
                from outage import outlast
            await outlast(device, was_joined)
            outlast = None
