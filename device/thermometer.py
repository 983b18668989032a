"""The thermometer: the sensor is read every few seconds, and what it says now is at hand."""

import asyncio

from core.dht import decode, median
from core.journal import Reading
from micropython import const

_SAMPLE_S = const(5)
_RETRY_S = const(2.5)  # it can be read every 2 s


class Thermometer:
    """One loop, `measure`. What is due it hands to the logger, where there is one.

    Of `device` it uses: sensor, sensor_background, settings (None: "auto", no offsets), clock, log; logger (None: nothing is kept);
    beat(loop) after each measurement.
    """

    def __init__(self, device):
        self._device = device
        self.changed = asyncio.Event()
        """Set and cleared at every measurement."""
        self.latest = None
        """The last good Reading with the offsets applied, or None."""
        self.raw = None
        """[temperature_c, humidity_pct, "dht22" or "dht11"] without them."""
        self.reads = self.failures = self.rejected = 0
        """All reads; those without an answer or with a damaged one; those whose values were refused."""
        self.problem = None
        """The code of what is wrong with the sensor, from the second failure in a row on."""
        self._frame = None  # of the last read, or the code of what went wrong
        self._values = []  # the last three good ones
        self._failures_in_row = 0

    def forget(self):
        """The sensor may be another one from now on."""
        self._values = []

    def age_s(self, uptime_s):
        """Seconds since the last good measurement, or None."""
        return None if self.latest is None else max(0, uptime_s - self.latest.uptime_s)

    def quality(self, uptime_s):
        """How far to trust `latest`: "ok", "stale" (the last reads failed) or "missing" (there is none, or too many failed)."""
        if self.latest is None or self._failures_in_row >= 8:
            return "missing"
        return "stale" if self._failures_in_row or self.age_s(uptime_s) > 6 * _SAMPLE_S else "ok"

    async def fresh(self, kind):
        """A Reading measured after this call by a sensor of `kind`, or "sensor_silent", "sensor_checksum" or "sensor_other_type"."""
        code = "sensor_silent"
        for _ in range(3):
            await self.changed.wait()
            value = decode(self._frame, kind)
            if isinstance(value, tuple):
                return self._stamped(value)
            code = value or code
        return code

    async def measure(self):
        """Read the sensor every few seconds for ever; have a reading kept every interval."""
        device, clock = self._device, self._device.clock
        await asyncio.sleep(2)  # a DHT22 needs this long after power-up
        due_s = clock.uptime_s()
        while True:
            self._frame = None
            try:
                self._take(await device.sensor_background.run(device.sensor.read_frame))
                if device.logger and not self._failures_in_row:
                    late_s, interval_s = clock.uptime_s() - due_s, device.settings["interval_s"]
                    if late_s >= 0:
                        await device.logger.keep(self.latest)
                    due_s += late_s + interval_s - late_s % interval_s  # an interval made shorter counts from now on
            except (MemoryError, OSError):  # no room for the thread that reads the sensor
                device.log("Short of memory: a measurement had to be left out")
            device.beat("measuring")
            self.changed.set()
            self.changed.clear()
            pause_s = 0 if self._failures_in_row else min(_SAMPLE_S, due_s - clock.uptime_s())
            await asyncio.sleep(max(_RETRY_S, pause_s))

    def _take(self, frame):
        """Count a frame, or the code that came instead, and take in what it says."""
        settings, uptime_s = self._device.settings, self._device.clock.uptime_s()
        self.reads += 1
        self._frame = frame
        value = decode(frame, settings["sensor"] if settings else "auto")
        if isinstance(value, tuple):
            self._values = (self._values[-2:] if self.quality(uptime_s) != "missing" else []) + [value]
            self.raw = median(self._values)
            self.latest = self._stamped(self.raw)
            self._failures_in_row, self.problem = 0, None
            return
        if isinstance(frame, str):
            self.failures += 1
        else:
            self.rejected += 1
        self._failures_in_row += 1
        if self._failures_in_row == 2:
            self._device.log("Sensor: " + value[7:])
        if self._failures_in_row > 1:
            self.problem = value

    def _stamped(self, value):
        """The Reading of this moment, with the offsets applied."""
        (temperature_c, humidity_pct, _), settings, clock = value, self._device.settings, self._device.clock
        if settings:
            temperature_c += settings["temperature_offset_c"]
            humidity_pct = min(100, max(0, humidity_pct + settings["humidity_offset_pct"]))
        return Reading(clock.now(), clock.uptime_s(), clock.session, temperature_c, humidity_pct, 0)
