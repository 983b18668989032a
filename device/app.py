"""The app: the device from power-on to restart, and what its parts ask of the whole."""

import asyncio
import gc
import sys

from micropython import const

from core import on_demand
from hardware import chip

_LOOK_S = const(5)
_QUICK_START_S = const(10)  # a start counts as quick while power went away again within this time
_GOOD_START_S = const(60)  # one that has lived this long was a good one, and the count of bad ones begins again
_FLASH_LOOK_S = const(600)  # littlefs walks all its blocks to tell what is free
_UNUSED_S = const(600)  # the web app stays this long after its last visitor
_SHORT_BYTES = const(8192)  # with less to take, what nobody uses goes at once: first what answered requests, then the web app
_SITE_BYTES = const(28 * 1024)  # what Microdot, the web app and a first page take
_PATIENCE_S = const(7)  # with an upload, while somebody waits for the memory that it has
_REQUEST_BYTES = const(5120)  # what a page takes beside it, and what the loops need to go on


def start(failed=None):
    """Run the device until a restart is due, and restart it. An unexpected error is recorded first, and told to `failed`."""
    memory, reason = chip.Memory(), "crash"
    try:
        reason = _run(memory)
        if reason == "crash" and failed:
            crash = memory.get("crash")
            failed("%s %s" % (crash["error"], crash["message"]))
    finally:
        try:
            memory.set("reason", "restart: " + reason)
        finally:  # of a MemoryError, too
            chip.reset()


def _run(memory):
    """The reason for the restart. All that the device was is garbage by then: even a restart takes some memory."""
    device = Device(memory)
    try:
        return asyncio.run(device.run())
    except Exception as failure:
        asyncio.new_event_loop()  # nothing runs any more: give back what it took, so that there is room to tell why
        device.server = device.logger = device.hotspot = device.trial = device.tasks = None
        try:
            from hardware.last_start import note
            note(failure, device)
        except Exception:  # most likely a MemoryError, too
            device = failure = gc.collect()
            memory.set("crash", {"error": "MemoryError", "message": "and none left to say more"})
        return "crash"


