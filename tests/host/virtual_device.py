"""The virtual ESP32 of the end-to-end tests: a device that a test can visit, disturb, unplug and look into."""

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

import chosen_micropython
import pytest
from simulator.flash_image import FlashImage
from simulator.world import DEFAULT as DEFAULT_WORLD

ROOT = Path(__file__).resolve().parents[2]
SIMULATE = ROOT / "tools" / "simulate.py"
FORM = {"ssid": "Home", "password": "correct horse", "api_key": "SIMULATEDKEY0001", "name": "Dewlog"}
"""What a person would type who lives in the default world."""
ROOMY = "320k"
"""What a device is tested with on either interpreter, but for its memory: a test of that asks for the board's heap."""
SLOWEST = 4
"""How many times as long as on a quiet computer things may take: a wait ends when what is waited for has come."""
TRIES = 5
"""A person tries again when an answer does not come in time: at high speed a busy computer is the one that is late."""
START_S = 40
PORTS = (20000, 32000)
MOST_WORKERS = 16
PLUGGED_IN = "Virtual ESP32 on"


class VirtualDevice:
    """A tools/simulate.py of its own: free ports, a state folder, and everything a test wants to do with it.

    Options are those of the command line: `speed`, `heap` ("64k"), `micropython` (a path), `power_cut_after`, `app` (a folder to run
    instead of the build), `host`, `port`, `hotspot_port`, `dns_port`. `world` changes entries of world.json and `board` names of
    hardware/board.py before the first start. `inside` is a command to run it with, such as ("ip", "netns", "exec", NAME).
    """

    def __init__(self, state, world=None, board=None, inside=(), **options):
        self._inside = list(inside)
        self.state = Path(state)
        self.state.mkdir(parents=True, exist_ok=True)
        self.host = options.setdefault("host", "127.0.0.1")
        free = free_ports(3)
        self.port = options.setdefault("port", free[0])
        self.hotspot_port = options.setdefault("hotspot_port", self.port + 1)
        self.dns_port = options.setdefault("dns_port", free[1])
        self.thingspeak_port = options.setdefault("thingspeak_port", free[2])
        options.setdefault("micropython", os.environ.get(chosen_micropython.VARIABLE))
        options.setdefault("heap", ROOMY)
        self.options = options
        self._process = None
        self._serial_start = 0
        if board:
            (self.state / "board.json").write_text(json.dumps(board))
        if world:
            self.world(**world)

    # power

    def start(self, **options):
        """Plug it in; `options` hold for this start only. Raises AssertionError with what it said when it does not come up."""
        self._serial_start = len(self.serial_bytes())
        self._said = open(self.state / "said.txt", "wb")
        words = ["--state", str(self.state)]
        for name, value in {**self.options, **options}.items():
            if value is not None:
                words += ["--" + name.replace("_", "-")] + ([] if value is True else [str(value)])
        command = self._inside + [sys.executable, str(SIMULATE)] + words
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self._said, stdin=subprocess.DEVNULL)
        self.wait_for(lambda: PLUGGED_IN in self.said(), START_S)
        return self

    def kill(self):
        """Pull the plug: nothing gets a chance to finish."""
        self.end(signal.SIGKILL)

    def stop(self):
        """Switch the simulation off as Ctrl-C does. Returns its exit status."""
        return self.end(signal.SIGINT)

    def restart(self, **options):
        """Pull the plug and put it back: a power cycle."""
        self.kill()
        return self.start(**options)

    def wait_until_ended(self, timeout=60):
        """Wait for a simulation that ends by itself, such as at a power cut. Returns its exit status."""
        status = self._process.wait(timeout * SLOWEST)
        self.end(signal.SIGKILL)
        return status

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def process_id(self):
        """Of the simulation; the interpreter runs below it."""
        return self._process.pid

    def end(self, how):
        """End the simulation with the signal `how`. Returns its exit status."""
        if self._process is None:
            return None
        if self._process.poll() is None:
            self._process.send_signal(how)
        status = self._process.wait(20 * SLOWEST)
        self._process = None
        self._said.close()
        return status

    def __enter__(self):
        return self if self.is_running() else self.start()

    def __exit__(self, *_):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop()
            return
        self.kill()

    # what it says

    def serial_bytes(self):
        with contextlib.suppress(FileNotFoundError):
            return (self.state / "serial.log").read_bytes()
        return b""

    def serial(self):
        """What the device printed since it was plugged in last."""
        return self.serial_bytes()[self._serial_start:].decode("utf-8", "replace")

    def said(self):
        """What the simulation told the person at the keyboard since it was plugged in last."""
        with contextlib.suppress(FileNotFoundError):
            return (self.state / "said.txt").read_text("utf-8", "replace")
        return ""

    def wait_for(self, what, timeout=30):
        """Wait until `what` is on the serial console, or is a callable that returns something true, and return that.

        `timeout` is a quiet computer's; a busy one is given SLOWEST times as long. A callable may raise OSError (nobody listens yet).
        Raises AssertionError with the console's last lines.
        """
        timeout *= SLOWEST
        ends = time.monotonic() + timeout
        while True:
            found = self._look_for(what)
            if found:
                return found
            if not self.is_running() or time.monotonic() > ends:
                why = "after %d s" % timeout if self.is_running() else "before it ended"
                told = "--- console:\n%s--- said:\n%s" % (self.serial()[-3000:], self.said()[-2000:])
                raise AssertionError("%r did not come %s.\n%s" % (what, why, told))
            time.sleep(0.05)

    def _look_for(self, what):
        if callable(what):
            with contextlib.suppress(OSError, http.client.HTTPException):
                return what()
            return None
        return what in self.serial()

    # its web server

    @property
    def url(self):
        return "http://%s:%d" % (self.host, self.port)

    @property
    def hotspot_url(self):
        """As a phone on the hotspot reaches it, while the hotspot is open."""
        return "http://%s:%d" % (self.host, self.hotspot_port)

    def via_hotspot(self, number=2):
        """The device as phone `number` on its hotspot sees it (its address ends in it): has get, post and request as this one has."""
        return Phone(self, number)

    def get(self, path, headers=None, timeout=30):
        """Returns a Reply. Header names and values go out as they are, `Host` too. For `timeout` see wait_for()."""
        return self.request("GET", path, headers=headers, timeout=timeout)

    def post(self, path, form=None, json_body=None, body=None, headers=None, timeout=30):
        """Post `form` (a dict; values str or bytes), `json_body` or raw `body`."""
        headers = dict(headers or {})
        if form is not None:
            body = urllib.parse.urlencode(form).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif json_body is not None:
            body = json.dumps(json_body).encode()
            headers.setdefault("Content-Type", "application/json")
        return self.request("POST", path, body, headers, timeout)

    def request(self, method, path, body=None, headers=None, timeout=30):
        connection = self._connection(timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def _connection(self, timeout):
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout * SLOWEST)

    def unless_busy(self, ask, timeout=60):
        """The reply of `ask()`, called again while it is a 503: an upload or a proof needs the memory."""

        def answered():
            reply = ask()
            return reply if reply.status != 503 else None

        return self.wait_for(answered, timeout)

    def set_up(self, timeout=60, **form):
        """Fill in the form as a person would, see it proven, and wait until the device is on the home network. Returns its readings."""
        self.wait_for(self.takes_set_up, timeout)
        for _ in range(TRIES):
            reply = self.post("/setup", {**FORM, **form}, headers={"Accept": "text/html"})
            assert reply.status == 303, (reply.status, reply.body)
            done = self.wait_for(lambda: self.verdict() or self.readings_at_home(), timeout)  # the proof is told for two minutes
            if all(step["detail"] != "timeout" for step in done.get("steps", ())):
                break
        assert done.get("state", "done") == "done", done
        return self.wait_for(self.readings_at_home, timeout)

    def takes_set_up(self):
        """Whether the set-up is there for everybody: before the hotspot is up whoever asks comes from elsewhere."""
        reply = self.get("/api/setup")
        return reply.status == 200 and reply.json()["open"]

    def verdict(self):
        """The ended trial, asked for as the page does, or None while there is none."""
        reply = self.get("/api/setup")
        progress = reply.json() if reply.status == 200 else {"state": "busy"}  # 503: room is being made
        return progress if progress["state"] in ("done", "failed") else None

    def readings(self):
        """GET /api/readings, or None while the device is not in station mode."""
        reply = self.get("/api/readings")
        readings = reply.json() if reply.status == 200 else None
        return readings if readings and readings["mode"] == "station" else None

    def readings_at_home(self):
        """The readings, or None until the device has joined its network."""
        readings = self.readings()
        return readings if readings and readings["device"]["address"] else None

    def password(self):
        """The one on its label: the device's and its hotspot's."""
        return json.loads(self.image().read("/state.json"))["hotspot_password"]

    def log_in(self, timeout=30):
        """The headers of somebody who has logged in."""
        reply = self.wait_for(self._log_in, timeout)
        return {"Cookie": reply.headers["Set-Cookie"].partition(";")[0]}

    def _log_in(self):
        reply = self.post("/login", json_body={"password": self.password()})
        return reply if reply.status == 200 else None  # 429: somebody tried a wrong one; 503: room is being made

    # the world around it

    def world(self, **changes):
        """Change entries of world.json at once: a reader sees the old world or the new one. Returns the world."""
        path = self.state / "world.json"
        world = json.loads(path.read_text("utf-8")) if path.exists() else dict(DEFAULT_WORLD)
        world.update(changes)
        self.world_file(json.dumps(world))
        return world

    def world_file(self, text):
        """Put `text` into world.json at once, whether it is good or not."""
        unfinished = self.state / "world.json.edited"
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, self.state / "world.json")

    def thingspeak(self, method, path, body=None):
        """One request to the local ThingSpeak, answered in JSON."""
        connection = http.client.HTTPConnection(self.host, self.thingspeak_port, timeout=30 * SLOWEST)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def feed(self, results=8000):
        """The entries of the channel, oldest first."""
        return self.thingspeak("GET", "/channels/1/feeds.json?results=%d" % results)["feeds"]

    def faults(self, mode, **details):
        """Switch a fault of the local ThingSpeak on: `faults("status", status=503, count=2)`, `faults("none")`."""
        return self.thingspeak("POST", "/_faults", {"mode": mode, **details})

    def requests(self):
        """What arrived at the local ThingSpeak."""
        return self.thingspeak("GET", "/_requests")

    # inside

    def image(self):
        """The files on its flash as they are now: read(name), names(folder)."""
        return FlashImage(self.state / "flash.img")

    def light(self):
        """The LED's levels so far: [(seconds since power-on, pin, level)]."""
        rows = (line.split() for line in (self.state / "light.log").read_text().splitlines())
        return [(float(at), int(pin), int(level)) for at, pin, level in rows]

    def wear(self):
        """How much the flash was written and erased since power-on."""
        return json.loads((self.state / "wear.json").read_text())

    def memory(self):
        """What was left of its two heaps since it was plugged in, as ChipMemory.summary() tells."""
        return json.loads((self.state / "memory.json").read_text())

    def chip(self, **order):
        """Do something to the chip's memory at its next look: chip(grow=True), chip(forget_lowest=True)."""
        unfinished = self.state / "chip.json.edited"
        unfinished.write_text(json.dumps(order))
        unfinished.replace(self.state / "chip.json")
        self.wait_for(lambda: not (self.state / "chip.json").exists())


