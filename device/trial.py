"""The trial of new settings: each step proven for real before anything is replaced."""

import asyncio

from core import join
from core import setup_check as check
from core.addresses import links
from core.memory import BOTH_BYTES, has_free
from core.on_demand import load, paged
from core.outcomes import ACCEPTED, KEY_REFUSED, QUOTA, TOO_FAST
from core.setup_check import SetupCheck
from core.ssid import shown

PROBE = ("GET", "http://connectivitycheck.gstatic.com/generate_204", {}, b"")
THINGSPEAK = ("HEAD", "http://api.thingspeak.com/", {}, b"")
PROBE_S = 10
WRITE_S = 30
SHORT_TRIES = 4
SHORT_PAUSE_S = 1
PAGE_TRIES = 3
SENSOR_TRIES = 3
SENSOR_PAUSE_S = 3
WRITE_TRIES = 3
WRITE_PAUSE_S = 16  # ThingSpeak takes one write every 15 s for a channel
RESTART_UNSEEN_S = 120
RESTART_SEEN_S = 12


class Trial:
    """Proves settings while the page that asked for it stays up, commits them when they work, and restarts once a person has seen it.

    Of `parts` it uses: wifi, uploader, background, clock, board, log, server; `read_sensor()`, a coroutine function that returns a Reading
    or a problem's code ("sensor_silent", "sensor_checksum"); `save_settings(settings)`, which raises OSError; `restart_soon(reason)`;
    `try_after_restart(settings)`, for when memory was never found.
    While it runs, and after it worked, `parts.wifi.held` keeps the rejoin loop away; after a failure that loop returns to the old network.
    """

    def __init__(self, parts):
        self._parts = parts
        self._check = SetupCheck()
        self._settings = self._ssid_text = None
        self._channel_id = None
        self._restart_at_s = None
        self._message = None
        self._reading = None
        self._step = self.task = None

    @paged
    def start(self, settings, is_second=False):
        """Begin, unless one is running or has worked already. is_second: this is after a restart that was to bring memory."""
        if self._check.state in (check.RUNNING, check.DONE):
            return
        self._is_second = is_second
        self._begin(settings)
        self._parts.wifi.held = True
        self.task = asyncio.create_task(self._run())

    @paged
    def _begin(self, settings):
        self._settings = dict(settings)
        self._parts.sensor_kind = settings["sensor"]
        self._ssid_text = shown(settings["ssid"])
        self._channel_id = None
        self._check.begin()

    @paged
    def keep(self):
        """Commit settings whose Wi-Fi works although a later step failed. False when there is nothing to keep."""
        if not self._check.may_be_kept():
            return False
        self._commit("Your entries are kept, though not everything was proven.", self._check.keep)
        return True

    @paged
    def state(self, seen=False):
        """The answer of `GET /api/setup`. seen: a person is about to see it; a verdict seen shortens the wait for the restart."""
        if seen and self._restart_at_s is not None:
            self._restart_at_s = min(self._restart_at_s, self._parts.clock.uptime_s() + RESTART_SEEN_S)
        parts = self._parts
        answer = self._check.as_dict()
        step_state, address = self._check.step("address")
        answer["address"] = address if step_state == "ok" else None
        answer["hostname"] = parts.wifi.hostname + ".local"
        answer["channel_id"] = self._channel_id
        answer["restart_in_s"] = None if self._restart_at_s is None else max(0, self._restart_at_s - parts.clock.uptime_s())
        answer["can_keep"] = self._check.may_be_kept()
        answer["ssid"] = self._ssid_text
        answer["message"] = self._message
        answer.update(links(answer["address"], answer["hostname"], self._channel_id, parts.board.HTTP_PORT))
        return answer

    async def _run(self):
        try:
            await self._prove_all()
        except MemoryError:
            self._wait_for_memory()

    @paged
    def _wait_for_memory(self):
        """A restart brings memory, once; a second trial that finds none tells the person."""
        if self._is_second:
            self._fail(self._step, "memory")
        elif self._parts.uploader.tls_broken:
            self._parts.try_after_restart(self._settings, "memory inside TLS")
        else:
            self._parts.try_after_restart(self._settings)

    async def _prove_all(self):
        for step in ("wifi", "internet", "sensor", "thingspeak"):
            self._step = step
            self._check.start(step)
            failure = await self._with_room(step)
            if failure:
                self._fail(*failure)
                return
        self._settings["channel_id"] = self._channel_id
        self._commit("Everything works.", self._check.finish)

    async def _with_room(self, step):
        """A proof that finds no memory begins again without the page that took it, which comes back by itself."""
        server = self._parts.server
        try:
            for _ in range(SHORT_TRIES):
                try:
                    return await self._prove(step)
                except MemoryError:
                    if self._parts.uploader.tls_broken:
                        raise  # the next session would panic the chip
                    server.make_room()
                    self._parts.log("Short of memory: the step begins again.")
                    await asyncio.sleep(SHORT_PAUSE_S)
            return await self._prove(step)
        finally:
            server.make_room(False)

    def _prove(self, step):
        if step == "wifi":
            return self._prove_wifi()
        if step == "internet":
            return self._prove_internet()
        return self._prove_sensor() if step == "sensor" else self._prove_thingspeak()

    @paged
    def _fail(self, step, code, detail=""):
        self._check.fail(step, code, detail, self._parts.board.SENSOR_PIN)
        self._parts.log(("Set-up: %s %s" % (self._check.error["message"], detail)).rstrip())
        self._parts.wifi.disconnect()  # the hotspot's channel comes to rest
        self._parts.wifi.held = False

    # Each proof returns None, or (step, code) and perhaps a detail.

    @paged
    async def _prove_wifi(self):
        ssid, password = self._settings["ssid"], self._settings["password"]
        wifi = self._parts.wifi
        verdict = await wifi.join(ssid, password)
        if join.deserves_second_try(verdict):
            self._check.start("wifi", "Trying once more")
            verdict = await wifi.join(ssid, password)
        if verdict == join.SECURITY_NOT_SUPPORTED and not password:
            verdict = join.WRONG_PASSWORD  # it would have been taken with one
        if verdict == join.NO_ADDRESS:
            self._check.pass_("wifi")
            return "address", verdict
        if verdict != join.JOINED:
            return "wifi", verdict
        self._check.pass_("wifi", "Joined “%s”, signal %s dBm" % (self._ssid_text, wifi.rssi_dbm()))
        self._check.pass_("address", wifi.address())
        return None

    @paged
    async def _prove_internet(self):
        status, _, failure = await self._send(PROBE, PROBE_S)
        if status == 204:
            self._check.pass_("internet", "Reached")
            return None
        if status or failure in ("redirect", "reply"):
            return "internet", "browser_login_needed"
        status, _, failure = await self._send(THINGSPEAK, PROBE_S)  # some networks block the probe's server
        if not status and failure not in ("redirect", "reply"):
            return "internet", "no_internet"
        self._check.pass_("internet", "Reached")
        return None

    async def _send(self, request, deadline_s):
        server = self._parts.server
        for _ in range(PAGE_TRIES):  # a page that is on its way has come whole by then
            if has_free(BOTH_BYTES):
                break
            await asyncio.sleep(SHORT_PAUSE_S)
        else:
            server.make_room()
            await asyncio.sleep(SHORT_PAUSE_S)
        try:
            status, body, failure = await self._parts.uploader.send(request, deadline_s)
        finally:
            server.make_room(False)
        if failure == "memory":
            raise MemoryError
        return status, body, failure

    @paged
    async def _prove_sensor(self):
        for attempt in range(SENSOR_TRIES):
            if attempt:
                await asyncio.sleep(SENSOR_PAUSE_S)
            self._reading = await self._parts.read_sensor()
            if not isinstance(self._reading, str):
                self._check.pass_("sensor", "%.1f °C, %.1f %%" % (self._reading.temperature_c, self._reading.humidity_pct))
                return None
        return "sensor", self._reading

    @paged
    async def _prove_thingspeak(self):
        await self._know_time()
        thingspeak = load("core.thingspeak")
        for attempt in range(WRITE_TRIES):
            if attempt:
                self._check.start("thingspeak", "ThingSpeak takes one reading every 15 seconds: waiting for the next turn")
                await asyncio.sleep(WRITE_PAUSE_S)
            status, body, failure = await self._send(thingspeak.update_request(self._settings, self._reading), WRITE_S)
            if failure:
                return "thingspeak", "thingspeak_error", _explained(failure)
            outcome, entry_id, channel_id, _ = thingspeak.verdict(status, body)
            if outcome == ACCEPTED and entry_id:
                self._channel_id = channel_id
                self._check.pass_("thingspeak", "Entry %d is in channel %s" % (entry_id, channel_id))
                return None
            if outcome == KEY_REFUSED:
                return "thingspeak", "key_refused"
            if outcome == QUOTA:
                return "thingspeak", "thingspeak_error", _explained("quota")
            if outcome != TOO_FAST:
                return "thingspeak", "thingspeak_error", "The answer was %d" % status
        return "thingspeak", "thingspeak_busy"

    @paged
    async def _know_time(self):
        """A certificate can only be checked by one who knows the date: a time server's, the phone's, or that of a plain reply."""
        clock = self._parts.clock
        if clock.source != "ntp":
            await clock.synchronise(self._parts.background)
        if clock.now() is None and self._settings["https"]:
            unix_s = await self._parts.uploader.server_time()
            if unix_s:
                clock.set(unix_s, "server")

    @paged
    def _commit(self, message, finish):
        parts = self._parts
        try:
            parts.save_settings(self._settings)
        except OSError:
            self._fail("thingspeak", "flash_full")
            return
        parts.wifi.held = True
        finish()
        self._message = message
        self._restart_at_s = parts.clock.uptime_s() + RESTART_UNSEEN_S
        parts.log("Set-up: %s Restart follows." % message)
        self.task = asyncio.create_task(self._restart_later())

    async def _restart_later(self):
        while self._parts.clock.uptime_s() < self._restart_at_s:
            await asyncio.sleep(1)
        self._parts.restart_soon("new settings")


def _explained(failure):
    """A sentence for one of the uploader's failures."""
    if failure in ("certificate", "quota"):
        return load("core.advice").sentences(failure)[0]
    return {"no_network": "There is no way to it", "timeout": "No answer in time"}.get(failure, "The connection broke off")
