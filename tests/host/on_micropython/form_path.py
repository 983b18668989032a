"""The way of a form on the device: form, settings, flash, WLAN.connect. One body in hexadecimal a line, what the radio was told back.

Arguments: the folder that stands for the flash.
"""

import asyncio
import sys


class Radio:
    """Stands in for network.WLAN: joins at once, and remembers with what."""

    IF_STA, IF_AP = 0, 1
    told = None

    def __init__(self, interface):
        self.subnet = ("192.168.1", "192.168.4")[interface]

    def ifconfig(self):
        return self.subnet + ".1", "255.255.255.0", self.subnet + ".1", self.subnet + ".1"

    def config(self, name=None, **facts):
        return b"\x24\x0a\xc4\xa1\xb2\xc3"

    def active(self, on=None):
        return True

    def isconnected(self):
        return True

    def disconnect(self):
        pass

    def scan(self):
        return []

    def connect(self, ssid, key=None, bssid=None):
        Radio.told = (ssid, key)

    def status(self, what=None):
        return 1010


class Network:
    WLAN = Radio

    def hostname(name):
        pass


sys.modules["network"] = Network

from core.settings import DEFAULTS  # noqa: E402
from core.settings_form import read_form  # noqa: E402
from hardware import radio, wifi  # noqa: E402
from hardware.settings_store import load, save  # noqa: E402
from microdot import HTTPException, NoCaseDict, Request  # noqa: E402
from portal.settings import sent  # noqa: E402


class Board:
    HOTSPOT_PREFIX = "Dewlog-"
    COUNTRY = ""


class Background:
    async def run(self, function, *arguments):
        return function(*arguments)


def taken(directory, body, content_type):
    """The code of what is wrong with the form, or "ok" for settings that are on flash now."""
    request = Request(None, None, "POST", "/setup", "1.1", NoCaseDict({"Content-Type": content_type}), body=body)
    try:
        fields = sent(None, request)
    except HTTPException as refusal:
        return "unsupported" if refusal.status_code == 415 else "damaged"
    draft, errors = read_form(fields, DEFAULTS)
    if errors:
        return "errors"
    save(draft, directory)
    return "ok"


async def main(directory):
    radio.POLL_S = 0.001
    station = wifi.Wifi(Board, Background(), lambda line: None)
    for line in sys.stdin:
        content_type, _, body = line.strip().partition(" ")
        Radio.told = None
        code = taken(directory, bytes.fromhex(body), content_type)
        if code == "ok":
            stored, _ = load(directory)
            await station.join(stored)
        ssid, key = Radio.told or (b"", None)
        print(code, ssid.hex() or "-", (key or "").encode().hex() or "-")


asyncio.run(main(sys.argv[1]))
