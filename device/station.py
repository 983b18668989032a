"""The station: stays on the home network, and opens the hotspot beside the retries when that stays away."""

import asyncio

LOOK_S = 1


class Station:
    """Looks after the station of `device`: joins, rejoins, opens the hotspot and closes it again, says by the LED how it is."""

    def __init__(self, device):
        self._device = device
        self._fallback = None  # what decides is there while the network is not
        self._proven = False

    def keep_joined(self):
        """The loop that joins and rejoins."""
        return self._device.wifi.keep_joined(lambda: self._device.settings, self._may_try)

    def _may_try(self):
        return not self._fallback or not self._fallback.retries_pause(self._device.clock.uptime_s())

    async def look_after(self):
        device = self._device
        while True:
            joined = device.wifi.connected() and not device.wifi.held  # a trial joins, too, and must not close the hotspot under its phone
            if self._fallback or not joined:
                self._fall_back(joined)
            if joined and not self._proven:
                self._prove()
            device.indicator.show(self._pattern(joined))
            await asyncio.sleep(LOOK_S)

    def _fall_back(self, joined):
        from core.fallback import Fallback
        from hardware.settings_store import SettingsStore

        device = self._device
        now_s = device.clock.uptime_s()
        if not self._fallback:
            self._fallback = Fallback(now_s, not (self._proven or SettingsStore().are_good()))
        wanted = self._fallback.update(now_s, joined, device.server.answered)
        if wanted and not device.hotspot:
            from hotspot import Hotspot

            device.hotspot = Hotspot(device)
            device.hotspot.open()
        elif not wanted and device.hotspot:
            device.hotspot.close()
            device.hotspot = None
        if self._fallback.settled:
            self._fallback = None

    def _prove(self):
        from hardware.settings_store import SettingsStore

        device = self._device
        self._proven = True
        SettingsStore().mark_good()
        device.log("The readings are at %sreadings" % device.board.url(device.wifi.address()))

    def _pattern(self, joined):
        if self._device.hotspot:
            return "setup"
        if not joined:
            return "wifi_lost" if self._proven else "joining"
        return "problem" if self._device.logger.problem() else "ok"
