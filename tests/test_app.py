"""The device as a whole: its restart, and its housekeeping: the watchdog, what nobody uses, and what is due."""

import asyncio
import sys
from trial import Trial


class Chip:
    """What app.py uses of hardware/chip.py, and what that imports. A watchdog counts how often it was fed."""

    fed = timeout_ms = resets = 0
    RTC = None
    free_bytes = size = heap_bytes = 30_000

    class WDT:
        def __init__(self, timeout):
            Chip.timeout_ms = timeout

        def feed(self):
            Chip.fed += 1

    @staticmethod
    def reset():
        Chip.resets += 1

    @staticmethod
    def free():
        return Chip.free_bytes

    @staticmethod
    def has(wanted):
        return Chip.free_bytes >= wanted

    @staticmethod
    def measured():
        return Chip.heap_bytes

    @staticmethod
    def idf():
        return 60_000, 40_000


real = {name: sys.modules.get(name) for name in ("esp32", "machine")}
sys.modules["esp32"] = sys.modules["machine"] = Chip
import app  # noqa: E402

for name in real:
    if real[name]:
        sys.modules[name] = real[name]
    else:
        del sys.modules[name]


class Memory:
    """What survives the restart."""

    kept = {}

    def set(self, name, value):
        self.kept[name] = value


class Server:
    """What it is asked for each second. With each look the heap grows by `grows_by`."""

    idle_s = grows_by = promised_bytes = 0

    def promised(self):
        return self.promised_bytes

    def look(self):
        self.idle_s += 1
        Chip.heap_bytes += self.grows_by


class Task:
    def __init__(self, is_done):
        self.done = lambda: is_done


class Device(app.Device):
    """A device whose parts are all in one: it."""

    def __init__(self, **beats):
        app.Device.__init__(self, self)
        self.beats = beats
        self.values = {"bad_starts": 4}
        self.state = {"quick_starts": 0}
        self.get, self.set = self.values.get, self.values.__setitem__
        self.clock = self.background = self.wifi = self
        self.said = []
        self.log = self.said.append
        self.server = Server()
        self.now_s = self.due_s = self.given_back = 0
        self.is_online = self.held = False
        self.is_busy = True
        self._kept = sys.modules  # nothing is dropped

    def uptime_s(self):
        return self.now_s

    def connected(self):
        return self.is_online

    def busy(self):
        return self.is_busy

    def give_back(self):
        self.given_back += 1

    def go_on(self, name, coroutine):
        self.tasks[name] = Task(False)
        coroutine.close()


def fed(device, *times_s):
    """How often the watchdog was fed by the end of each look, at these uptimes."""
    counts, times, Chip.fed = [], list(times_s), 0

    async def pause(seconds):
        counts.append(Chip.fed)
        if not times:
            raise StopIteration  # enough seen
        device.now_s = times.pop(0)

    async def watch():
        device.now_s = times.pop(0)
        try:
            await device.keep_house()
        except (StopIteration, RuntimeError):  # CPython makes the one the other
            pass

    real_chip, real_sleep = app.chip, asyncio.sleep
    app.chip, asyncio.sleep = Chip, pause
    try:
        asyncio.run(watch())
    finally:
        app.chip, asyncio.sleep = real_chip, real_sleep
    return counts


def test_a_restart_keeps_its_reason():
    def broken(memory):
        raise KeyError

    real = app.chip, app._run
    try:
        for run, reason in ((lambda memory: "new settings", "restart: new settings"), (broken, "restart: crash")):
            app.chip, app._run, Chip.Memory, Chip.resets = Chip, run, Memory, 0
            try:
                app.start()
            except KeyError:
                pass
            assert Chip.resets == 1 and Memory.kept["reason"] == reason
    finally:
        app.chip, app._run = real


def test_the_watchdog_is_fed_until_a_loop_stops_that_has_begun():
    device = Device(measuring=0, serving=50)
    assert fed(device, 100, 300, 301, 302) == [1, 2] and Chip.timeout_ms == 60000
    assert device.values["reason"] == "watchdog: measuring"
    assert device.said == ["No progress in measuring: the watchdog will restart Dewlog."]


def test_an_upload_may_take_twice_as_long():
    device = Device(uploading=0)
    assert fed(device, 600) == [1] and not device.said
    assert fed(device, 601) == [] and device.values["reason"] == "watchdog: uploading"