class Device:
    """The parts by name, put there by power_on.py. The loops, the web app and the trial take what they need from here."""

    settings = state = clock = trial = logger = journal = None
    hotspot = None  # the task of its name server, while it is open
    draft = None  # (settings as they were typed, what may be shown of them): a phone loses its page when the hotspot changes channel
    pattern = "ok"  # what the LED says, see hardware/indicator.py
    heap_free = idf_heap_free = idf_heap_largest = flash_free = failed_task = end = uploader = updating = None
    at_peak = False  # while a TLS handshake takes most of ESP-IDF's heap: no other thread begins
    _with_site = ()  # the modules that come with the web app

    def __init__(self, memory):
        self.memory = memory
        self.beats = {}  # uptime of the last progress, by loop
        self.tasks = {}  # by name
        self.sessions, self.wrong_passwords = [], []  # who has logged in, and who failed to: see portal/owner.py
        self.random_bytes = chip.random_bytes
        self._ended = asyncio.Event()

    async def run(self):
        """Work until the device is to restart; returns the reason. What a loop raises is raised here."""
        asyncio.get_event_loop().set_exception_handler(self._take_failure)
        on_demand.forget_failed()
        import power_on
        power_on.begin(self)
        power_on = None
        del sys.modules["power_on"]
        self._kept = set(sys.modules)  # everything that comes later goes together, see `give_back`
        self.server.site = self.make_site()  # while the heap is in one piece
        await self._ended.wait()
        if isinstance(self.end, str):
            return self.end
        raise self.end

    def go_on(self, name, task):
        """Run the coroutine `task` beside the others; when it fails, the device records that under `name` and restarts."""
        self.tasks[name] = task = asyncio.create_task(task)
        return task

    def _take_failure(self, _, failure):
        self.failed_task = "a request"
        for name in self.tasks:  # this takes no memory, of which there may be none
            if self.tasks[name] is failure["future"]:
                self.failed_task = name
        self._finish(failure["exception"])

    def _finish(self, end):
        self.end = self.end or end
        self._ended.set()

    def beat(self, name):
        self.beats[name] = self.clock.uptime_s()

    async def keep_house(self):
        """Each second feed the watchdog and look after the server; every few seconds give back what nobody uses, and see what is due."""
        watchdog = chip.WDT(timeout=60000)  # it bites a minute after it was fed last, and cannot be stopped
        looks, began_s = 0, self.clock.uptime_s()
        while True:
            uptime_s = self.clock.uptime_s()
            for loop in self.beats:  # watched from its first beat on; it may be silent for five minutes, while uploading for ten
                if uptime_s - self.beats[loop] > (600 if loop == "uploading" else 300):
                    self.memory.set("reason", "watchdog: " + loop)
                    self.log("No progress in %s: the watchdog will restart Dewlog." % loop)
                    return
            watchdog.feed()
            self.server.look()
            if looks % _LOOK_S == 0:
                try:
                    self.look(looks, uptime_s - began_s)
                except MemoryError:
                    pass  # what is due stays due
            await asyncio.sleep(1)
            looks += 1

    def look(self, looks, age_s):
        """Give back what nobody uses, notice a start that lasts and a Python heap that has grown by itself."""
        for name in [name for name in self.tasks if self.tasks[name].done()]:
            del self.tasks[name]  # with its code
        idle_s = self.server.idle_s
        trial, uptime_s = self.trial, self.clock.uptime_s()
        if trial and trial.restart_at_s and trial.restart_at_s <= uptime_s:
            self.restart_soon("new settings")
        elif trial and not self.wifi.held and uptime_s - trial.seen_s > (20 if self.logger else _UNUSED_S):
            self.trial = None  # a verdict that is old; where readings are kept its memory is needed
            self.draft = None if self.logger else self.draft
        if idle_s > _UNUSED_S or idle_s > _LOOK_S and not self.has_room(_SHORT_BYTES):
            self.give_back()
        self.heap_free, (self.idf_heap_free, self.idf_heap_largest) = chip.free(), chip.idf()
        if idle_s and chip.measured() - chip.size > 4096 and not (self.background.busy() or self.wifi.held):
            self.restart_soon("the heap has grown")
        if age_s >= _GOOD_START_S and self.memory.get("bad_starts"):
            with on_demand.Borrowed():
                from portal.readings import members
            if self.slots().settled(self, age_s, members(self)):
                self.memory.set("bad_starts", 0)
        if looks % _FLASH_LOOK_S == _QUICK_START_S:
            with on_demand.Borrowed():
                from hardware.last_start import lasted
                lasted(self)
        if self.clock.due_s <= uptime_s and self.wifi.connected() and not self.wifi.held and "clock" not in self.tasks:
            with on_demand.Borrowed():  # a trial, which holds the Wi-Fi, asks by itself
                from hardware.time_sources import ask
                self.go_on("clock", ask(self))

    def make_site(self):
        """The web app, at the start and when it is asked for again. Raises MemoryError where it does not fit."""
        self.give_back()
        if not chip.has(_SITE_BYTES):
            raise MemoryError
        try:
            from portal.site import Site
        except MemoryError:
            on_demand.forget_failed()
            raise
        self._with_site = tuple(set(sys.modules) - self._kept)  # a set would stay as large as both
        return Site(self)

    def give_back(self):
        """Drop the web app and whatever else was imported on demand: it comes back when it is asked for."""
        self.server.site = None
        if not self.background.busy():  # a request under way stands in for `socket` inside urequests
            on_demand.drop_since(self._kept)
            on_demand.forget_failed()  # an answer whose import failed, when some of it was out already

    async def make_room(self, wanted):
        """For core.on_demand.with_room. Returns False when somebody is still attended to who was to wait."""
        is_free = self.has_room(wanted + _REQUEST_BYTES + self.server.promised()) or await self.server.hold()
        for _ in range(100):  # while a request is under way nothing is dropped
            if self.has_room(wanted) or not self.background.busy():
                break
            await asyncio.sleep(0.1)
        if not self.has_room(wanted):
            self.give_back()
        return is_free

    def has_room(self, wanted):
        """Whether there are so many bytes to take. What answered other requests is dropped for them, and loaded anew when it is wanted."""
        if not chip.has(wanted):
            on_demand.drop_since(self._kept, self._with_site)
        return chip.has(wanted)

    async def send(self, request, deadline_s):
        """One HTTP request: (status, body, failure), see hardware/uploader.py."""
        with on_demand.Borrowed():
            from hardware.uploader import Uploader
        self.uploader = uploader = Uploader(self, sys.path[0] + "/thingspeak_root.der")
        try:
            return await uploader.send(request, deadline_s)
        finally:
            self.uploader = None
            if uploader.tls_broken:
                self._finish("memory inside TLS")  # at once: the next session would panic the chip

    def hurry(self):
        """Somebody waits for a page while an upload has the memory: one that hangs is put off. A trial is looked at, and goes on."""
        if self.uploader and not self.wifi.held:
            self.uploader.hurry(_PATIENCE_S)

    def save_settings(self, settings):
        """Store them, and go on with them. Raises OSError when flash does not take them."""
        from hardware.settings_store import save
        save(settings)
        self.settings = settings
        self.thermometer.values = ()
        if self.logger:
            self.logger.configure(settings)

    def open_journal(self):
        """The journal; before there are settings it is opened for those who look."""
        from hardware.journal import Journal
        return self.journal or Journal()

    def records(self):
        """hardware/records.py: the last crashes, and how the last update went."""
        with on_demand.Borrowed():
            from hardware import records
            return records

    def slots(self):
        """hardware/slots.py: what takes an update, and says when it has proven itself."""
        with on_demand.Borrowed():
            from hardware import slots
            return slots

    def restart_soon(self, reason, erased=None):
        """Restart once the page that tells of it is out. erased: forget "readings", "settings" or "everything"; the label stays true."""
        self.go_on("restart", self._restart_later(reason, erased))

    async def _restart_later(self, reason, erased):
        await asyncio.sleep(2)
        if erased:
            from hardware.last_start import erase
            erase(erased)
        self.log("Restarting: %s" % reason)
        self.memory.set("bad_starts", 0)  # a start that ends as asked was no bad one
        self._finish(reason)
