"""The app: the device and its parts, from power-on to restart. The only file that knows all of them."""

import asyncio
import gc
import sys

import housekeeping
from core import on_demand
from core.event_log import EventLog
from hardware import board, flash, heap, power
from hardware.background import Background
from hardware.clock import Clock
from hardware.indicator import Button, Indicator
from hardware.journal import Journal
from hardware.listener import Listener
from hardware.sensor import Sensor
from hardware.wifi import Wifi
from logger import Logger
from server import Server
from station import Station

WATCHDOG_S = 60
LONGEST_SILENCE_S = {"measuring": 300, "uploading": 600, "serving": 300}
"""Seconds a loop may take from one sign of progress to the next before the watchdog is left to bite."""
SENSOR_STACK_BYTES = 4096
SITE_BYTES = 34 * 1024  # what Microdot, the web app and a first page take


def start():
    """Run the device until a restart is due, and restart it. An unexpected error is recorded first. Called by main.py at power-on."""
    kept = on_demand.loaded()  # everything that comes later goes together, see `give_back`
    from hardware import growth, profile

    profile.configure(board, flash.read("/board.json"), sys.implementation._machine)
    grown = growth.grow(board.HEAP_GROWTH_BYTES)
    growth = profile = None
    on_demand.drop_since(kept)
    gc.threshold(16 * 1024)  # collect early: garbage that piles up breaks the heap into pieces too small for a page
    memory = power.Memory()
    power.restart(memory, _run(memory, kept, grown))


def _run(memory, kept, grown):
    """The reason for the restart. All that the device was is garbage by then: even a restart takes some memory."""
    device = Device(memory, kept)
    try:
        return asyncio.run(device.run(grown))
    except Exception as failure:
        device.let_go()
        try:
            from hardware.crash_log import note

            note(failure, device)
        except Exception:  # most likely a MemoryError, too
            device = failure = None
            memory.set("crash", {"error": "MemoryError", "message": "and none left to say more"})
        return "crash"


