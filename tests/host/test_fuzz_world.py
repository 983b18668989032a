"""The world in random order: Wi-Fi, internet, sensor, ThingSpeak, button, power, a full flash. Nothing is lost, nothing breaks."""

import contextlib
import json
import shutil
import tempfile
import time

import pytest
from fuzzing import effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from virtual_device import DEFAULT_WORLD, VirtualDevice

pytestmark = pytest.mark.timeout(1200)
SPEED = 20
INTERVAL_S = 15
JUNK = "/junk"
SPARE_BYTES = 12 * 4096


class World(RuleBasedStateMachine):
    """One device and all that can happen to it; `teardown` puts the world right and counts."""

    def __init__(self):
        super().__init__()
        self.device = None
        self.cuts = self.presses = 0
        self.is_full = False
        self.folder = tempfile.mkdtemp()

    @initialize()
    def set_up(self):
        self.device = VirtualDevice(self.folder, speed=SPEED).__enter__()
        self.device.wait_for("Join it with a phone")
        self.device.set_up(interval_s=INTERVAL_S)
        self.settings = json.loads(self.device.image().read("/settings.json"))

    @rule(seconds=st.integers(1, 120))
    def time_passes(self, seconds):
        time.sleep(seconds / SPEED)

    @rule(there=st.booleans())
    def wifi_comes_or_goes(self, there):
        self.device.world(networks=DEFAULT_WORLD["networks"] if there else [])

    @rule(on=st.booleans())
    def internet_comes_or_goes(self, on):
        self.device.world(internet=on)

    @rule(on=st.booleans())
    def time_server_comes_or_goes(self, on):
        self.device.world(ntp=on)

    @rule(state=st.sampled_from(["ok", "silent", "checksum", "zeros", "twos_complement"]))
    def sensor_changes(self, state):
        self.device.world(sensor=state)

    @rule(mode=st.sampled_from(["none", "silent", "drip", "reset", "zero", "html", "redirect", "truncate"]), count=st.integers(1, 3))
    def thingspeak_has_trouble(self, mode, count):
        self.device.faults(mode, count=count)

    @rule(status=st.sampled_from([402, 413, 429, 500, 503]))
    def thingspeak_answers_oddly(self, status):  # not 409: that says "I have it", and a lie about that cannot be seen through
        self.device.faults("status", status=status, count=1)

    @rule(seconds=st.sampled_from([1, 4]))
    def button_is_held(self, seconds):
        self.presses += 1
        self.device.world(button=seconds + self.presses / 1000)  # another number is another press

    @rule()
    def power_is_cut(self):
        self._power_cycle()

    @precondition(lambda self: not self.is_full)
    @rule()
    def flash_fills(self):
        self._power_cycle(fill=True)

    @precondition(lambda self: self.is_full)
    @rule()
    def flash_gets_room(self):
        self._power_cycle()

    def _power_cycle(self, fill=False):
        self.device.kill()
        self.cuts += 1
        self.is_full = fill
        image = self.device.image()
        with contextlib.suppress(FileNotFoundError):
            image.remove(JUNK)
        if fill:
            image.write(JUNK, b"x" * (image.free_bytes() - SPARE_BYTES))
        image.save()
        self.device.start()
        with contextlib.suppress(AssertionError):  # a full flash may not take it
            self.device.wait_for(self._start_was_no_quick_one, 20)  # three of those would open the set-up

    def _start_was_no_quick_one(self):
        return json.loads(self.device.image().read("/state.json"))["quick_starts"] == 0

    def teardown(self):
        if self.device is None:
            return
        try:
            self._put_right()
            self._count()
        finally:
            self.device.__exit__()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _put_right(self):
        self.device.world(**DEFAULT_WORLD)
        self.device.faults("none")
        self._power_cycle()
        self.device.wait_for(self.device.readings, 60)
        self.device.wait_for(lambda: self._everything_is_up(), 120)

    def _everything_is_up(self):
        readings = self.device.readings()
        return readings and readings["quality"] == "ok" and readings["upload"]["waiting"] == 0 and readings["upload"]["state"] == "ok"

    def _count(self):
        kept = self.device.serial_bytes().decode("utf-8", "replace").count("  kept")
        rows = [line.split(",")[0] for line in self.device.wait_for(self._table).splitlines()[1:]]
        self.device.wait_for(lambda: not set(filter(None, rows)) - set(self._sent()), 120)  # the last of them was on its way
        sent = self._sent()
        assert len(sent) == len(set(sent)), "a reading is in the channel twice"
        assert len(rows) >= kept - self.cuts, "a power cut may cost the reading that is being written, no more"
        now = json.loads(self.device.image().read("/settings.json"))
        assert {**now, "channel_id": None} == {**self.settings, "channel_id": None}
        assert b"Traceback" not in self.device.serial_bytes(), self.device.serial()[-2000:]

    def _table(self):
        reply = self.device.get("/readings.csv")
        return reply.text if reply.status == 200 else None

    def _sent(self):
        return [entry["created_at"] for entry in self.device.feed()]


World.TestCase.settings = effort(2, stateful_step_count=12)
test_the_world_in_random_order = World.TestCase
