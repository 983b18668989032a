"""The thermometer: the sensor is read every few seconds, and what it says now is at hand."""

import asyncio
import errno

from core.reading import Reading, decode, median
from micropython import const

_SAMPLE_S = const(5)
_RETRY_S = const(2.5)  # it can be read every 2 s
_MISSING = const(8)


class Thermometer:
    """One loop, `measure`. What is due it hands to the logger, where there is one.

    Of `device` it uses: sensor (the stock driver), sensor_background, settings (None: "auto", as measured), clock, log; logger (None:
    nothing is kept); beat(loop) before each measurement.

    changed: an event that is set and cleared at every measurement. latest: the last good Reading, corrected, or None.
    raw: [temperature_c, humidity_pct, "dht22" or "dht11"], not corrected. reads, failures, rejected: all reads; those without an answer or
    with a damaged one; those whose values were refused. in_a_row: how many of the last ones failed. problem: the code of what is wrong,
    from the second failure in a row on. frame: what the last read gave, or the code of what went wrong, or None. values: the last three
    good ones; to be emptied when the sensor may be another one from now on.
    """

    latest = raw = problem = frame = None
    reads = failures = rejected = in_a_row = 0
    values = ()

    def __init__(self, device):
        self._device = device
        self.changed = asyncio.Event()

    async def measure(self):
        """Read the sensor every few seconds for ever; have a reading kept every interval."""
        device, clock = self._device, self._device.clock
        await asyncio.sleep(2)  # a DHT22 needs this long after power-up
        due_s = clock.uptime_s()
        while True:
            device.beat("measuring")
            self.frame = None
            for _ in range(50):
                if not device.at_peak:
                    break
                await asyncio.sleep(0.1)
            pin = device.sensor.pin
            try:
                try:
                    await device.sensor_background.run(device.sensor.measure)
                    self.frame = bytes(device.sensor.buf)  # the driver's values are wrong below zero for some clones, and for a DHT11
                except OSError as failure:
                    if failure.errno != errno.ETIMEDOUT:
                        raise
                    self.frame = "sensor_silent"
                except MemoryError:
                    raise
                except Exception:  # with which the stock driver tells of a wrong checksum
                    self.frame = "sensor_checksum"
                if pin is not device.sensor.pin:
                    continue  # it belongs to the pin before
                self.take()
                if device.logger and not self.in_a_row:
                    late_s, interval_s = clock.uptime_s() - due_s, device.settings["interval_s"]
                    if late_s >= 0:
                        await device.logger.keep(self.latest)
                    due_s += late_s + interval_s - late_s % interval_s  # an interval made shorter counts from now on
            except (MemoryError, OSError):  # no room for the thread that reads the sensor
                self.frame = "memory"
                device.log("Short of memory: a measurement had to be left out")
            self.changed.set()
            self.changed.clear()
            pause_s = 0 if self.in_a_row else min(_SAMPLE_S, due_s - clock.uptime_s())
            await asyncio.sleep(max(_RETRY_S, pause_s))

    def take(self):
        """Count the frame, or the code that came instead, and take in what it says."""
        settings = self._device.settings
        self.reads += 1
        value = decode(self.frame, settings["sensor"] if settings else "auto")
        if isinstance(value, tuple):
            self.values = (self.values[-2:] if self.in_a_row < _MISSING else ()) + (value,)
            self.raw = median(self.values)
            self.latest = self.stamped(self.raw)
            self.in_a_row, self.problem = 0, None
            return
        if isinstance(self.frame, str):
            self.failures += 1
        else:
            self.rejected += 1
        self.in_a_row += 1
        if self.in_a_row == 2:
            self._device.log("Sensor: " + value[7:])
        if self.in_a_row > 1:
            self.problem = value

    def stamped(self, value):
        """The Reading of this moment, corrected."""
        (temperature_c, humidity_pct, _), settings, clock = value, self._device.settings, self._device.clock
        if settings:
            temperature_c = temperature_c * settings["temperature_slope"] + settings["temperature_offset_c"]
            humidity_pct = min(100, max(0, humidity_pct * settings["humidity_slope"] + settings["humidity_offset_pct"]))
        return Reading(clock.now(), clock.uptime_s(), clock.session, temperature_c, humidity_pct, 0)
