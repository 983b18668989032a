"""The Wi-Fi: the station on the home network, the hotspot for set-up, and the scan."""

import asyncio

import network

from core import join as joining
from core.on_demand import load, paged

POLL_MS = 200
WATCH_S = 2
RECONNECTS = 2
JOIN_S = 20
MOST_PHONES = 4


class Wifi:
    """One radio, two interfaces, one channel: whatever the station does on another channel takes the phones along.

    `networks` is the last scan as `core.networks.listed` makes it. While `held` is True, `keep_joined` leaves the radio alone.
    """

    @paged
    def __init__(self, board, background, log):
        self._background = background
        self._log = log
        self._station = network.WLAN(network.WLAN.IF_STA)
        self._hotspot = network.WLAN(network.WLAN.IF_AP)
        self.mac = self._station.config("mac")
        tail = self.mac[-3:].hex()
        self.hostname = "dewlog-" + tail
        self.hotspot_name = board.HOTSPOT_PREFIX + tail.upper()
        self._host = board.HOTSPOT_URL and board.HOTSPOT_URL.split("/")[2].split(":")[0]
        self.networks = []
        self.scanning = False
        self.held = False
        self._attempt = 0

    # the scan

    @paged
    def begin_scan(self):
        """Scan beside whatever else goes on; `scanning` tells how long."""
        asyncio.create_task(self.scan())

    @paged
    async def scan(self):
        """Refresh `networks` and return it. Takes 2-3 s in a thread; a caller that comes meanwhile gets the list as it is."""
        if self.scanning:
            return self.networks
        self.scanning = True
        try:
            self._station.active(True)
            found = await self._background.run(self._station.scan)
            self.networks = load("core.networks").listed(found)
        except OSError as error:  # the radio is busy joining
            self._log("Wi-Fi scan failed: %s" % error)
        finally:
            self.scanning = False
        return self.networks

    # the station

    @paged
    async def join(self, ssid, password, reconnects=RECONNECTS, timeout_s=JOIN_S):
        """Leave the present network, join this one (ssid: bytes; password "" for an open one) and return the verdict of `core.join`.

        JOINED means that there is an address. `reconnects` must be finite for a wrong password to show. A join that begins while another
        is under way takes the radio over; the other ends with IDLE.
        """
        self._attempt += 1
        attempt = self._attempt
        self._prepare(reconnects)
        try:
            if password:
                self._station.connect(ssid, password)
            else:
                self._station.connect(ssid)
            verdict = await self._verdict(timeout_s, attempt)
        except OSError:
            verdict = joining.WEAK_SIGNAL
        if verdict != joining.JOINED and attempt == self._attempt:
            self.disconnect()
        return verdict

    @paged
    def _prepare(self, reconnects):
        network.hostname(self.hostname)
        self._station.active(True)
        self.disconnect()
        self._station.config(reconnects=reconnects)

    @paged
    async def _verdict(self, timeout_s, attempt):
        for _ in range(timeout_s * 1000 // POLL_MS):
            await asyncio.sleep(POLL_MS / 1000)
            if attempt != self._attempt:
                return joining.IDLE
            verdict = joining.verdict(self._station.status())
            if joining.is_final(verdict):
                return verdict
        return joining.WEAK_SIGNAL if self.rssi_dbm() is None else joining.NO_ADDRESS

    async def keep_joined(self, settings, may_try, delay_s=None):
        """Join and rejoin for ever. settings: callable that returns the current settings; may_try: callable, False while retries pause."""
        failures = 0
        while True:
            if self.held or self.connected() or not may_try():
                await asyncio.sleep(WATCH_S)
                continue
            try:
                failures = await self._rejoin(settings(), failures, delay_s)
            except MemoryError:
                await asyncio.sleep(WATCH_S)

    @paged
    async def _rejoin(self, current, failures, delay_s):
        """Try once; after a failure wait. Returns how many joins failed in a row."""
        verdict = await self.join(current["ssid"], current["password"])
        if self.held:
            return failures
        if verdict == joining.JOINED:
            self._log("Joined the Wi-Fi: address %s" % self.address())
            return 0
        if not failures:
            self._log(load("core.advice").sentences(verdict)[0])
        await asyncio.sleep((delay_s or joining.retry_delay_s)(failures + 1, self.mac))
        return failures + 1

    def connected(self):
        return self._station.active() and self._station.isconnected()

    @paged
    def disconnect(self):
        """Leave the network, or give up joining it: connect() would raise otherwise, and phones on the hotspot suffer."""
        if self._station.active():
            self._station.disconnect()

    def names(self):
        """By what the device can be asked for: (host name, address on the home network, on the hotspot, in HOTSPOT_URL), each or None."""
        return self.hostname, self.address(), self.hotspot_address(), self._host

    def address(self):
        """"192.168.1.57", or None."""
        return self._station.ifconfig()[0] if self.connected() else None

    @paged
    def rssi_dbm(self):
        """How well the access point is heard, or None when there is none."""
        try:
            return self._station.status("rssi") or None
        except OSError:
            return None

    # the hotspot

    @paged
    def start_hotspot(self, password=None, channel=6):
        """Open it under `hotspot_name`: WPA2 with a password (8-63 characters), open without."""
        facts = {"ssid": self.hotspot_name, "channel": channel, "max_clients": MOST_PHONES}
        if password:
            facts["security"] = network.WLAN.SEC_WPA2
            facts["key"] = password
        else:
            facts["security"] = network.WLAN.SEC_OPEN
        network.hostname(self.hostname)
        try:
            self._hotspot.config(**facts)  # before it is up: then there is no moment under the chip's own name
        except OSError:
            pass  # a firmware that wants it up first
        self._hotspot.active(True)
        self._hotspot.config(**facts)

    @paged
    def stop_hotspot(self):
        self._hotspot.active(False)

    def hotspot_address(self):
        """"192.168.4.1", or None while it is closed."""
        return self._hotspot.ifconfig()[0] if self._hotspot.active() else None

    @paged
    def hotspot_phones(self):
        """How many phones are on it."""
        try:
            return len(self._hotspot.status("stations"))
        except OSError:  # it is closed
            return 0