def test_a_start_that_lasts_a_minute_is_a_good_one():
    device = Device()
    fed(device, *range(60))
    assert device.values["bad_starts"] == 4
    fed(device, *range(62))
    assert device.values["bad_starts"] == 0


def test_the_clock_is_asked_for_when_it_is_due_and_somebody_can_be_asked():
    device = Device()
    device.due_s = 20
    fed(device, *range(40))
    assert not device.tasks, "nobody is asked without a network"
    device.is_online = True
    fed(device, *range(18))
    assert not device.tasks
    fed(device, *range(30))
    assert list(device.tasks) == ["clock"]


def test_what_nobody_uses_is_given_back_and_sooner_when_memory_is_short():
    device = Device()
    fed(device, *range(600))
    assert not device.given_back
    fed(device, *range(10))
    assert device.given_back
    device.server.idle_s = device.given_back = 0
    Chip.free_bytes = 8_000
    try:
        fed(device, *range(12))
    finally:
        Chip.free_bytes = 30_000
    assert device.given_back


def test_a_heap_that_grows_by_itself_ends_the_start_once_nobody_needs_it():
    for is_busy, expected in ((True, []), (False, ["restart"])):
        device = Device()
        device.is_busy, device.server.grows_by = is_busy, 1000
        try:
            fed(device, *range(12))
        finally:
            Chip.heap_bytes = Chip.size
        assert list(device.tasks) == expected


def test_a_verdict_that_nobody_looks_at_goes_soon_where_readings_are_kept():
    for logger, most_s in ((Task(False), 20), (None, 600)):
        for age_s, stays in ((most_s, True), (most_s + 1, False)):
            device = Device()
            device.logger, device.trial, device.draft = logger, Trial(), "typed"
            fed(device, age_s)
            assert bool(device.trial) is stays, age_s
            assert bool(device.draft) is (stays or not logger), "in set-up mode it stays until it has worked"


def test_new_settings_that_want_a_restart_have_it_when_the_time_is_up():
    for age_s, expected in ((119, []), (120, ["restart"])):
        device = Device()
        device.trial = Trial()
        device.trial.restart_at_s = 120
        fed(device, age_s)
        assert list(device.tasks) == expected


def test_a_site_that_does_not_fit_is_not_begun():
    device, real_chip = Device(), app.chip
    app.chip, Chip.free_bytes = Chip, 20_000
    try:
        device.make_site()
        raise AssertionError
    except MemoryError:
        assert device.given_back == 1, "first what nobody uses goes"
    finally:
        app.chip, Chip.free_bytes = real_chip, 30_000


def room(free_bytes, others, wanted=8000, promised=0):
    """How room is made where so much is free, what answers other pages has `others`, and so much is promised to visitors.

    Returns (whether nobody is attended to, how often pages were held, how often the site was given back).
    """
    device = Device()
    device.holds, device._kept, device._with_site, device.server.promised_bytes = 0, {"app"}, {"portal.site"}, promised

    async def hold():
        device.holds += 1
        return False

    def give_back():
        device.given_back += 1

    device.server.hold, device.give_back = hold, give_back
    real_chip, real_drop, real_sleep = app.chip, app.on_demand.drop_since, asyncio.sleep

    def drop_since(kept, names):
        assert kept is device._kept and names is device._with_site, "the site stays"
        Chip.free_bytes = free_bytes + others

    app.chip, app.on_demand.drop_since, Chip.free_bytes = Chip, drop_since, free_bytes
    asyncio.sleep = lambda pause_s: real_sleep(0)
    try:
        is_free = asyncio.run(device.make_room(wanted))
    finally:
        app.chip, app.on_demand.drop_since, Chip.free_bytes = real_chip, real_drop, 30_000
        asyncio.sleep = real_sleep
    return is_free, device.holds, device.given_back


def test_room_is_made_beside_pages_then_instead_of_them_and_at_last_without_the_site():
    assert room(30_000, 0) == room(2_000, 20_000) == (True, 0, 0)
    assert room(9_000, 0) == room(2_000, 7_000) == room(30_000, 0, promised=20_000) == (False, 1, 0)
    assert room(2_000, 2_000) == (False, 1, 1)
    assert room(30_000, 0, app.on_demand.ALL_BYTES) == (False, 1, 1)


def test_what_is_done_is_forgotten_with_its_code():
    device = Device()
    device.tasks = {"clock": Task(True), "measuring": Task(False)}
    fed(device, 0, 1)
    assert list(device.tasks) == ["measuring"]
