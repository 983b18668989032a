"""An outage: the network is away. It is joined again and again, and after a while the hotspot opens beside the retries."""

import asyncio

from core.on_demand import Borrowed
from micropython import const

_PATIENCE_S = const(300)
_FIRST_PATIENCE_S = const(60)
_SETTLED_S = const(15)
_IN_USE_S = const(60)
_LONGEST_PAUSE_S = const(600)
_LOOK_S = const(1)


class Outage:
    """When the hotspot opens, when it closes again and the outage is over, and when retries pause. `now_s` is uptime.

    is_first: these settings have not been joined with since they were set up; then a person still stands beside the device.
    answered: requests answered so far.
    """

    def __init__(self, now_s, is_first, answered):
        self.is_over = self.is_open = False
        self._opens_s = now_s + (_FIRST_PATIENCE_S if is_first else _PATIENCE_S)
        self._away_s = now_s
        self._answered = answered
        self._used_s = self._used_since_s = -_LONGEST_PAUSE_S

    def update(self, now_s, joined, answered):
        """Take the state of the moment; changes `is_open`, the hotspot's state, and `is_over`."""
        if not joined:
            self._away_s = now_s
            self.is_open = self.is_open or now_s >= self._opens_s
        elif now_s - self._away_s >= _SETTLED_S:  # a network that flickers does not close it
            self.is_open = False
        self.is_over = joined and not self.is_open
        if answered != self._answered:
            self._answered = answered
            if self.is_open:
                if now_s - self._used_s > _IN_USE_S:
                    self._used_since_s = now_s
                self._used_s = now_s

    def retries_pause(self, now_s):
        """Whether a person on the hotspot must not be disturbed by retries, which hop channels.

        It is requests that count: a phone that merely stays joined keeps nobody from the network. A page that is left open for ever
        must not either: after `_LONGEST_PAUSE_S` retries go on.
        """
        return now_s - self._used_s <= _IN_USE_S and now_s - self._used_since_s < _LONGEST_PAUSE_S


async def outlast(device, was_joined):
    """Returns when the network is back. was_joined: it was there since the start. A trial under way (`wifi.held`) is an outage, too:
    it joins, and must not close the hotspot under its phone."""
    with Borrowed():
        from hardware.settings_store import SettingsStore

        is_first = not (was_joined or SettingsStore().are_good())
    hotspot = SettingsStore = None
    clock, wifi = device.clock, device.wifi
    outage = Outage(clock.uptime_s(), is_first, device.server.answered)
    device.go_on("joining", rejoin(device, outage))
    while True:
        outage.update(clock.uptime_s(), wifi.connected() and not wifi.held, device.server.answered)
        if outage.is_open and not device.hotspot:
            with Borrowed():
                import hotspot
            hotspot.open_hotspot(device)
        elif device.hotspot and not outage.is_open:
            hotspot.close_hotspot(device)
        if outage.is_over:
            return
        device.pattern = "hotspot" if outage.is_open else "wifi_lost" if was_joined else "joining"
        await asyncio.sleep(_LOOK_S)


async def rejoin(device, outage):
    """Try to join until `outage` is over, longer and longer apart, but not while a trial holds the radio."""
    wifi, failures = device.wifi, 0
    while not outage.is_over:
        pause_s = _LOOK_S
        if wifi.held or wifi.connected() or outage.retries_pause(device.clock.uptime_s()):
            failures = 0
        else:
            verdict = await wifi.join(device.settings["ssid"], device.settings["password"])
            if verdict == "joined":
                device.log("Joined the Wi-Fi: address %s" % wifi.address())
            elif not wifi.held:
                failures += 1
                if failures == 1:
                    device.log("Wi-Fi: %s" % verdict)
                pause_s = retry_delay_s(failures, wifi.mac)
        await asyncio.sleep(pause_s)


def retry_delay_s(failures, mac):
    """Seconds to wait after `failures` joins failed in a row: 2, 4, 8 ... 60, and up to a quarter more, fixed by the MAC address.

    The jitter keeps a house full of devices from storming a router that has just come back.
    """
    wait_s = min(60, 1 << min(failures, 6))
    return wait_s + wait_s * mac[-1] // 1024
