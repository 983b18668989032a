"""An outage: the home network is away, is joined again and again, and the hotspot opens beside the retries."""

import asyncio

from core.on_demand import Borrowed, with_room
from micropython import const

_PATIENCE_S = const(300)
_FIRST_PATIENCE_S = const(60)
_SETTLED_S = const(15)  # a network that flickers does not close the hotspot
_IN_USE_S = const(60)
_LONGEST_PAUSE_S = const(600)
_RUNG_S = const(3600)
_RESTART_RUNG = const(6)
_ROOM_BYTES = const(6 * 1024)  # what is loaded here for a moment takes no more


async def outlast(device, was_joined, are_good):
    """Returns when the network is back. was_joined: it was there since the start. Room for what is loaded here has been made.

    A trial under way (`wifi.held`) is an outage, too: it joins, and must not close the hotspot under its phone. Retries hop channels, so
    they pause while a person on the hotspot asks for something: a phone that merely stays joined keeps nobody from the network, and
    neither does a page that is left open for ever.
    """
    wifi, clock, server = device.wifi, device.clock, device.server
    now_s = away_s = clock.uptime_s()
    # Where these settings have not been joined with since they were set up, a person still stands beside the device.
    opens_s = now_s + (_PATIENCE_S if was_joined or are_good else _FIRST_PATIENCE_S)
    hotspot = None
    linked_s, rungs = now_s - 1, 0
    used_s = used_since_s = -_LONGEST_PAUSE_S
    answered = server.answered
    failures = retry_s = 0
    while True:
        now_s = clock.uptime_s()
        is_back = wifi.connected() and not wifi.held
        if not is_back:
            away_s = now_s
        if device.hotspot and (now_s - away_s >= _SETTLED_S or not wifi.hotspot_address()):  # or it was in the way of the home network
            hotspot.close_hotspot(device)
        if now_s >= opens_s and not is_back and not device.hotspot:
            hotspot = await _opened_hotspot(device)
        if is_back and not device.hotspot:
            return
        device.pattern = "hotspot" if device.hotspot else "wifi_lost" if was_joined else "joining"
        if server.answered != answered:
            answered = server.answered
            if device.hotspot:
                if now_s - used_s > _IN_USE_S:
                    used_since_s = now_s
                used_s = now_s
        if wifi.held or wifi.connected():
            linked_s, rungs = now_s, 0
        if linked_s == now_s or now_s - used_s <= _IN_USE_S and now_s - used_since_s < _LONGEST_PAUSE_S:
            failures = retry_s = 0
        elif now_s >= retry_s:
            rungs = _climb(device, hotspot, rungs, now_s - linked_s)
            retry_s = await _rejoin(device, failures) + clock.uptime_s()
            failures += 1
        await asyncio.sleep(1)


async def _opened_hotspot(device):
    """hardware/hotspot.py, which has opened it; None where it found no memory, and does it with the next look."""

    async def opened():
        with Borrowed():
            from hardware import hotspot

            hotspot.open_hotspot(device)
        return hotspot

    try:
        return await with_room(device, _ROOM_BYTES, opened)
    except MemoryError:
        return None


def _climb(device, hotspot, rungs, away_s):
    """What helps a radio that hangs: off and on after each hour without a link, and from the sixth on a restart, if it loses nothing.

    Returns the rungs that are climbed by now.
    """
    if away_s < (rungs + 1) * _RUNG_S:
        return rungs
    rungs += 1
    if rungs >= _RESTART_RUNG and not device.logger.delivery["unkept"]:
        device.memory.set("wifi_restarts", device.memory.get("wifi_restarts") + 1)
        device.restart_soon("no Wi-Fi for %d hours" % rungs)
        return rungs
    if device.hotspot:  # the radio is off only when both are; this one opens again with the next look
        hotspot.close_hotspot(device)
    device.wifi.station.active(False)  # joining switches it on
    device.wifi.resets += 1
    device.log("No Wi-Fi for %d h: the radio goes off and on" % rungs)
    return rungs


async def _rejoin(device, failures):
    """Try to join after so many failures in a row. Returns the seconds until the next try."""
    wifi = device.wifi
    try:
        verdict = await with_room(device, _ROOM_BYTES, wifi.join, device.settings)
    except MemoryError:
        verdict = "memory"  # a page has it: the next try finds some
    if not (verdict == "joined" or failures or wifi.held):
        device.log("Wi-Fi: %s" % verdict)
    pause_s = min(60, 2 << min(failures, 5))
    return pause_s + pause_s * wifi.mac[-1] // 1024  # so a house full of devices does not storm a router that has just come back
