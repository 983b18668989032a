"""A preview of the set-up pages: the device's own web app and server on this computer, in states that are forced.

`python3 tests/host/portal_preview.py --port 18400` serves it; `/preview` there lists the states.
"""

import asyncio
import sys
import time
from pathlib import Path
from types import SimpleNamespace

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2] / folder) for folder in ("device", "tools", "tests/host/on_cpython")]
    from environment import enter

    enter("check")

import portal
from core import settings
from core.networks import listed
from core.setup_check import STEPS
from page_preview import Preview, serve
from trial import Trial

OPEN, WPA2, ENTERPRISE, WPA3 = 0, 3, 5, 6
HOTSPOT = "Dewlog-A1B2C3"
KEY = "SIMULATEDKEY0001"
DETAILS = ("Joined “Home”, signal −54 dBm", "192.168.1.57", "Reached", "21.4 °C, 48.0 %", "Entry 1 is in channel 123456")


def network(name, rssi_dbm, channel, security):
    """A tuple as WLAN.scan() gives it."""
    return name, b"\2dewlg", channel, rssi_dbm, security, False


AT_HOME = (
    network(b"Home", -51, 6, WPA2),
    network("Café de la Gare".encode(), -63, 1, OPEN),
    network(b"Fritz!Box 7590 XY", -66, 11, WPA2),
    network(b"eduroam", -70, 1, ENTERPRISE),
    network(b"Attic", -83, 11, WPA3),
)
HOSTILE = (
    network(b"<img src=x onerror=alert(1)>", -40, 1, WPA2),
    network(b"\"'><b>bold</b>&amp;", -45, 1, OPEN),
    network("🐸".encode() * 8, -50, 1, WPA2),
    network(b"\xff\xfenot UTF-8\x00", -55, 1, WPA2),
    network(b"W" * 32, -60, 1, ENTERPRISE),
    network("שלום \u202e".encode(), -65, 1, WPA2),
)
LONGEST = (
    (b"<img src=x onerror=alert('hello')>", WPA2),
    (b"\xff" * 32, WPA2),
    ("🐸".encode() * 8, WPA3),
    (b"\"'" * 16, OPEN),
    (b"A house with a long name & guests", ENTERPRISE),
)
HOSTILE_CROWD = tuple(
    network((b"%02d" % number + LONGEST[number % 5][0])[:32], -40 - number, 1, LONGEST[number % 5][1]) for number in range(20)
)
CROWD = tuple(network(b"Neighbour %d" % number, -50 - number, 1, WPA2) for number in range(60))


class ForcedWifi:
    """What portal and trial ask of hardware/wifi.py."""

    hotspot_name = HOTSPOT
    hostname = "dewlog-a1b2c3"
    held = False

    def __init__(self):
        self.scan_takes_s = 0
        self.next_scan = None
        self.see(AT_HOME)

    def see(self, scan):
        """Find `scan`, tuples as WLAN.scan() gives them."""
        self.scanning = False
        self.networks = listed(scan)

    def hotspot_address(self):
        return "127.0.0.1"

    def address(self):
        return None

    def disconnect(self):
        pass

    def begin_scan(self):
        self.scanning = True
        asyncio.get_running_loop().call_later(self.scan_takes_s, self._end_scan)

    async def scan(self):
        await asyncio.sleep(self.scan_takes_s)
        self._end_scan()

    def _end_scan(self):
        if self.next_scan is not None:
            self.networks = listed(self.next_scan)
        self.scanning = False


class ForcedClock:
    told = None
    """(Unix seconds, who said so), once somebody told the time."""

    def set(self, unix_s, source):
        self.told = unix_s, source

    def uptime_s(self):
        return int(time.monotonic())


class ForcedTrial(Trial):
    """A trial that goes on only when it is told to."""

    started_with = None
    """The settings it was started with."""

    def start(self, settings):
        self.started_with = dict(settings)
        self._begin(settings)

    def pass_steps(self, count):
        for step, detail in zip(STEPS[:count], DETAILS):
            self._check.pass_(step, detail)
        if count < len(STEPS):
            self._check.start(STEPS[count])
        else:
            self._channel_id = 123456
            self._commit("Everything works.", self._check.finish)

    def fail_step(self, step, code):
        self.pass_steps(STEPS.index(step))
        self._fail(step, code)

    def restart_in(self, seconds):
        self._restart_at_s = self._parts.clock.uptime_s() + seconds


def _failed(step, code):
    def force(trial):
        trial.start(IN_USE)
        trial.fail_step(step, code)

    return "/setup", {}, force


def _passed(count):
    def force(trial):
        trial.start(IN_USE)
        trial.pass_steps(count)

    return "/setup", {}, force


def _kept(trial):
    trial.start(IN_USE)
    trial.fail_step("sensor", "sensor_silent")
    trial.keep()


IN_USE = dict(settings.DEFAULTS, ssid=b"Home", password="correct horse", api_key=KEY, interval_s=45, name="Cellar")
STATES = {
    "form": ("/", {}, None),
    "form-hostile-names": ("/", {"scan": HOSTILE}, None),
    "form-60-networks": ("/", {"scan": CROWD}, None),
    "form-hostile-crowd": ("/", {"scan": HOSTILE_CROWD}, None),
    "form-no-network": ("/", {"scan": ()}, None),
    "form-in-use": ("/", {"settings": IN_USE, "notice": "The Wi-Fi “Home” has been away for 5 minutes."}, None),
    "form-not-in-sight": ("/", {"settings": IN_USE, "scan": AT_HOME[1:]}, None),
    "proof-idle": ("/setup", {}, None),
    "proof-starts": _passed(0),
    "proof-midway": _passed(2),
    "proof-done": _passed(5),
    "proof-kept": ("/setup", {}, _kept),
    "proof-wrong-password": _failed("wifi", "wrong_password"),
    "proof-no-address": _failed("address", "no_address"),
    "proof-login-needed": _failed("internet", "browser_login_needed"),
    "proof-sensor-silent": _failed("sensor", "sensor_silent"),
    "proof-key-refused": _failed("thingspeak", "key_refused"),
}
"""Name: path of the page, how the device differs from one out of the box, what its trial went through."""


class PortalPreview(Preview):
    """The portal; `wifi`, `clock` and `trial` are the device behind it."""

    states = STATES

    def _force(self, state):
        path, changes, force = STATES[state]
        self._start_over(changes)
        if force:
            force(self.trial)
        return path

    def _start_over(self, changes):
        """A device as it comes out of the box, but for `changes`: "settings", "notice", "scan"."""
        self.wifi = ForcedWifi()
        self.wifi.see(changes.get("scan", AT_HOME))
        parts = SimpleNamespace(
            wifi=self.wifi,
            pages=self._pages,
            clock=ForcedClock(),
            board=SimpleNamespace(HTTP_PORT=80, SENSOR_PIN=23, HOTSPOT_URL=None),
            settings=changes.get("settings"),
            version="1.0.0",
            log=lambda sentence: None,
            save_settings=lambda settings: None,
            restart_soon=lambda reason: None,
        )
        self.clock = parts.clock
        self.trial = parts.trial = ForcedTrial(parts)
        self._serve_app(portal.make_app(portal.Portal(parts, changes.get("notice", ""))))


if __name__ == "__main__":
    sys.exit(serve(PortalPreview, "Serve the set-up pages in forced states, to look at them."))