class Phone(VirtualDevice):
    """A phone on the hotspot of `device`; it shares everything with it but the door and its own address."""

    def __init__(self, device, number):
        self.__dict__.update(device.__dict__)
        self.port, self._number = device.hotspot_port, number

    def _connection(self, timeout):
        connection = super()._connection(timeout)
        if self.host.startswith("127.") and sys.platform == "linux":  # elsewhere every phone is the second
            connection.source_address = ("127.0.0.%d" % self._number, 0)
        return connection


class Reply:
    """An HTTP reply: `status`, `headers` (by any case), `body` bytes."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)


def free_ports(count):
    """`count` ports that are free now, each with a free one above it; from below the range in which the system itself picks ports.

    Tests that run side by side have their own, or two might choose the same one at the same moment.
    """
    found, chance = [], random.SystemRandom()  # hypothesis seeds the common one alike in every process
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % MOST_WORKERS
    while len(found) < count:
        number = chance.randrange(PORTS[0] + 2 * worker, PORTS[1], 2 * MOST_WORKERS)
        with socket.socket() as first, socket.socket() as second, contextlib.suppress(OSError):
            first.bind(("127.0.0.1", number))
            second.bind(("127.0.0.1", number + 1))
            if number not in found:
                found.append(number)
    return found


@pytest.fixture
def device(tmp_path):
    """A virtual device that is out of the box and switched on."""
    with VirtualDevice(tmp_path / "device") as running:
        yield running


@pytest.fixture
def new_device(tmp_path):
    """Make virtual devices with options of one's own, such as `new_device(speed=20)`. They are switched off at the end."""
    with contextlib.ExitStack() as stack:

        def make(name="device", **options):
            return stack.enter_context(VirtualDevice(tmp_path / name, **options))

        yield make
