"""The app: the device and its parts, from power-on to restart."""

import asyncio
import gc
import sys

from core.memory import has_grown
from core.on_demand import load, paged
from hardware import flash, power
from hardware.indicator import Button
from hardware.listener import Listener

WATCHDOG_S = 60
LOOK_S = 0.1
FLASH_LOOK_S = 600  # littlefs walks all its blocks to tell what is free
ANSWER_FIRST_S = 2  # an asked-for restart waits until the page that tells of it is out


def start():
    """Run the device until a restart is due, and restart it. An unexpected error is recorded first. Called by main.py at power-on."""
    gc.threshold(8192)  # collect early: garbage that piles up breaks the heap into pieces too small for a page
    memory = power.Memory()
    power.restart(memory, _run(memory))


def _run(memory):
    """The reason for the restart. All that the device was is garbage by then: even a restart takes some memory."""
    device = Device(memory)
    try:
        return asyncio.run(device.run())
    except Exception as failure:
        device.let_go()
        try:
            load("crash_report").note(failure, device)
        except Exception:  # most likely a MemoryError, too
            device = failure = None
            memory.set_crash_note(b'{"error": "MemoryError", "message": "and none left to say more"}')
        return "crash"


def _mode(name):
    """The module of the mode; it stays in memory."""
    if name == "station":
        import station_mode as mode
    else:
        import setup_mode as mode
    return mode


class Device:
    """The parts by name, put there by power_on.py and by the mode. The modes, the web apps and the trial take what they need from here."""

    @paged
    def __init__(self, memory):
        self.memory = memory
        self.settings = self.logger = self.server = self.failed_task = None
        self._tasks = {}  # by name
        self._ended = asyncio.Event()
        self.sensor_kind = "dht22"  # of the settings that are tried
        self._end = None
        self.present_trial = None
        """The trial of new settings, from the first time that somebody asks for one."""
        self._flash_free = self._flash_seen_s = None
        self.draft = None
        """Settings from a file, shown to a person and not yet applied."""

    async def run(self):
        """Work in the mode that fits until the device is to restart; returns the reason. What a loop raises is raised here."""
        self._begin()
        await self._ended.wait()
        if isinstance(self._end, Exception):
            raise self._end
        return self._end

    @paged
    def _begin(self):
        asyncio.get_event_loop().set_exception_handler(self._take_failure)
        for name, coroutine in _mode(load("power_on").prepare(self)).loops(self):
            self.go_on(name, coroutine)
        self.go_on("indicator", self.indicator.run())
        self.go_on("button", self._watch_button(Button(self.board.BUTTON_PIN)))
        self.go_on("serving", self.server.serve())
        self.go_on("watchdog", power.guard(self.heartbeats, self.memory, self.clock.uptime_s, self.log, WATCHDOG_S))

    async def _watch_button(self, button):
        ignored = True  # one that is down from the start, until it has been let go
        while True:
            if not button.pressed():
                ignored = False
            elif not ignored:
                try:
                    await load("button_watch").follow(self, button)
                except MemoryError:
                    pass  # it is still down in a moment
            await asyncio.sleep(LOOK_S)

    def go_on(self, name, coroutine):
        """Run the coroutine beside the others; when it fails, the device records that under `name` and restarts."""
        task = asyncio.create_task(coroutine)
        self._tasks[name] = task
        return task

    def let_go(self):
        """Nothing runs any more: give back what it took, so that there is room to tell why."""
        self.server = self.logger = self.present_trial = None
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

    # what the modes, the web apps and the trial ask of the device

    @property
    @paged
    def trial(self):
        """`present_trial`, made when there is none."""
        if self.present_trial is None:
            self.present_trial = load("trial").Trial(self)
        return self.present_trial

    @property
    @paged
    def pages(self):
        """The files built from web/."""
        from pages import Pages

        return Pages(sys.path[0] + "/static/")

    @property
    @paged
    def restarts(self):
        """Restarts since power-on."""
        return self.memory.get("starts") - 1

    @paged
    def own_address(self):
        """The address on the home network as it stands in a URL, with the port where it is not 80."""
        port = self.board.HTTP_PORT
        return self.wifi.address() + ("" if port == 80 else ":%d" % port)

    @paged
    def listen(self):
        return Listener(self.board.HTTP_PORT)

    def is_serving(self):
        self.beat("serving")

    def beat(self, loop):
        self.heartbeats.beat(loop, self.clock.uptime_s())

    @paged
    def save_settings(self, settings):
        """Store them, and go on with them. Raises OSError when flash does not take them."""
        load("hardware.settings_store").SettingsStore().save(settings)
        self.settings = settings
        if self.logger:
            self.logger.configure(settings)

    @paged
    def flash_free(self):
        """Bytes, as they were at most `FLASH_LOOK_S` ago."""
        now_s = self.clock.uptime_s()
        if self._flash_free is None or now_s - self._flash_seen_s >= FLASH_LOOK_S:
            self._flash_seen_s = now_s
            try:
                self._flash_free = flash.free_bytes()
            except OSError:
                self._flash_free = None  # it looks at every file, and one is damaged
        return self._flash_free

    @paged
    def crashes(self):
        """The records of the last crashes, oldest first."""
        return load("hardware.crash_log").load()

    @paged
    def restart_soon(self, reason):
        self.go_on("restart", self._restart_later(reason))

    @paged
    async def _restart_later(self, reason):
        await asyncio.sleep(ANSWER_FIRST_S)
        self.restart_now(reason)

    def restart_now(self, reason):
        self.log("Restarting: %s" % reason)
        self.memory.set("bad_starts", 0)  # a start that ends as asked was no bad one
        self._finish(reason)

    def has_outgrown(self):
        """Whether Python's heap has grown by itself: then ESP-IDF's has no room for TLS until the next restart."""
        return has_grown(self.heap_chosen, self.heap_bytes())

    @paged
    def open_setup_soon(self, reason="set-up was asked for"):
        """Restart into set-up mode; settings and readings stay."""
        self.memory.set("portal_wanted", 1)
        self.restart_soon(reason)

    @paged
    def try_after_restart(self, settings, reason="set-up was asked for"):
        """Restart into set-up mode and try them there. Raises OSError when flash does not take them."""
        load("hardware.waiting_settings").put(settings)
        self.open_setup_soon(reason)

    @paged
    def erase_soon(self):
        """Forget settings and readings and restart as on the first day; the label stays true."""
        load("hardware.erase").everything()
        self.restart_soon("erased")
