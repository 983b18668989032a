"""The hotspot: open for set-up, and beside a station whose network stays away."""

import asyncio

from core.on_demand import Borrowed
from hardware.name_server import NameServer

UNUSED_S = 900
LOOK_S = 5
FALLBACK_CHANNEL = 6


class Hotspot:
    """Opens and closes it, with the name server that sends every phone to the device. Uses wifi, server, clock, log, board of `device`."""

    def __init__(self, device):
        self._device = device
        self._names = None  # the task of the name server

    def open(self, channel=FALLBACK_CHANNEL):
        device, wifi, board = self._device, self._device.wifi, self._device.board
        password = None if board.OPEN_HOTSPOT else device.state["hotspot_password"]
        with Borrowed():
            from hardware.radio import open_hotspot

            open_hotspot(wifi, password, channel)
        open_hotspot = None
        device.log("Hotspot: %s" % wifi.hotspot_name)
        device.log.say("Password: %s" % password if password else "No password")  # on the console alone
        device.log("Join it with a phone and open %s" % board.url(wifi.hotspot_address()))
        self._names = device.go_on("names", NameServer(wifi.hotspot_address(), board.DNS_PORT).serve())

    def close(self):
        self._names.cancel()
        self._device.wifi.hotspot.active(False)
        self._device.log("The hotspot is closed")

    async def set_up(self):
        """Set-up mode: scan before it is up (a scan drags its phones along), open it, and give up when nobody uses it."""
        device = self._device
        device.indicator.show("setup")
        await device.wifi.scan()
        with Borrowed():
            from core.networks import likely_channel

            channel = likely_channel(device.wifi.networks, device.settings["ssid"] if device.settings else b"")
        likely_channel = None
        self.open(channel)
        used_s, answered = device.clock.uptime_s(), 0
        while True:
            await asyncio.sleep(LOOK_S)
            now_s = device.clock.uptime_s()
            if device.server.answered != answered or device.settings is None:
                used_s, answered = now_s, device.server.answered
            elif now_s - used_s > UNUSED_S:
                device.restart_soon("nobody used the set-up")
                return await asyncio.sleep(UNUSED_S)
