"""Measure, keep, upload, for ever."""

import asyncio

from core.dht import decode, median
from core.journal import Reading
from core.on_demand import Borrowed
from micropython import const

_SAMPLE_S = const(5)
_RETRY_S = const(2.5)  # it can be read every 2 s
_BOTH_BYTES = const(26 * 1024)  # a request to ThingSpeak and a page: with less, pages wait until the request is through


class Logger:
    """Two loops over one journal: `measure` appends a reading every interval, `upload` moves what is new to ThingSpeak.

    Of `device` it uses: settings (None: nothing is kept yet), sensor, sensor_background, journal, clock, log, wifi, heap; beat(loop) after
    each step of progress; make_room(True) when an upload is short of memory, and make_room(False) after
    it; save_settings(settings) when ThingSpeak first tells the channel id; send, for the upload.
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
        self._frame = None  # of the last read, or the code of what went wrong
        self._values = []  # the last three good ones
        self._failures_in_row, self._sensor_problem = 0, None
        self._newest_s = self._unkept = None  # the last reading that flash did not take
        self._delivery = {"sent": 0, "channel_id": device.settings and device.settings["channel_id"]}  # see upload.new
        with Borrowed():
            from core.timestamps import newest

        device.clock.newest_s = newest(device.journal, device.clock) or device.clock.newest_s

    def configure(self, settings):
        """Go on with these settings; when something was wrong, such as the key, the next upload is at once."""
        self._values = []
        delivery = self._delivery
        delivery["channel_id"] = settings["channel_id"]
        if delivery.get("problem"):
            delivery.update({"due_s": 0, "failures": 0, "state": "ok", "problem": None})

    def age_s(self, uptime_s):
        """Seconds since the last good measurement, or None."""
        return None if self.latest is None else max(0, uptime_s - self.latest.uptime_s)

    def quality(self, uptime_s):
        """How far to trust `latest`: "ok", "stale" (the last reads failed) or "missing" (there is none, or too many failed)."""
        if self.latest is None or self._failures_in_row >= 8:
            return "missing"
        return "stale" if self._failures_in_row or self.age_s(uptime_s) > 6 * _SAMPLE_S else "ok"

    def problem(self):
        """The code of what is wrong now, the most urgent first, or None."""
        device = self._device
        if self._failures_in_row > 1 or device.settings is None:
            return self._sensor_problem
        if self._unkept:
            return "flash_full"
        if not device.wifi.connected():
            return "wifi_lost"
        return self._delivery.get("problem") or ("clock_unknown" if device.clock.now() is None else None)

    @property
    def upload_state(self):
        """The `upload` of /api/readings, with `last_time` in Unix seconds and `problem` as a code."""
        delivery, journal = self._delivery, self._device.journal
        waiting, state = journal.waiting(), delivery.get("state", "ok")
        if not self._device.wifi.connected():
            state = "offline"
        elif waiting > 1 and state == "ok":
            state = "waiting"
        found = {"state": state, "waiting": waiting, "dropped": journal.dropped}
        for name in ("last_entry_id", "last_time", "sent", "channel_id", "problem"):
            found[name] = delivery.get(name)
        return found

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
        """Read the sensor every few seconds for ever; once there are settings, append a reading to the journal every interval."""
        device, clock = self._device, self._device.clock
        await asyncio.sleep(2)  # a DHT22 needs this long after power-up
        due_s = clock.uptime_s()
        while True:
            self._frame = None
            try:
                self._take(await device.sensor_background.run(device.sensor.read_frame))
                if device.settings and not self._failures_in_row:
                    late_s, interval_s = clock.uptime_s() - due_s, device.settings["interval_s"]
                    if late_s >= 0:
                        await self._keep(self.latest)
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
            self._failures_in_row, self._sensor_problem = 0, None
            return
        if isinstance(frame, str):
            self.failures += 1
        else:
            self.rejected += 1
        self._failures_in_row += 1
        self._sensor_problem = value
        if self._failures_in_row == 2:
            self._device.log("Sensor: " + value[7:])

    def _stamped(self, value):
        """The Reading of this moment, with the offsets applied."""
        (temperature_c, humidity_pct, _), settings, clock = value, self._device.settings, self._device.clock
        if settings:
            temperature_c += settings["temperature_offset_c"]
            humidity_pct = min(100, max(0, humidity_pct + settings["humidity_offset_pct"]))
        return Reading(clock.now(), clock.uptime_s(), clock.session, temperature_c, humidity_pct, 0)

    async def _keep(self, reading):
        device, time_s, newest_s = self._device, reading.time_s, self._newest_s
        if time_s is not None:
            if newest_s is None or time_s <= newest_s:
                with Borrowed():
                    from core.timestamps import unused

                for free_s in unused(time_s, device.journal):
                    await asyncio.sleep(0)
                reading = Reading(free_s, *reading[1:])
            if newest_s is None or not time_s < newest_s <= time_s + 86400:  # by more, a refuted clock stamped what is newer
                self._newest_s = time_s
        try:
            device.journal.append(reading)
            self._unkept = None
            device.log.say("%.1f °C  %.1f %%  kept" % reading[3:5])
        except OSError:
            self._unkept = reading
            device.log("Reading not kept: flash is full or damaged")

    async def upload(self):
        """Send what is new in the journal for ever, as ThingSpeak allows."""
        device = self._device
        while True:
            device.beat("uploading")
            if not await self._upload_once(_BOTH_BYTES):
                device.make_room(True)  # it is tried once more; then the pages have their turn
                await asyncio.sleep(1)
                if not await self._upload_once(0):
                    device.log("Short of memory: an upload had to be put off")
                    self._delivery.update({"state": "error", "problem": "memory", "due_s": device.clock.uptime_s() + 30})
                device.make_room(False)
            await asyncio.sleep(1)

    async def _upload_once(self, room_bytes):
        """Send what is due. Returns False when memory is short."""
        device, delivery, unkept = self._device, self._delivery, self._unkept
        clock, wifi = device.clock, device.wifi
        # Without a clock no certificate can be checked, and ThingSpeak knows a reading that it has already by its time alone.
        if not device.settings or wifi.held or not wifi.connected() or clock.now() is None:
            return True
        if clock.uptime_s() < delivery.get("due_s", 0) or not (unkept or device.journal.waiting()):
            return True
        try:
            if device.heap.free() < room_bytes:
                return False
            with Borrowed():
                from upload import new, send_next

            if "most" not in delivery:
                delivery.update(new(delivery["channel_id"]))
            if device.journal.waiting():
                unkept = None
            stored_s = await send_next(device, delivery, unkept)
            if stored_s is not None:
                delivery["last_time"] = stored_s
                if self._unkept is unkept:
                    self._unkept = None
            if delivery["channel_id"] not in (None, device.settings["channel_id"]):
                try:
                    device.save_settings(dict(device.settings, channel_id=delivery["channel_id"]))
                except OSError:
                    pass  # ThingSpeak tells it again
        except MemoryError:
            return False
        return True
