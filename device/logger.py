"""Measure, keep, upload, for ever."""

import asyncio

from core.dht import Filter, decode, judge, kind_of
from core.on_demand import Borrowed
from core.reading import Reading, with_time

SAMPLE_S = 5
RETRY_S = 2.5  # it can be read every 2 s
BOTH_BYTES = 26 * 1024  # a request to ThingSpeak and a page: with less, pages wait until the request is through


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
        """Its (temperature_c, humidity_pct) without them."""
        self.reads = 0
        self.counts = {"silent": 0, "checksum": 0, "other_type": 0, "zeros": 0, "implausible": 0, "jump": 0}
        """Reads that gave nothing, by kind."""
        self._filter = Filter()
        self._frame = None  # of the last read, or the code of what went wrong
        self._failures_in_row, self._sensor_problem = 0, None
        self._unkept = None  # the last reading that flash did not take
        self._newest_s = self._last_time_s = None
        self._delivery = {}  # see core.delivery
        self._is_short = False  # room is made for the next upload
        self._short_until_s = None
        with Borrowed():
            from core.timestamps import newest

        device.clock.newest_s = newest(device.journal, device.clock) or device.clock.newest_s

    def configure(self, settings):
        """Go on with these settings; when something was wrong, such as the key, the next upload is at once."""
        delivery = self._delivery
        if delivery:
            delivery["channel_id"] = settings["channel_id"]
            if delivery["problem"]:
                delivery.update({"due_s": 0, "failures": 0, "state": "ok", "problem": None})

    @property
    def sensor_type(self):
        """Which sensor is there, by what it sends: "dht22", "dht11", or None until it has sent something."""
        return self._filter.kind

    @property
    def failures(self):
        """Reads without an answer, or with a damaged one."""
        return self.counts["silent"] + self.counts["checksum"]

    @property
    def rejected(self):
        """Reads whose values were refused."""
        return sum(self.counts.values()) - self.failures

    def age_s(self, uptime_s):
        """Seconds since the last good measurement, or None."""
        return None if self.latest is None else max(0, uptime_s - self.latest.uptime_s)

    def quality(self, uptime_s):
        """How far to trust `latest`: "ok", "stale" (the last reads failed) or "missing" (there is none, or too many failed)."""
        if self.latest is None or self._failures_in_row >= 8:
            return "missing"
        return "stale" if self._failures_in_row or self.age_s(uptime_s) > 6 * SAMPLE_S else "ok"

    def problem(self):
        """The code of what is wrong now, the most urgent first, or None."""
        device = self._device
        if self._failures_in_row > 1 or device.settings is None:
            return self._sensor_problem
        if self._unkept:
            return "flash_full"
        if not device.wifi.connected():
            return "wifi_lost"
        if self._short_until_s is not None:
            return "memory"
        return self._delivery.get("problem") or ("clock_unknown" if device.clock.now() is None else None)

    @property
    def upload_state(self):
        """The `upload` of /api/readings, with `last_time` in Unix seconds and `problem` as a code."""
        device, delivery = self._device, self._delivery
        waiting = device.journal.waiting()
        short = self._short_until_s is not None
        state = "error" if short else delivery.get("state", "ok")
        if not device.wifi.connected():
            state = "offline"
        elif waiting > 1 and state == "ok":
            state = "waiting"
        return {
            "state": state,
            "last_entry_id": delivery.get("last_entry_id"),
            "last_time": self._last_time_s,
            "waiting": waiting,
            "sent": delivery.get("sent", 0),
            "dropped": device.journal.dropped,
            "channel_id": delivery.get("channel_id", device.settings and device.settings["channel_id"]),
            "problem": "memory" if short else delivery.get("problem"),
        }

    async def fresh(self, kind="auto"):
        """A Reading measured after this call by a sensor of `kind`, or "sensor_silent", "sensor_checksum" or "sensor_other_type"."""
        code = "sensor_silent"
        for _ in range(3):
            await self.changed.wait()
            frame = self._frame
            if isinstance(frame, bytes):
                wrong = judge(frame, kind)
                if not wrong:
                    return self._stamped(decode(frame, kind_of(frame)))
                frame = "sensor_other_type" if wrong == "other_type" else "sensor_checksum"
            code = frame or code
        return code

    async def measure(self):
        """Read the sensor every few seconds for ever; once there are settings, append a reading to the journal every interval."""
        device = self._device
        await asyncio.sleep(2)  # a DHT22 needs this long after power-up
        due_s = None
        while True:
            self._frame = None
            try:
                await self._measure_once()
                if device.settings:
                    due_s = await self._keep_if_due(due_s)
            except (MemoryError, OSError):  # no room for the thread that reads the sensor
                device.log("Short of memory: a measurement had to be left out")
            device.beat("measuring")
            self.changed.set()
            self.changed.clear()
            pause_s = RETRY_S if due_s is None or self._failures_in_row else min(SAMPLE_S, due_s - device.clock.uptime_s())
            await asyncio.sleep(max(RETRY_S, pause_s))

    async def _keep_if_due(self, due_s):
        """Keep the latest reading at `due_s` (seconds of uptime; None: now) or after; returns when the next one is due."""
        interval_s = self._device.settings["interval_s"]
        now_s = self._device.clock.uptime_s()
        due_s = now_s if due_s is None else due_s
        late_s = now_s - due_s
        if self._failures_in_row or late_s < 0:
            return min(due_s, now_s + interval_s)  # an interval made shorter counts from now on
        await self._keep(self.latest)
        return due_s + late_s // interval_s * interval_s + interval_s

    async def _measure_once(self):
        device = self._device
        self.reads += 1
        self._frame = frame = await device.sensor_background.run(device.sensor.read_frame)
        if isinstance(frame, bytes):
            kind = device.settings["sensor"] if device.settings else "auto"
            wrong = self._filter.take(frame, device.clock.uptime_s(), kind)
            code = "sensor_other_type" if wrong == "other_type" else "sensor_checksum"
        else:
            code, wrong = frame, frame[7:]
        if wrong:
            self.counts[wrong] += 1
            self._failures_in_row += 1
            self._sensor_problem = code
            if self._failures_in_row == 2:
                device.log("Sensor: " + wrong)
        else:
            self._failures_in_row = 0
            self._sensor_problem = None
            self.raw = self._filter.median()
            self.latest = self._stamped(self.raw)

    def _stamped(self, values):
        """The Reading of this moment, with the offsets applied."""
        (temperature_c, humidity_pct), settings, clock = values, self._device.settings, self._device.clock
        if settings:
            temperature_c += settings["temperature_offset_c"]
            humidity_pct = min(100, max(0, humidity_pct + settings["humidity_offset_pct"]))
        return Reading(clock.now(), clock.uptime_s(), clock.session, temperature_c, humidity_pct, 0)

    async def _keep(self, reading):
        device = self._device
        time_s = reading.time_s
        if time_s is not None:
            newest_s = self._newest_s
            if newest_s is None or time_s <= newest_s:
                with Borrowed():
                    from core.timestamps import unused

                reading = with_time(reading, await unused(time_s, device.journal))
            back_s = (newest_s or time_s) - time_s
            self._newest_s = newest_s if 0 < back_s <= 86400 else time_s  # by more, a refuted clock stamped what is newer
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
            is_short = False
            if self._upload_is_due():
                try:
                    if device.heap.free() < BOTH_BYTES and not self._is_short:
                        raise MemoryError
                    await self._upload_once()
                    self._short_until_s = None
                except MemoryError:
                    is_short = not self._is_short  # with room made it is tried once more; then the pages have their turn
                    if not is_short:
                        device.log("Short of memory: an upload had to be put off")
                        self._short_until_s = device.clock.uptime_s() + 30
            if is_short != self._is_short:
                self._is_short = is_short
                device.make_room(is_short)
            await asyncio.sleep(1)

    def _upload_is_due(self):
        device = self._device
        # Without a clock no certificate can be checked, and ThingSpeak knows a reading that it has already by its time alone.
        if not device.settings or not device.wifi.connected() or device.clock.now() is None:
            return False
        if device.clock.uptime_s() < max(self._short_until_s or 0, self._delivery.get("due_s", 0)):
            return False
        return self._unkept or device.journal.cursor < device.journal.end

    async def _upload_once(self):
        device, delivery = self._device, self._delivery
        with Borrowed():
            from upload import Round

            upload = Round(device, delivery)
        Round = None
        if device.journal.cursor < device.journal.end:
            self._last_time_s = await upload.run() or self._last_time_s
        elif await upload.send_unkept(self._unkept):
            self._unkept = None
        if delivery["channel_id"] not in (None, device.settings["channel_id"]):
            try:
                device.save_settings(dict(device.settings, channel_id=delivery["channel_id"]))
            except OSError:
                pass  # ThingSpeak tells it again
