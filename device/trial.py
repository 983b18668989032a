"""The trial of new settings: each step proven for real before anything is replaced."""

import asyncio

from core.on_demand import Borrowed
from core.journal import Reading

LOOK = ("HEAD", "http://api.thingspeak.com/", {}, b"")

class Trial:
    """Proves settings while the page that asked for it stays up, commits them when they work, and in set-up mode restarts once seen.

    The sensor comes first, for it needs no network. Where it fails the other steps are tried all the same, up to the upload, which would
    need a reading: so settings can be kept before the sensor is wired. A failed trial changes nothing; the old network is joined again.

    Of `device` it uses: mode, settings, wifi, thermometer, clock, log; send, save_settings, make_room, server, restart_soon, go_on.
    While it runs, and until the restart, `device.wifi.held` keeps the rejoin loop away.
    """

    def __init__(self, device):
        self._device = device
        self._settings = self._reading = self._restart_at_s = None
        self._told = {"state": "idle"}  # what `state` returns

    def start(self, settings):
        """Begin; False while one runs, or when one has worked and the restart is due."""
        if self._told["state"] == "running" or self._restart_at_s is not None:
            return False
        with Borrowed():
            from core.ssid import shown

            name = shown(settings["ssid"])
        self._settings = dict(settings)
        self._told = told = {"state": "running", "ssid": name, "can_keep": False, "can_retry": False, "steps": []}
        for name in ("sensor", "wifi", "address", "internet", "thingspeak"):
            told["steps"].append({"name": name, "state": "waiting", "detail": ""})
        for name in ("error", "address", "channel_id", "restart_in_s"):
            told[name] = None
        self._device.wifi.held = True
        self._device.go_on("trial", self._run())
        return True

    def retry(self):
        """Try the same settings again; False when none have failed."""
        return self._told["state"] == "failed" and self.start(self._settings)

    def keep(self):
        """Commit settings whose Wi-Fi works although another step failed; False when there are none."""
        if not self._told.get("can_keep"):
            return False
        stays = self._is_joined()
        if self._commit() and not stays and self._device.mode == "station":
            self._device.go_on("trial", self._leave())
        return True

    def state(self, seen=False):
        """The answer of `GET /api/setup`. seen: a person is about to see it; a verdict seen shortens the wait for the restart."""
        if self._restart_at_s is not None:
            now_s = self._device.clock.uptime_s()
            if seen:
                self._restart_at_s = min(self._restart_at_s, now_s + 12)
            self._told["restart_in_s"] = max(0, self._restart_at_s - now_s)
        return dict(self._told)

    async def _run(self):
        device = self._device
        self._reading = error = None
        for step in self._told["steps"]:
            if step["name"] == "thingspeak" and not self._reading:
                break
            for attempt in range(4):
                if attempt:  # it begins again without the page that took the memory, which comes back by itself
                    device.log("Short of memory: %s is tried again" % step["name"])
                    await device.make_room()
                step["state"] = "running"
                try:
                    code, step["detail"] = await self._prove(step)
                except MemoryError:
                    code, step["detail"] = "memory", ""
                if code != "memory":
                    break
            if attempt:
                device.server.go_on()
            step["state"] = "failed" if code else "ok"
            if code:
                error = (step, code)
                if step["name"] != "sensor":
                    break
        if error:
            self._fail(*error)
        else:
            self._commit()

    def _fail(self, step, code):
        """The verdict: what was not tried is skipped, and the radio comes to rest or returns to the old network."""
        device, told = self._device, self._told
        step["state"] = "failed"
        for other in told["steps"]:
            if other["state"] == "waiting":
                other["state"] = "skipped"
        field = {"not_found": "ssid", "key_refused": "api_key", "sensor_other_type": "sensor"}.get(code)
        if code in ("wrong_password", "password_not_wanted"):
            field = "password"
        told["error"] = error = {"step": step["name"], "code": code, "field": field}
        if code == "not_found":
            with Borrowed():
                from core.ssid import similar

                meant = similar(self._settings["ssid"], device.wifi.networks)
            if meant:
                error["suggestion"] = meant
        told["state"] = "failed"
        told["can_retry"] = True
        told["can_keep"] = bool(told["address"])
        device.log("New settings: %s failed: %s %s" % (step["name"], code, step["detail"]))
        if not self._is_joined():
            device.wifi.disconnect()
        device.wifi.held = False

    def _commit(self):
        """Whether flash took them."""
        device, told = self._device, self._told
        if told["channel_id"]:
            self._settings["channel_id"] = told["channel_id"]
        try:
            device.save_settings(self._settings)
        except OSError:
            step = told["steps"][4]
            step["detail"] = ""
            self._fail(step, "flash_full")
            return False
        told["state"] = "done"
        told["error"] = None
        told["can_keep"] = told["can_retry"] = False
        device.log("New settings are stored")
        device.wifi.held = device.mode == "setup"
        if device.wifi.held:
            self._restart_at_s = device.clock.uptime_s() + 120  # time for a phone that lost the hotspot to come back and see it
            device.go_on("trial", self._leave())
        return True

    async def _leave(self):
        """Go over to the new settings: by the restart, or from the old network, and then the rejoin loop goes to the new one."""
        device = self._device
        if self._restart_at_s is None:
            await asyncio.sleep(2)  # who asked over the old network gets his answer first
            device.wifi.disconnect()
            return
        while device.clock.uptime_s() < self._restart_at_s:
            await asyncio.sleep(1)
        device.restart_soon("new settings")

    def _is_joined(self):
        """Whether the station is in this very network by the settings it had before."""
        before, settings = self._device.settings, self._settings
        if self._device.mode != "station" or not self._device.wifi.connected():
            return False
        return before["ssid"] == settings["ssid"] and before["password"] == settings["password"]

    async def _prove(self, step):
        """One step: (None, detail) when it works, otherwise (code, detail)."""
        device, name = self._device, step["name"]
        if name == "sensor":
            reading = await device.thermometer.fresh(self._settings["sensor"])
            if isinstance(reading, str):
                return reading, ""
            self._reading = reading
            return None, "%.1f °C, %.1f %%" % reading[3:5]

        if name == "wifi":
            return await self._prove_wifi(step)

        if name == "address":
            self._told["address"] = address = device.wifi.address()
            return (None, address) if address else ("no_address", "")

        if name == "internet":
            status, _, failure = await device.send(("GET", "http://connectivitycheck.gstatic.com/generate_204", {}, b""), 10)
            if status not in (0, 204) or failure in ("redirect", "reply"):
                return "browser_login_needed", ""
            if not status and failure != "memory":  # some networks block that server
                status, _, failure = await device.send(LOOK, 10)
            if failure == "memory":
                return failure, ""
            return None if status or failure in ("redirect", "reply") else "no_internet", ""

        return await self._prove_thingspeak(step)

    async def _prove_wifi(self, step):
        wifi, settings = self._device.wifi, self._settings
        if not self._is_joined():
            for step["detail"] in ("", "again"):
                verdict = await wifi.join(settings["ssid"], settings["password"])
                if verdict not in ("wrong_password", "not_found", "weak_signal"):  # a busy router answers like that once in a while
                    break
            if verdict not in ("joined", "no_address"):
                with Borrowed():
                    from core.join import reason

                    return reason(verdict, settings, wifi.networks), ""
        rssi_dbm = wifi.rssi_dbm()
        return None, "" if rssi_dbm is None else "%d dBm" % rssi_dbm

    async def _prove_thingspeak(self, step):
        device, settings, clock = self._device, self._settings, self._device.clock
        if clock.now() is None:  # a certificate can only be checked by one who knows the date
            await clock.synchronise()
        if clock.now() is None:
            await device.send(LOOK, 30)  # its reply tells the clock
        if clock.now() is None and settings["https"]:
            return "clock_unknown", ""
        for step["detail"] in ("", "turn", "turn", "turn"):
            if step["detail"]:
                await asyncio.sleep(16)  # ThingSpeak takes one write every 15 s for a channel
            reading = Reading(clock.now(), *self._reading[1:])  # a time that no other reading was sent with
            with Borrowed():
                from core import thingspeak

                request = thingspeak.update_request(settings, reading)
            thingspeak = None  # for there is to be room for the request
            status, body, failure = await device.send(request, 30)
            if failure:
                if failure in ("memory", "certificate"):
                    return failure, ""
                return "thingspeak_error", "connection" if failure == "refused" else failure
            with Borrowed():
                from core import thingspeak

                outcome, entry_id, channel_id = thingspeak.verdict(status, body)
            thingspeak = None
            if outcome == "accepted":
                self._told["channel_id"] = channel_id
                return None, str(entry_id)
            if outcome not in ("too_fast", "conflict"):
                return outcome if outcome in ("key_refused", "quota") else "thingspeak_error", str(status)
        return "thingspeak_busy", str(status)
