"""The trial of new settings: each step proven for real before anything is replaced."""

import asyncio

from core.on_demand import Borrowed
from core.reading import Reading

STEPS = ("sensor", "wifi", "address", "internet", "thingspeak")
FIELDS = {
    "wrong_password": "password",
    "password_not_wanted": "password",
    "not_found": "ssid",
    "key_refused": "api_key",
    "sensor_other_type": "sensor",
}
"""What to mend in the form, by the error's code."""
PROBE = ("GET", "http://connectivitycheck.gstatic.com/generate_204", {}, b"")
LOOK = ("HEAD", "http://api.thingspeak.com/", {}, b"")
SHORT_PAUSE_S = 1
WRITE_PAUSE_S = 16  # ThingSpeak takes one write every 15 s for a channel
ANSWER_FIRST_S = 2  # who asked over the old network gets his answer before it is left


class Trial:
    """Proves settings while the page that asked for it stays up, commits them when they work, and in set-up mode restarts once seen.

    The sensor comes first, for it needs no network. Where it fails the other steps are tried all the same, up to the upload, which would
    need a reading: so settings can be kept before the sensor is wired. A failed trial changes nothing; the old network is joined again.

    Of `device` it uses: mode, settings, wifi, logger, clock, uploader, log; send, save_settings, make_room, restart_soon, go_on.
    While it runs, and until the restart, `device.wifi.held` keeps the rejoin loop away.
    """

    def __init__(self, device):
        self._device = device
        self._settings = self._ssid = self._error = self._reading = self._channel_id = self._restart_at_s = None
        self._state = "idle"
        self._steps = {}
        self.task = None

    def start(self, settings):
        """Begin; False while one runs, or when one has worked and the restart is due."""
        if self._state == "running" or self._restart_at_s is not None:
            return False
        with Borrowed():
            from core.ssid import shown

            self._ssid = shown(settings["ssid"])
        self._settings = dict(settings)
        self._state = "running"
        self._error = self._reading = self._channel_id = None
        self._steps = {}
        self._device.wifi.held = True
        self.task = self._device.go_on("trial", self._run())
        return True

    def retry(self):
        """Try the same settings again; False when none have failed."""
        return self._state == "failed" and self.start(self._settings)

    def keep(self):
        """Commit settings whose Wi-Fi works although another step failed; False when there are none."""
        if not self._can_keep():
            return False
        stays = self._is_joined()
        self._commit()
        if self._state == "done" and not stays and self._device.mode == "station":
            self.task = self._device.go_on("trial", self._move())
        return True

    def state(self, seen=False):
        """The answer of `GET /api/setup`. seen: a person is about to see it; a verdict seen shortens the wait for the restart."""
        now_s = self._device.clock.uptime_s()
        if seen and self._restart_at_s is not None:
            self._restart_at_s = min(self._restart_at_s, now_s + 12)
        steps = [(name,) + self._steps.get(name, ("waiting", "")) for name in STEPS]
        return {
            "state": self._state,
            "steps": [{"name": name, "state": state, "detail": detail} for name, state, detail in steps],
            "error": self._error,
            "address": steps[2][2] or None,
            "hostname": self._device.wifi.hostname + ".local",
            "channel_id": self._channel_id,
            "restart_in_s": None if self._restart_at_s is None else max(0, self._restart_at_s - now_s),
            "can_keep": self._can_keep(),
            "can_retry": self._state == "failed",
            "ssid": self._ssid,
        }

    def _can_keep(self):
        return self._state == "failed" and self._steps.get("address", ("",))[0] == "ok"

    async def _run(self):
        failure = None
        proofs = self._prove_sensor, self._prove_wifi, self._prove_address, self._prove_internet, self._prove_thingspeak
        for step, prove in zip(STEPS, proofs):
            if step == "thingspeak" and not self._reading:
                break
            code, detail = await self._with_room(step, prove)
            self._steps[step] = ("failed" if code else "ok", detail)
            if code:
                failure = (step, code)
                if step != "sensor":
                    break
        if failure:
            self._fail(*failure)
        else:
            self._commit()

    async def _with_room(self, step, prove):
        """A proof that finds no memory begins again without the page that took it, which comes back by itself."""
        device = self._device
        for attempt in range(4):
            if attempt:
                device.log("Short of memory: %s is tried again" % step)
                device.make_room(True)
                await asyncio.sleep(SHORT_PAUSE_S)
            self._steps[step] = ("running", "")
            try:
                code, detail = await prove()
            except MemoryError:
                code, detail = "memory", ""
            if code != "memory":
                break
        if attempt:
            device.make_room(False)
        return code, detail

    def _fail(self, step, code):
        """The verdict: what was not tried is skipped, and the radio comes to rest or returns to the old network."""
        device = self._device
        for name in STEPS:
            if name not in self._steps:
                self._steps[name] = ("skipped", "")
        self._error = {"step": step, "code": code, "field": FIELDS.get(code)}
        if code == "not_found":
            with Borrowed():
                from core.ssid import exact_text, similar

                meant = exact_text(similar(self._settings["ssid"], device.wifi.networks) or b"")
            if meant:
                self._error["suggestion"] = meant
        self._state = "failed"
        device.log("New settings: %s failed: %s %s" % (step, code, self._steps[step][1]))
        if not self._is_joined():
            device.wifi.disconnect()
        device.wifi.held = False

    def _commit(self):
        device = self._device
        if self._channel_id:
            self._settings["channel_id"] = self._channel_id
        try:
            device.save_settings(self._settings)
        except OSError:
            self._steps["thingspeak"] = ("failed", "")
            self._fail("thingspeak", "flash_full")
            return
        self._state = "done"
        self._error = None
        device.log("New settings are stored")
        if device.mode == "setup":
            self._restart_at_s = device.clock.uptime_s() + 120  # time for a phone that lost the hotspot to come back and see it
            self.task = device.go_on("trial", self._restart_later())
        device.wifi.held = device.mode == "setup"

    async def _restart_later(self):
        while self._device.clock.uptime_s() < self._restart_at_s:
            await asyncio.sleep(1)
        self._device.restart_soon("new settings")

    async def _move(self):
        await asyncio.sleep(ANSWER_FIRST_S)
        self._device.wifi.disconnect()  # from the old network: the rejoin loop goes to the new one

    def _is_joined(self):
        """Whether the station is in this very network by the settings it had before."""
        before = self._device.settings
        if self._device.mode != "station" or not self._device.wifi.connected():
            return False
        return all(before[name] == self._settings[name] for name in ("ssid", "password"))

    # Each proof returns (None, detail), or (code, detail).

    async def _prove_sensor(self):
        reading = await self._device.logger.fresh(self._settings["sensor"])
        if isinstance(reading, str):
            return reading, ""
        self._reading = reading
        return None, "%.1f °C, %.1f %%" % (reading.temperature_c, reading.humidity_pct)

    async def _prove_wifi(self):
        ssid, password = self._settings["ssid"], self._settings["password"]
        wifi = self._device.wifi
        if not self._is_joined():
            verdict = await wifi.join(ssid, password)
            if verdict in ("wrong_password", "not_found", "weak_signal"):  # a busy router answers like that once in a while
                self._steps["wifi"] = ("running", "again")
                verdict = await wifi.join(ssid, password)
            if verdict not in ("joined", "no_address"):
                with Borrowed():
                    from core.networks import find, reason

                    return reason(verdict, password, find(wifi.networks, ssid)), ""
        rssi_dbm = wifi.rssi_dbm()
        return None, "" if rssi_dbm is None else "%d dBm" % rssi_dbm

    async def _prove_address(self):
        address = self._device.wifi.address()
        return (None, address) if address else ("no_address", "")

    async def _prove_internet(self):
        status, _, failure = await self._device.send(PROBE, 10)
        if status != 204 and (status or failure in ("redirect", "reply")):
            return "browser_login_needed", ""
        if status != 204 and failure != "memory":  # some networks block the probe's server
            status, _, failure = await self._device.send(LOOK, 10)
        if failure == "memory":
            return "memory", ""
        return (None, "") if status or failure in ("redirect", "reply") else ("no_internet", "")

    async def _prove_thingspeak(self):
        clock = self._device.clock
        if not await self._knows_time() and self._settings["https"]:
            return "clock_unknown", ""
        for attempt in range(4):
            if attempt:
                self._steps["thingspeak"] = ("running", "turn")
                await asyncio.sleep(WRITE_PAUSE_S)
            reading = Reading(clock.now(), *self._reading[1:])  # a time that no other reading was sent with
            with Borrowed():
                from core import thingspeak

                request = thingspeak.update_request(self._settings, reading)
            thingspeak = None
            status, body, failure = await self._device.send(request, 30)
            if failure in ("memory", "certificate"):
                return failure, ""
            if failure:
                return "thingspeak_error", "connection" if failure == "refused" else failure
            with Borrowed():
                from core import thingspeak

                verdict = thingspeak.verdict(status, body, failure)
            thingspeak = None
            if verdict.outcome == "accepted" and verdict.entry_id:
                self._channel_id = verdict.channel_id
                return None, str(verdict.entry_id)
            if verdict.outcome in ("key_refused", "quota"):
                return verdict.outcome, str(status)
            if verdict.outcome not in ("too_fast", "conflict"):
                return "thingspeak_error", str(status)
        return "thingspeak_busy", str(status)

    async def _knows_time(self):
        """A certificate can only be checked by one who knows the date: a time server's, the phone's, or that of a plain reply."""
        clock = self._device.clock
        if clock.now() is None:
            await clock.synchronise()
        if clock.now() is None:
            clock.set(await self._device.uploader.server_time() or 0, "server")
        return clock.now() is not None
