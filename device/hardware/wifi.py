"""The Wi-Fi: how the station and the hotspot stand. What they do about it is hardware/radio.py."""

import asyncio

import network

from core.on_demand import Borrowed

WATCH_S = 2


class Wifi:
    """One radio, two interfaces, one channel: whatever the station does on another channel takes the phones along.

    `networks` is the last scan as `core.networks.listed` makes it. While `held` is True, `keep_joined` leaves the radio alone. `losses`
    counts how often the network was lost.
    """

    def __init__(self, board, background, log):
        self.background = background
        self.log = log
        if board.COUNTRY:
            network.country(board.COUNTRY)  # without it channels 12 and 13 are only listened to
        self.station = network.WLAN(network.WLAN.IF_STA)
        self.hotspot = network.WLAN(network.WLAN.IF_AP)
        self.mac = self.station.config("mac")
        tail = self.mac[-3:].hex()
        self.hostname = "dewlog-" + tail
        self.hotspot_name = board.HOTSPOT_PREFIX + tail.upper()
        self.networks = []
        self.scanning = False
        self.held = False
        self.losses = self.attempt = 0

    def begin_scan(self):
        """Scan beside whatever else goes on; `scanning` tells how long."""
        asyncio.create_task(self.scan())
        self.scanning = True

    async def scan(self):
        """Refresh `networks` and return it. Takes 2-3 s in a thread."""
        with Borrowed():
            from hardware import radio
        return await radio.scan(self)

    async def join(self, ssid, password):
        """Leave the present network, join this one (ssid: bytes; password "" for an open one); returns a verdict of `core.join`."""
        with Borrowed():
            from hardware import radio
        return await radio.join(self, ssid, password)

    async def keep_joined(self, settings, may_try):
        """Join and rejoin for ever. settings: callable that returns the current settings; may_try: callable, False while retries pause."""
        was_joined = False
        while True:
            joined = self.connected()
            if was_joined and not joined and not self.held:
                self.losses += 1
                self.log("The Wi-Fi is gone")
            was_joined = joined and not self.held
            if not (self.held or joined) and may_try():
                with Borrowed():
                    from hardware import radio
                await radio.rejoin(self, settings, may_try)
                radio = None
            else:
                await asyncio.sleep(WATCH_S)

    def connected(self):
        return self.station.active() and self.station.isconnected()

    def disconnect(self):
        """Leave the network, or give up joining it: connect() would raise otherwise, and phones on the hotspot suffer."""
        if self.station.active():
            self.station.disconnect()

    def names(self):
        """By what the device can be asked for: (host name, address on the home network or None, address on the hotspot or None)."""
        return self.hostname, self.address(), self.hotspot_address()

    def address(self):
        """"192.168.1.57", or None."""
        return self.station.ifconfig()[0] if self.connected() else None

    def rssi_dbm(self):
        """How well the access point is heard, or None when there is none."""
        try:
            return self.station.status("rssi") or None
        except OSError:
            return None

    def hotspot_address(self):
        """"192.168.4.1", or None while it is closed."""
        return self.hotspot.ifconfig()[0] if self.hotspot.active() else None
