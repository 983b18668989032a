"""The thermometer: what the sensor says, and how far to trust it."""

import asyncio
import errno

import proof
from core.reading import Reading
from core.settings import DEFAULTS
from portal.readings import quality_of
from thermometer import Thermometer

START_S = 1795377903
OTHER_FRAME = bytes((1, 0xE0, 0, 0xE0, 0xC1))  # 22.4 °C, 48.0 %
GOOD_FRAME = bytes((1, 0xE0, 0, 0xD6, 0xB7))  # 21.4 °C, 48.0 %
DHT11_FRAME = bytes((45, 0, 23, 4, 72))  # 23.4 °C, 45 %
SILENT, CHECKSUM = OSError(errno.ETIMEDOUT, ""), Exception("checksum error")
REAL_SLEEP = asyncio.sleep


class Clock:
    """A clock that sleeping moves."""

    session = 3
    uptime = 0

    def uptime_s(self):
        return int(self.uptime)

    def now(self):
        return START_S + int(self.uptime)


class Logger:
    def __init__(self):
        self.kept = []

    async def keep(self, reading):
        self.kept.append(reading)


class Sensor:
    """The stock driver: gives `frames` one after the other, then good ones. Instead of one may stand what it raises."""

    pin = 23

    def __init__(self, clock):
        self.clock = clock
        self.frames = []
        self.read_at_s = []
        self.buf = bytearray(5)

    def measure(self):
        self.read_at_s.append(self.clock.uptime)
        frame = self.frames.pop(0) if self.frames else GOOD_FRAME
        if not isinstance(frame, bytes):
            raise frame
        self.buf[:] = frame


