"""The hotspot: open for set-up, and beside a station whose network stays away. `device.hotspot` is the task of its name server."""

import asyncio

from core.on_demand import Borrowed
from hardware import name_server
from micropython import const

_UNUSED_S = const(900)
_LONGEST_S = const(3600)  # phones ask by themselves for as long as they are on the hotspot
_LOOK_S = const(5)


def open_hotspot(device):
    """Open it, and answer every name that a phone asks for with its address."""
    wifi, board, settings = device.wifi, device.board, device.settings
    password = None if board.OPEN_HOTSPOT else device.state["hotspot_password"]
    with Borrowed():
        from core.networks import likely_channel
        from hardware import radio

        radio.open_hotspot(wifi, password, likely_channel(wifi.networks, settings["ssid"] if settings else b""))
    address = wifi.hotspot_address()
    device.log("Hotspot: %s" % wifi.hotspot_name)
    device.log.say("Password: %s" % password if password else "No password")  # on the console alone
    device.log("Join it with a phone and open %s" % board.url(address))
    device.hotspot = device.go_on("names", name_server.serve(address, board.DNS_PORT))


def close_hotspot(device):
    device.hotspot.cancel()
    device.hotspot = None
    device.wifi.hotspot.active(False)
    device.log("The hotspot is closed")


async def set_up(device):
    """Set-up mode: scan before it is up (a scan drags its phones along), open it, and give up when nobody uses it or it takes too long."""
    device.pattern = "hotspot"
    with Borrowed():
        from hardware import radio
    await radio.scan(device.wifi)
    radio = None
    open_hotspot(device)
    left_s, longest_s, answered = _UNUSED_S, _LONGEST_S, 0
    while left_s >= 0 or device.settings is None or device.wifi.held:  # a trial has an end of its own
        await asyncio.sleep(_LOOK_S)
        left_s, longest_s = left_s - _LOOK_S, longest_s - _LOOK_S
        if not device.wifi.hotspot_address():  # the trial has joined a home network that is the same subnet
            await device.make_room(8 * 1024)
            close_hotspot(device)
            open_hotspot(device)
            device.server.go_on()
        if device.server.answered != answered:
            left_s, answered = min(_UNUSED_S, longest_s), device.server.answered
    device.restart_soon("the set-up was not finished")
