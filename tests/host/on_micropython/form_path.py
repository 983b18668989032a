"""The way of a form on the device: Microdot, settings, flash, WLAN.connect. One body in hexadecimal a line, what the radio was told back.

Arguments: the folder that stands for the flash.
"""

import asyncio
import sys


class Radio:
    """Stands in for network.WLAN: joins at once, and remembers with what."""

    IF_STA, IF_AP = 0, 1
    told = None

    def __init__(self, interface):
        pass

    def config(self, name=None, **facts):
        return b"\x24\x0a\xc4\xa1\xb2\xc3"

    def active(self, on=None):
        return True

    def isconnected(self):
        return True

    def disconnect(self):
        pass

    def connect(self, ssid, key=None):
        Radio.told = (ssid, key)

    def status(self, what=None):
        return 1010


class Network:
    WLAN = Radio

    def hostname(name):
        pass


sys.modules["network"] = Network

from hardware import wifi  # noqa: E402
from hardware.settings_store import SettingsStore  # noqa: E402
from microdot import Response  # noqa: E402
from microdot.test_client import TestClient  # noqa: E402
from portal import Portal, make_app  # noqa: E402


class Board:
    HOTSPOT_PREFIX = "Dewlog-"
    HOTSPOT_URL = None
    HTTP_PORT = 80


class Trial:
    """Stores what it is given, as the real one does after success."""

    def __init__(self, store):
        self.store = store

    def state(self, seen=False):
        return {"state": "idle", "error": None}

    def start(self, settings):
        self.store.save(settings)


class Pages:
    def render(self, request, name, values, status=200, headers=None):
        return Response("", status)


class Clock:
    def set(self, unix_s, source):
        pass


class Parts:
    clock = Clock()
    settings = None
    version = ""
    board = Board
    pages = Pages()


async def main(directory):
    wifi.POLL_MS = 1
    store = SettingsStore(directory)
    parts = Parts()
    parts.wifi = wifi.Wifi(Board, None, print)
    parts.trial = Trial(store)
    for line in sys.stdin:
        content_type, _, body = line.strip().partition(" ")
        Radio.told = None
        client = TestClient(make_app(Portal(parts)))
        response = await client.post("/setup", headers={"Content-Type": content_type}, body=bytes.fromhex(body))
        if response.status_code == 303:
            stored = store.load()
            await parts.wifi.join(stored["ssid"], stored["password"])
        ssid, key = Radio.told or (b"", None)
        print(response.status_code, ssid.hex() or "-", (key or "").encode().hex() or "-")


asyncio.run(main(sys.argv[1]))