class Device:
    """The parts by name, put there by power_on.py. The loops, the web app and the trial take what they need from here."""

    def __init__(self, memory, kept):
        self.memory = memory
        self._kept = kept
        self.board = board
        self.heap = heap
        self.settings = self.station = self.failed_task = None
        self.draft = None  # settings as they were typed: a phone loses its page each time the hotspot changes channel
        self.heap_free = self.idf_heap_free = self.idf_heap_largest = None
        self.beats = {}  # uptime of the last progress, by loop
        self._tasks = {}  # by name
        self._ended = asyncio.Event()
        self._end = self.trial = self.access = self._uploader = None

    async def run(self, grown):
        """Work until the device is to restart; returns the reason. What a loop raises is raised here."""
        asyncio.get_event_loop().set_exception_handler(self._take_failure)
        self._begin(grown)
        await self._ended.wait()
        if isinstance(self._end, Exception):
            raise self._end
        return self._end

    def _begin(self, grown):
        import power_on

        self.background = Background()
        self.clock = Clock(self.memory, self.background)
        self.log = EventLog(self.clock)
        power_on.look_back(self, grown)
        self.wifi = Wifi(board, self.background, self.log)
        self.indicator = Indicator(board.LED_PIN, board.LED_LIT)
        self.journal = Journal()
        self.sensor = Sensor(board.SENSOR_PIN)
        self.sensor_background = Background(SENSOR_STACK_BYTES)  # of its own: an upload may hang for half a minute
        self.logger = Logger(self)
        self.hotspot = None
        beat = lambda: self.beat("serving")  # noqa: E731
        self.server = Server(lambda: Listener(board.HTTP_PORT), self._make_site, self.clock.uptime_s, self.log, beat)
        if power_on.is_station(self):
            self.station = Station(self)
            self.go_on("station", self.station.look_after())
            self.go_on("joining", self.station.keep_joined())
        else:
            from hotspot import Hotspot

            self.hotspot = Hotspot(self)
            self.go_on("hotspot", self.hotspot.set_up())
        self.go_on("serving", self.server.serve())
        self.go_on("measuring", self.logger.measure())
        self.go_on("uploading", self.logger.upload())
        self.go_on("clock", self.clock.keep(lambda: self.uploader.server_time(), self.wifi.connected))
        self.go_on("indicator", self.indicator.run(self.logger.changed))
        self.go_on("button", Button(board.BUTTON_PIN).watch(self))
        self.go_on("watchdog", power.guard(self.beats, LONGEST_SILENCE_S, self.memory, self.clock.uptime_s, self.log, WATCHDOG_S))
        self.go_on("housekeeping", housekeeping.look_after(self))

    def go_on(self, name, coroutine):
        """Run the coroutine beside the others; when it fails, the device records that under `name` and restarts."""
        task = self._tasks[name] = asyncio.create_task(coroutine)
        return task

    def let_go(self):
        """Nothing runs any more: give back what it took, so that there is room to tell why."""
        self.server = self.logger = self.hotspot = self.station = self.trial = None
        self._tasks = {}
        asyncio.new_event_loop()

    def _take_failure(self, _, context):
        self.failed_task = "a request"
        for name in self._tasks:  # this takes no memory, of which there may be none
            if self._tasks[name] is context["future"]:
                self.failed_task = name
        self._finish(context["exception"])

    def _finish(self, end):
        self._end = self._end or end
        self._ended.set()

    def beat(self, loop):
        self.beats[loop] = self.clock.uptime_s()

    # memory

    def _make_site(self):
        if heap.free() < SITE_BYTES:
            self.give_back()
            if heap.free() < SITE_BYTES:
                raise MemoryError
        from desk import Desk
        from exchange import Exchange
        from portal.site import make_site

        desk = Desk(self)
        return Exchange(make_site(desk), desk.access, self.log)

    def give_back(self, is_unused=False):
        """Drop the web app and whatever else was imported on demand: it comes back when it is asked for. is_unused: a verdict is old."""
        self.server.give_back()
        if is_unused and not self.wifi.held:
            self.trial = None
        if not self.background.busy():  # a request under way has put its guard in the place of `tls`
            self._uploader = None
            on_demand.drop_since(self._kept)

    def make_room(self, wanted=True):
        """Something needs the memory more than a page does. Until `make_room(False)`, who comes is asked to come back."""
        self.server.make_room(wanted)
        if wanted:
            self.give_back()

    @property
    def uploader(self):
        """What sends HTTP requests, made when there is one to send."""
        if self._uploader is None:
            from hardware.uploader import Uploader

            self._uploader = Uploader(self.background, sys.path[0] + "/thingspeak_root.der", heap, self.clock)
        return self._uploader

    async def send(self, request, deadline_s):
        """One HTTP request: (status, body, failure), see hardware/uploader.py."""
        uploader = self.uploader
        answer = await uploader.send(request, deadline_s)
        if uploader.tls_broken:
            self._finish("memory inside TLS")  # at once: the next session would panic the chip
        return answer

    def save_settings(self, settings):
        """Store them, and go on with them. Raises OSError when flash does not take them."""
        from hardware.settings_store import SettingsStore

        SettingsStore().save(settings)
        self.settings = settings
        self.logger.configure(settings)

    def restart_soon(self, reason):
        self.go_on("restart", self._restart_later(reason))

    async def _restart_later(self, reason):
        await asyncio.sleep(2)  # the page that tells of it goes out first
        self.log("Restarting: %s" % reason)
        self.memory.set("bad_starts", 0)  # a start that ends as asked was no bad one
        self._finish(reason)

    def ask(self, what):
        """What the button asks for: "setup" or "erase"."""
        from desk import Desk

        Desk(self).open_setup_soon() if what == "setup" else Desk(self).erase_soon()
