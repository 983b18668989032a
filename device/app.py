"""The app: chooses the mode, connects the parts, and records what ends it. The only file that knows them all."""

import asyncio
import gc
import sys

from core import mode, safe_start
from core.access import Access, own_names
from core.event_log import EventLog
from core.heartbeat import Heartbeats
from core.on_demand import load
from hardware import board, flash, identity, power
from hardware.background import Background
from hardware.clock import Clock
from hardware.indicator import Button, Indicator
from hardware.listener import Listener
from hardware.uploader import Uploader
from hardware.wifi import Wifi
from pages import Pages
from server import Server

WATCHDOG_S = 60
LONGEST_SILENCE_S = {"measuring": 180, "uploading": 600, "serving": 180}
"""Seconds a loop may take from one sign of progress to the next before the watchdog is left to bite."""
ANSWER_FIRST_S = 2  # an asked-for restart waits until the page that tells of it is out


def start():
    """Run the device until a restart is due, and restart it. An unexpected error is recorded first. Called by main.py at power-on."""
    gc.threshold(8192)  # collect early: garbage that piles up breaks the heap into pieces too small for a page
    memory = power.Memory()
    device = None
    try:
        device = Device(memory)
        reason = asyncio.run(device.run())
    except Exception as failure:
        reason = "crash"
        load("crash_report").note(failure, device, memory)
    power.restart(memory, reason)


class Device:
    """The parts by name. The modes, the web apps and the trial take what they need from here."""

    def __init__(self, memory):
        self.memory = memory
        self.board = board
        board.configure(_board_overrides(), sys.implementation._machine)
        self.reset_cause = power.reset_cause(memory)
        memory.set_reason("")
        memory.set("starts", memory.get("starts") + 1)
        self.clock = Clock(memory)
        self.log = EventLog(self.clock)
        directory = sys.path[0]
        self.version = (flash.read(directory + "/version") or b"").decode().strip()
        self.log("Dewlog %s, started by %s" % (self.version, self.reset_cause))
        self.state = identity.load()
        self.device_password = self.state["hotspot_password"]
        self.store = load("hardware.settings_store").SettingsStore()
        self.background = Background()
        self.wifi = Wifi(board, self.background, self.log)
        self.uploader = Uploader(self.background, directory + "/thingspeak_root.der")
        self.pages = Pages(directory + "/static/")
        self.indicator = Indicator(board.LED_PIN, board.LED_LIT)
        self.button = Button(board.BUTTON_PIN)
        self.heartbeats = Heartbeats(LONGEST_SILENCE_S)
        self.access = Access(self.own_names, self.device_password, identity.random_bytes)
        self.server = Server(lambda: Listener(board.HTTP_PORT), self.access, self.log, lambda: self.beat("serving"))
        self.logger = None
        self.task_names = {}
        self.failed_task = None
        self._ended = asyncio.Event()
        self._end = None
        self._trial = None
        self.notice = self._recover()
        self.settings = self.store.load()
        self.notice = self.store.problem or self.notice

    def _recover(self):
        """Count this start, move the last crash to flash, and step back when starts keep failing. Returns a sentence for the person, or None."""
        crash = load("hardware.crash_log").keep(self.memory)
        if crash:
            self.log("Crash in %s: %s %s" % (crash.get("task"), crash.get("error"), crash.get("message")))
        bad_starts = self.memory.get("bad_starts")
        self.safe = safe_start.verdict(bad_starts)
        self.memory.set("bad_starts", bad_starts + 1)
        if self.safe == safe_start.LAST_GOOD:
            self.store.go_back()
        return safe_start.sentence(self.safe, self.reset_cause)

    async def run(self):
        """Work in the mode that fits until the device is to restart; returns the reason. What a loop raises is raised here."""
        asyncio.get_event_loop().set_exception_handler(self._take_failure)
        chosen = mode.choose(self.settings, self.memory.get("portal_wanted"), self._count_quick_start(), self.safe == safe_start.PORTAL_ONLY)
        self.memory.set("portal_wanted", 0)
        self.go_on("indicator", self.indicator.run())
        self.go_on("button", load("button_watch").watch(self))
        for name, coroutine in load("station_mode" if chosen == mode.STATION else "setup_mode").loops(self):
            self.go_on(name, coroutine)
        self.go_on("serving", self.server.serve())
        if not flash.take("/update"):  # a deploy is about to use the console: a watchdog would bite into it
            self.go_on("watchdog", power.guard(self.heartbeats, self.memory, self.clock.uptime_s, self.log, WATCHDOG_S))
        await self._ended.wait()
        if isinstance(self._end, Exception):
            raise self._end
        return self._end

    def _count_quick_start(self):
        quick_starts = mode.quick_starts(self.state["quick_starts"], self.reset_cause == "power")
        if quick_starts != self.state["quick_starts"]:
            self.keep_quick_starts(quick_starts)
        return quick_starts

    def keep_quick_starts(self, count):
        self.state["quick_starts"] = count
        identity.save(self.state)

    def go_on(self, name, coroutine):
        """Run the coroutine beside the others; when it fails, the device records that under `name` and restarts."""
        task = asyncio.create_task(coroutine)
        self.task_names[id(task)] = name
        return task

    def _take_failure(self, _, context):
        self.failed_task = self.task_names.get(id(context["future"]), "a request")
        self._finish(context["exception"])

    def _finish(self, end):
        self._end = self._end or end
        self._ended.set()

    # what the modes, the web apps and the trial ask of the device

    @property
    def trial(self):
        """The trial of new settings; loaded when it is first asked for."""
        if self._trial is None:
            self._trial = load("trial").Trial(self)
        return self._trial

    def own_names(self):
        return own_names(self.wifi.hostname, self.wifi.address(), self.wifi.hotspot_address())

    def beat(self, loop):
        self.heartbeats.beat(loop, self.clock.uptime_s())

    def save_settings(self, settings):
        """Store them, and go on with them. Raises OSError when flash does not take them."""
        self.store.save(settings)
        self.settings = settings
        if self.logger:
            self.logger.configure(settings)

    def own_address(self):
        """The address on the home network as it stands in a URL, with the port where it is not 80."""
        port = self.board.HTTP_PORT
        return self.wifi.address() + ("" if port == 80 else ":%d" % port)

    def flash_free(self):
        """Bytes."""
        return flash.free_bytes()

    def crashes(self):
        """The records of the last crashes, oldest first."""
        return load("hardware.crash_log").load()

    @property
    def restarts(self):
        """Restarts since power-on."""
        return self.memory.get("starts") - 1

    def restart_soon(self, reason):
        self.go_on("restart", self._restart_later(reason))

    async def _restart_later(self, reason):
        await asyncio.sleep(ANSWER_FIRST_S)
        self.log("Restarting: %s" % reason)
        self._finish(reason)

    def open_setup_soon(self):
        """Restart into set-up mode; settings and readings stay."""
        self.memory.set("portal_wanted", 1)
        self.restart_soon("set-up was asked for")

    def erase_soon(self):
        """Forget settings and readings and restart as on the first day; the label stays true."""
        self.store.erase()
        load("hardware.erase").readings()
        self.restart_soon("erased")


def _board_overrides():
    """What /board.json says differs on this board; an unreadable file is passed over."""
    try:
        return load("core.flat_json").parse(flash.read("/board.json") or b"{}")
    except ValueError:
        return None
