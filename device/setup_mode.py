"""Set-up mode: what runs while a phone fills in the form."""

import asyncio

from core.on_demand import load, paged
from hardware.name_server import NameServer
from portal import Portal, make_app

UNUSED_S = 900
LOOK_S = 5


@paged
def loops(device):
    """Connect the parts of set-up mode; returns [(name, coroutine that never ends), ...]."""
    device.read_sensor = lambda: load("sensor_check").reading(device)
    draft = load("hardware.waiting_settings").take()
    serve_portal(device, Portal(device, device.notice or "", draft))
    return [("hotspot", _serve_phones(device, draft)), ("settle", load("settle").settle(device))]


def serve_portal(device, portal):
    device.server.app = None
    device.server.make_app = lambda: make_app(portal)


async def _serve_phones(device, draft):
    """Look for networks before the hotspot is up (a scan drags its phones along), open it, and answer every name a phone asks for."""
    device.indicator.show("setup")
    await device.wifi.scan()
    open_hotspot(device, _likely_channel(device.wifi.networks, draft or device.settings))
    if draft:
        device.trial.start(draft, True)
    await asyncio.gather(serve_names(device), _give_up(device))


@paged
def open_hotspot(device, channel):
    password = None if device.board.OPEN_HOTSPOT else device.device_password
    device.wifi.start_hotspot(password, channel)
    device.log("Hotspot: %s" % device.wifi.hotspot_name)
    device.log("Password: %s" % password if password else "No password")
    port = device.board.HTTP_PORT
    url = device.board.HOTSPOT_URL or "http://%s%s" % (device.wifi.hotspot_address(), "" if port == 80 else ":%d" % port)
    device.log("Join it with a phone and open %s/" % url)


def serve_names(device):
    return NameServer(device.wifi.hotspot_address(), device.board.DNS_PORT).serve()


def _likely_channel(networks, settings):
    """The channel of the network that will probably be chosen: a join on another one would throw the phones off the hotspot."""
    return load("core.networks").likely_channel(networks, settings["ssid"] if settings else b"")


async def _give_up(device):
    """A device that has settings goes back to its work when nobody uses the set-up for a quarter of an hour."""
    used_s, answered = device.clock.uptime_s(), 0
    while True:
        await asyncio.sleep(LOOK_S)
        now_s = device.clock.uptime_s()
        trial = device.present_trial
        is_quiet = device.server.quiet() and not device.wifi.hotspot_phones() and (trial is None or trial.task is None or trial.task.done())
        if is_quiet and device.has_outgrown():
            device.restart_now("heap had grown by itself")
        if device.server.answered != answered or device.settings is None:  # a phone that merely stays joined is nobody
            used_s, answered = now_s, device.server.answered
        elif now_s - used_s > UNUSED_S:
            device.restart_soon("nobody used the set-up")
            return