class Device:
    """A thermometer with everything around it under the test's control. It is its own background, too."""

    at_peak = False
    SENSOR_PIN, SENSOR_PINS = 23, (23, 4, 22)

    def __init__(self, **settings):
        self.settings = dict(DEFAULTS, **settings)
        self.board = self
        self.clock = Clock()
        self.logger = Logger()
        self.sensor = Sensor(self.clock)
        self.frames = self.sensor.frames
        self.lines = []
        self.log = self.lines.append
        self.beats = []
        self.beat = self.beats.append
        self.sensor_background = self
        self.thermometer = Thermometer(self)
        proof.wire(self, self.settings)

    async def run(self, function):
        function()

    def configure(self, **changed):
        self.settings = dict(self.settings, **changed)
        proof.wire(self, self.settings)

    def go(self, loop, seconds):
        """Let a loop run for that many seconds of its clock, in no time."""
        asyncio.run(self._run(loop, self.clock.uptime + seconds))

    async def _run(self, loop, until_s):
        async def sleep(seconds):
            self.clock.uptime += seconds
            await REAL_SLEEP(0)

        asyncio.sleep = sleep
        try:
            task = asyncio.create_task(loop())
            while self.clock.uptime < until_s and not task.done():
                await REAL_SLEEP(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
        finally:
            asyncio.sleep = REAL_SLEEP

    def measure(self, seconds):
        self.go(self.thermometer.measure, seconds)


def test_a_reading_is_handed_to_the_logger_every_interval():
    device = Device()
    device.measure(600)
    times_s = [reading.uptime_s for reading in device.logger.kept]
    assert times_s == [2 + 60 * number for number in range(10)]
    assert device.logger.kept[0] == Reading(START_S + 2, 2, 3, 21.4, 48.0, 0)
    assert set(device.beats) == {"measuring"}


def test_a_shorter_interval_counts_at_once():
    device = Device(interval_s=86400)

    def beat(_):
        if device.clock.uptime >= 300:
            device.configure(interval_s=60)

    device.beat = beat
    device.measure(600)
    times_s = [reading.uptime_s for reading in device.logger.kept]
    assert times_s[0] == 2 and 300 < times_s[1] <= 370
    assert [later - earlier for earlier, later in zip(times_s[1:], times_s[2:])] == [60] * (len(times_s) - 2)


def test_the_sensor_gets_its_two_seconds():
    device = Device()
    device.frames[:] = [GOOD_FRAME, SILENT, CHECKSUM, bytes(5)] * 10
    device.measure(120)
    read_at_s = device.sensor.read_at_s
    assert read_at_s[0] >= 2
    assert min(later - earlier for earlier, later in zip(read_at_s, read_at_s[1:])) >= 2


def test_each_kind_of_failure_is_counted():
    device = Device()
    implausible = bytes((9, 200, 9, 9, 227))
    device.frames[:] = [GOOD_FRAME, SILENT, SILENT, CHECKSUM, bytes(5), implausible]
    device.measure(40)
    thermometer = device.thermometer
    assert (thermometer.failures, thermometer.rejected) == (3, 2)
    assert thermometer.reads > 7


def test_the_problem_is_that_of_the_latest_failure():
    """Zeros fit their checksum, and are what a bad wire makes of nothing: damage, too."""
    failures = ((SILENT, "sensor_silent"), (CHECKSUM, "sensor_checksum"), (bytes(5), "sensor_checksum"), (DHT11_FRAME, "sensor_other_type"))
    for first, _ in failures:
        for last, code in failures:
            device = Device(sensor="dht22")
            device.frames[:] = [first, first, last]
            device.measure(8)
            assert (device.thermometer.reads, device.thermometer.problem) == (3, code), (first, last)


def test_a_failing_sensor_is_stale_then_missing_then_well_again():
    device = Device()
    device.measure(3)
    thermometer = device.thermometer
    assert quality_of(thermometer, device.clock.uptime_s()) == "ok"
    seen = []
    device.frames[:] = [SILENT] * 10

    async def watch():
        measuring = asyncio.create_task(thermometer.measure())
        while device.frames:
            await thermometer.changed.wait()
            seen.append(quality_of(thermometer, device.clock.uptime_s()))
        measuring.cancel()

    device.go(watch, 1000)
    assert seen == ["stale"] * 7 + ["missing"] * 3
    assert thermometer.problem == "sensor_silent"
    assert device.lines.count("Sensor: silent") == 1
    device.measure(10)
    assert quality_of(thermometer, device.clock.uptime_s()) == "ok"
    assert thermometer.problem is None


def test_nothing_measured_yet_is_missing():
    thermometer = Device().thermometer
    assert quality_of(thermometer, 0) == "missing"


def test_a_value_nobody_renewed_is_stale():
    device = Device()
    device.measure(3)
    assert quality_of(device.thermometer, device.clock.uptime_s() + 120) == "stale"


def test_a_broken_sensor_leaves_a_gap_and_no_invented_reading():
    device = Device()
    device.measure(130)
    device.frames[:] = [SILENT] * 100
    device.measure(240)
    kept = len(device.logger.kept)
    assert kept == 3
    device.frames[:] = []
    device.measure(70)
    assert len(device.logger.kept) >= kept + 1


def test_offsets_are_added_and_humidity_stays_in_its_range():
    device = Device(temperature_offset_c=-1.5, humidity_offset_pct=60.0)
    device.measure(3)
    latest = device.thermometer.latest
    assert abs(latest.temperature_c - 19.9) < 0.01
    assert latest.humidity_pct == 100


def test_a_reading_is_what_was_measured_times_the_slope_plus_the_offset():
    device = Device(temperature_slope=1.5, temperature_offset_c=-2.0, humidity_slope=0.5, humidity_offset_pct=1.0)
    device.measure(3)
    latest = device.thermometer.latest
    assert abs(latest.temperature_c - 30.1) < 0.01 and abs(latest.humidity_pct - 25) < 0.01
    assert device.thermometer.raw[:2] == [21.4, 48.0]


def test_the_pin_is_the_one_that_was_set_where_the_board_offers_it():
    for pin, read in ((0, 23), (23, 23), (4, 4), (6, 23)):  # 6 belongs to the flash: reading there would stop the chip
        assert Device(pin=pin).sensor.pin == read
    device = Device(pin=4)
    proof.wire(device, None)
    assert device.sensor.pin == 23, "before there are settings"


def test_what_was_under_way_at_the_pin_before_does_not_count():
    device = Device()
    device.measure(3)
    measure = device.sensor.measure

    def go_elsewhere():
        measure()
        device.sensor.measure = measure
        device.configure(pin=4)
        device.frames[:] = [OTHER_FRAME] * 100

    device.sensor.measure = go_elsewhere
    device.measure(9)
    assert device.thermometer.raw[:2] == [22.4, 48.0] and device.thermometer.reads < len(device.sensor.read_at_s)


def test_before_there_are_settings_it_is_measured_and_nothing_is_kept():
    device = Device()
    device.settings = device.logger = None
    device.measure(60)
    thermometer = device.thermometer
    assert quality_of(thermometer, device.clock.uptime_s()) == "ok"
    assert (thermometer.latest.temperature_c, thermometer.raw, thermometer.problem) == (21.4, [21.4, 48.0, "dht22"], None)
    device.frames[:] = [SILENT] * 2
    device.measure(6)
    assert thermometer.problem == "sensor_silent"


def test_a_moment_without_memory_costs_that_moment_only():
    device = Device()
    device.frames[:] = [GOOD_FRAME, MemoryError, OSError, GOOD_FRAME]
    device.measure(70)
    assert len(device.logger.kept) == 2 and len(device.lines) == 2


def test_nothing_is_measured_beside_a_tls_handshake_but_for_five_seconds_at_most():
    device = Device()
    device.measure(3)
    device.at_peak = True
    del device.sensor.read_at_s[:]
    began_s = device.clock.uptime

    measure = device.sensor.measure

    def end_peak():
        measure()
        device.at_peak = False

    device.sensor.measure = end_peak
    device.measure(30)
    read_at_s = device.sensor.read_at_s
    assert 6.9 < read_at_s[0] - began_s < 7.2, "two for the sensor, five for the handshake"
    assert read_at_s[1] - read_at_s[0] <= 5, "once it is over nobody waits"


def test_the_sensor_is_found_out_and_raw_values_stand_beside_corrected_ones():
    device = Device(temperature_offset_c=-1.5)
    assert device.thermometer.raw is None
    device.frames[:] = [DHT11_FRAME] * 10
    device.measure(3)
    assert device.thermometer.raw == [23.4, 45.0, "dht11"]
    assert abs(device.thermometer.latest.temperature_c - 21.9) < 0.01


def test_another_sensor_than_the_chosen_one_is_said_and_a_new_choice_counts_at_once():
    device = Device(sensor="dht22")
    device.frames[:] = [DHT11_FRAME] * 100
    device.measure(30)
    thermometer = device.thermometer
    assert (thermometer.problem, thermometer.latest, device.logger.kept) == ("sensor_other_type", None, [])
    assert thermometer.rejected == thermometer.reads
    device.configure(sensor="dht11")
    device.measure(10)
    assert (thermometer.problem, thermometer.raw) == (None, [23.4, 45.0, "dht11"])


def fresh(device, kind="auto", frames=()):
    """What `fresh` answers while `measure` runs, and the seconds that took."""
    answer = []

    async def ask():
        measuring = asyncio.create_task(device.thermometer.measure())
        await asyncio.sleep(3)
        device.frames[:] = frames
        began = device.clock.uptime
        answer.append(await proof.fresh(device.thermometer, kind))
        answer.append(device.clock.uptime - began)
        measuring.cancel()

    device.go(ask, 1000)
    return answer


def test_a_fresh_reading_is_one_that_was_measured_afterwards():
    dht22 = bytes((2, 0x8C, 1, 0x5F, 0xEE))  # 35.1 °C, 65.2 %
    for kind in ("auto", "dht22"):
        reading, took_s = fresh(Device(), kind, [dht22])
        assert (reading.temperature_c, reading.humidity_pct) == (35.1, 65.2) and took_s < 10
        assert reading.time_s == START_S + reading.uptime_s
    for kind, frames, expected in (
        ("dht11", [DHT11_FRAME], (23.4, 45.0)),
        ("auto", [DHT11_FRAME], (23.4, 45.0)),
        ("dht22", [SILENT, CHECKSUM, dht22], (35.1, 65.2)),
        ("dht22", [SILENT] * 3, "sensor_silent"),
        ("dht22", [CHECKSUM] * 3, "sensor_checksum"),
        ("auto", [bytes(5)] * 3, "sensor_checksum"),
        ("dht22", [DHT11_FRAME] * 3, "sensor_other_type"),
        ("dht11", [dht22] * 3, "sensor_other_type"),
        ("dht11", [SILENT, dht22, dht22], "sensor_other_type"),
        ("auto", [MemoryError] * 3, "memory"),
    ):
        answer, took_s = fresh(Device(), kind, frames)
        found = answer if isinstance(answer, str) else (answer.temperature_c, answer.humidity_pct)
        assert found == expected and took_s < 20, (kind, frames)


def test_after_a_power_on_and_a_long_silence_the_first_value_counts():
    device = Device()
    spike = bytes((0, 100, 1, 0x90, 0xF5))  # 40 °C, 10 %
    device.measure(20)
    device.frames[:] = [spike]
    device.measure(4)
    assert device.thermometer.raw[:2] == [21.4, 48.0], "a spike does not show"
    device.frames[:] = [SILENT] * 10 + [spike]
    device.measure(28)
    assert device.thermometer.raw[:2] == [40.0, 10.0]
