"""Station mode's work: measure, keep, upload, for ever."""

import asyncio

from core.dht import OK, OUTCOMES, Filter
from core.memory import BOTH_BYTES, has_free
from core.on_demand import load, paged
from core.reading import Reading, SensorChecksum, SensorSilent

SETTLE_S = 2  # a DHT22 needs this long after power-up
SAMPLE_S = 5
RETRY_S = 2.5  # it can be read every 2 s
SHORT_OF_MEMORY_S = 30
PATIENCE_S = 5  # before pages are sent away for an upload: most have come whole by then
MISSING_AFTER = 8  # failures in a row


class Logger:
    """Two loops over one journal: `measure` appends a reading every interval, `upload` moves what is new to ThingSpeak.

    Handed in: `read_frame` (async: five bytes, or SensorSilent or SensorChecksum of core.reading), `journal`, `uploader`, `clock`, `log`
    (core/event_log.py), `online` (whether the Wi-Fi is joined), `beat` (called with "measuring" or "uploading" after each step of
    progress), `chance` (a random number from 0 to 1), `channel_learned` (called with the channel id when ThingSpeak first tells it), and
    `make_room` (called with True when an upload is short of memory: whatever can wait gives its own back; and with False after it).
    """

    @paged
    def __init__(self, settings, read_frame, journal, uploader, clock, log, online, beat, chance, channel_learned, make_room):
        self._read_frame = read_frame
        self._journal = journal
        self._uploader = uploader
        self._clock = clock
        self._log = log
        self._online = online
        self._beat = beat
        self._channel_learned = channel_learned
        self._chance = chance
        self._make_room = make_room
        self._is_short = False  # room is made for the next upload
        self._delivery = load("core.delivery").new(settings["channel_id"])
        self.changed = asyncio.Event()
        """Set and cleared at every measurement."""
        self.latest = None
        """The last good Reading with the offsets applied, or None."""
        self.reads = 0
        self.counts = {"silent": 0, "checksum": 0, "zeros": 0, "implausible": 0, "jump": 0}
        """Reads that gave nothing, by kind."""
        self._failures_in_row = 0
        self._sensor_problem = None
        self._unkept = None  # the last reading that flash did not take
        self._newest_s = None
        self._last_time_s = None
        self._settings = settings
        self._filter_memory = None

    @paged
    def configure(self, settings):
        """Go on with these settings; a corrected key is tried at once. Another kind of sensor needs a restart."""
        before, self._settings = self._settings, settings
        self._delivery["channel_id"] = settings["channel_id"]
        if settings["api_key"] != before["api_key"] or settings["https"] != before["https"]:
            self._delivery.update({"due_s": 0, "state": "ok", "problem": None})

    @property
    @paged
    def failures(self):
        """Reads without an answer, or with a damaged one."""
        return self.counts["silent"] + self.counts["checksum"]

    @property
    @paged
    def rejected(self):
        """Reads whose values were refused."""
        return sum(self.counts.values()) - self.failures

    @paged
    def age_s(self, uptime_s):
        """Seconds since the last good measurement, or None."""
        return None if self.latest is None else max(0, uptime_s - self.latest.uptime_s)

    @paged
    def quality(self, uptime_s):
        """How far to trust `latest`: "ok", "stale" (the last reads failed) or "missing" (there is none, or too many failed)."""
        if self.latest is None or self._failures_in_row >= MISSING_AFTER:
            return "missing"
        return "stale" if self._failures_in_row or self.age_s(uptime_s) > 6 * SAMPLE_S else "ok"

    def problem(self):
        """The code of what is wrong now, the most urgent first, or None. core.advice has the sentences."""
        if self._sensor_problem and self._failures_in_row > 1:
            return self._sensor_problem
        if self._unkept:
            return "flash_full"
        if not self._online():
            return "wifi_lost"
        return self._delivery["problem"] or ("clock_unknown" if self._clock.now() is None else None)

    @property
    @paged
    def upload_state(self):
        """The `upload` of /api/readings, with `last_time` in Unix seconds and `problem` as a code."""
        waiting = self._journal.waiting()
        facts = {name: self._delivery[name] for name in ("state", "last_entry_id", "sent", "channel_id", "problem")}
        if not self._online():
            facts["state"] = "offline"
        elif waiting > 1 and facts["state"] == "ok":
            facts["state"] = "waiting"
        facts["waiting"] = waiting
        facts["dropped"] = self._journal.dropped + self._delivery["passed_over"]
        facts["last_time"] = self._last_time_s
        return facts

    async def measure(self):
        """Read the sensor every few seconds for ever; append a reading to the journal every interval."""
        await asyncio.sleep(SETTLE_S)
        due_s = self._clock.uptime_s()
        while True:
            try:
                await self._measure_once()
                due_s = await self._keep_if_due(due_s)
            except (MemoryError, OSError):  # OSError: no room for the thread that reads the sensor
                self._log("Short of memory: a measurement had to be left out")
            self._beat("measuring")
            self.changed.set()
            self.changed.clear()
            pause_s = min(SAMPLE_S, due_s - self._clock.uptime_s()) if not self._failures_in_row else 0
            await asyncio.sleep(max(RETRY_S, pause_s))

    async def _keep_if_due(self, due_s):
        """Keep the latest reading at `due_s` (seconds of uptime) or after; returns when the next one is due."""
        interval_s = self._settings["interval_s"]
        late_s = self._clock.uptime_s() - due_s
        if self._failures_in_row or late_s < 0:
            return min(due_s, due_s + late_s + interval_s)  # an interval made shorter counts from now on
        await self._keep(self.latest)
        return due_s + late_s // interval_s * interval_s + interval_s

    @paged
    async def _measure_once(self):
        self.reads += 1
        sensible = Filter(self._settings["sensor"], self._filter_memory)
        self._filter_memory = sensible.memory
        try:
            outcome = OUTCOMES[sensible.take(await self._read_frame(), self._clock.uptime_s())]
        except SensorSilent:
            outcome = "silent"
        except SensorChecksum:
            outcome = "checksum"
        if outcome == OUTCOMES[OK]:
            self._failures_in_row = 0
            self._sensor_problem = None
            self.latest = _stamped(*sensible.median(), self._settings, self._clock)
            return
        self.counts[outcome] += 1
        self._failures_in_row += 1
        self._sensor_problem = "sensor_silent" if outcome == "silent" else "sensor_checksum"
        if self._failures_in_row == 2:
            self._log(load("core.advice").sentences(self._sensor_problem)[0])

    @paged
    async def _keep(self, reading):
        time_s = reading.time_s
        if time_s is not None:
            if self._newest_s is None or time_s <= self._newest_s:
                timestamps = load("timestamps")
                reading = timestamps.with_time(reading, await timestamps.unused(time_s, self._journal))
            self._newest_s = max(time_s, self._newest_s or 0)
        values = "%.1f °C  %.1f %%  " % (reading.temperature_c, reading.humidity_pct)
        try:
            self._journal.append(reading)
            self._unkept = None
            self._log.say(values + "kept")
        except OSError:
            self._unkept = reading
            self._log(values + "not kept: flash is full or damaged")

    async def upload(self):
        """Send what is new in the journal for ever, as ThingSpeak allows."""
        patience = PATIENCE_S
        while True:
            self._beat("uploading")
            is_short = False
            if not self._upload_is_due():
                pass
            elif patience and not (self._is_short or has_free(BOTH_BYTES)):
                patience -= 1
            else:
                patience = PATIENCE_S
                try:
                    if not (self._is_short or has_free(BOTH_BYTES)):
                        raise MemoryError
                    await self._upload_once()
                except MemoryError:
                    is_short = not self._is_short  # with room made it is tried once more; then the pages have their turn
                    if not is_short:
                        self._log("Short of memory: an upload had to be put off")
                        self._delivery["due_s"] = self._clock.uptime_s() + SHORT_OF_MEMORY_S
            if is_short != self._is_short:
                self._is_short = is_short
                self._make_room(is_short)
            await asyncio.sleep(1)

    def _upload_is_due(self):
        if not self._online() or self._clock.uptime_s() < self._delivery["due_s"]:
            return False
        # Without a clock no certificate can be checked, and ThingSpeak knows a reading that it has already by its time alone.
        if self._clock.now() is None:
            return False
        return self._unkept or self._journal.cursor < self._journal.end

    @paged
    async def _upload_once(self):
        settings, delivery = self._settings, self._delivery
        upload = load("upload_round").Round(settings, delivery, self._journal, self._uploader, self._clock, self._log, self._chance)
        if self._journal.cursor < self._journal.end:
            self._last_time_s = await upload.run() or self._last_time_s
        elif await upload.send_unkept(self._unkept):
            self._unkept = None
        if delivery["channel_id"] not in (None, self._settings["channel_id"]):
            self._channel_learned(delivery["channel_id"])


def _stamped(temperature_c, humidity_pct, settings, clock):
    """The Reading of this moment, with the offsets applied."""
    humidity_pct = min(100, max(0, humidity_pct + settings["humidity_offset_pct"]))
    temperature_c += settings["temperature_offset_c"]
    return Reading(clock.now(), clock.uptime_s(), clock.session, temperature_c, humidity_pct, 0)
