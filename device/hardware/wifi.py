"""The Wi-Fi: how the station and the hotspot stand. What they do about it is hardware/radio.py."""

import asyncio

import network

from core.on_demand import Borrowed


class Wifi:
    """One radio, two interfaces, one channel: whatever the station does on another channel takes the phones along.

    `networks` is the last scan as `core.networks.listed` makes it. While `held` is True, a trial has the radio. `losses` counts how often
    the network was lost, `resets` how often the radio went off and on for that, `attempt` how often joining began.
    """

    scanning = held = False
    losses = resets = attempt = 0
    networks = ()
    ssid = b""  # of the network that was joined last
    home = ()  # the device's address there, and the netmask
    is_fixed = False  # whether the chip has a fixed address

    def __init__(self, board, background, log):
        self.background = background
        self.log = log
        self.station = network.WLAN(network.WLAN.IF_STA)
        self.hotspot = network.WLAN(network.WLAN.IF_AP)
        self.country = board.COUNTRY  # two letters; without them channels 12 and 13 are only listened to
        self.mac = self.station.config("mac")
        tail = self.mac[-3:].hex()
        self.hostname = "dewlog-" + tail
        self.hotspot_name = board.HOTSPOT_PREFIX + tail.upper()

    def begin_scan(self):
        """Refresh `networks` beside whatever else goes on; `scanning` tells how long."""
        with Borrowed():
            from hardware import radio

            asyncio.create_task(radio.scan(self))
        self.scanning = True

    async def join(self, settings, if_better=False):
        """Leave the present network, join the best of those that these settings know; returns a verdict."""
        with Borrowed():
            from hardware import radio
        return await radio.join(self, settings, if_better)

    def connected(self):
        return self.station.active() and self.station.isconnected()

    def disconnect(self):
        """Leave the network, or give up joining it: connect() would raise otherwise, and phones on the hotspot suffer."""
        if self.station.active():
            self.station.disconnect()

    def address(self):
        """Such as "192.168.1.57", or None."""
        return self.station.ifconfig()[0] if self.connected() else None

    def rssi_dbm(self):
        """How well the access point is heard, or None when there is none."""
        try:
            return self.station.status("rssi") or None
        except OSError:
            return None

    def hotspot_address(self):
        """Such as "192.168.4.1", or None while it is closed."""
        return self.hotspot.ifconfig()[0] if self.hotspot.active() else None
