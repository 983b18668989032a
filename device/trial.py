"""The trial of new settings: each step proven for real before anything is replaced."""

import asyncio

from core.on_demand import ALL_BYTES, Borrowed
from micropython import const

_ROOM_BYTES = const(12 * 1024)  # what a step may take
_LOOK = ("HEAD", "http://api.thingspeak.com/", {}, b"")


class Trial:
    """Proves settings while the page that asked for it stays up, commits them when they work, and in set-up mode restarts once seen.

    The sensor comes first, for it needs no network. Where it fails the other steps are tried all the same, up to the upload, which would
    need a reading: so settings can be kept before the sensor is wired. A failed trial changes nothing; the old network is joined again.
    What proves the other steps, and the verdict, stands in proof.py: where a request needs the memory, it is not there.

    Of `device` it uses: mode, settings, wifi, thermometer, clock, log; tasks, send, save_settings, make_room, server, restart_soon, go_on.
    While it runs, and until the restart, `device.wifi.held` keeps the rejoin loop away.
    """

    def __init__(self, device):
        self.device = device
        self.settings = self.reading = self.restart_at_s = None
        self.told = {"state": "idle"}  # what `state` returns

    def start(self, settings):
        """Begin; False while one runs, or when one has worked and the restart is due."""
        if self.told["state"] == "running" or self.restart_at_s:
            return False
        self.settings = settings
        names = ("sensor", "wifi", "address", "internet", "thingspeak")
        steps = [{"name": name, "state": "waiting", "detail": ""} for name in names]
        self.told = {"state": "running", "ssid": "", "steps": steps, "error": None, "address": None, "channel_id": None}
        self.told["restart_in_s"] = None
        device = self.device
        try:  # at the start, for a trial breaks what is free into small pieces
            device.heap.reserve = bytearray(1872)  # not more, for others would nest in the rest: tls.SSLContext takes 1,868
        except MemoryError:
            pass  # its TLS session has to find one
        device.wifi.held = True
        if "measuring" not in device.tasks:  # after starts that did not last, see power_on.py
            device.go_on("measuring", device.thermometer.measure())
        device.go_on("trial", self._run())
        return True

    def retry(self):
        """Try the same settings again; False when none have failed."""
        return self.told["state"] == "failed" and self.start(self.settings)

    def keep(self):
        """Commit settings whose Wi-Fi works although another step failed; False when there are none."""
        if not self.state().get("can_keep"):
            return False
        with Borrowed():
            from proof import commit, is_joined

            joined = is_joined(self)
            if commit(self):
                self.device.go_on("trial", self._leave(joined))
        return True

    def state(self, seen=False):
        """The answer of `GET /api/setup`. seen: a person is about to see it; a verdict seen shortens the wait for the restart."""
        told = dict(self.told)
        told["can_retry"] = told["state"] == "failed"
        told["can_keep"] = told["can_retry"] and bool(told["address"])
        if self.restart_at_s:
            now_s = self.device.clock.uptime_s()
            if seen:
                self.restart_at_s = min(self.restart_at_s, now_s + 12)
            told["restart_in_s"] = max(0, self.restart_at_s - now_s)
        return told

    async def _run(self):
        device, failed = self.device, None
        await asyncio.sleep(0.3)  # the answer to who asked goes out first, and its memory comes back
        for step in self.told["steps"]:
            name = step["name"]
            if failed and name == "thingspeak":
                break
            step["state"] = "running"
            for room_bytes in (_ROOM_BYTES, ALL_BYTES, ALL_BYTES):
                await device.make_room(room_bytes)
                code = await self._prove(name, step)
                if code != "memory":
                    break
            device.server.go_on()
            await asyncio.sleep(1)  # who has waited sees how far it is
            step["state"] = "failed" if code else "ok"
            if code:
                failed = step, code
                if name != "sensor":
                    break
        await device.make_room(_ROOM_BYTES)
        try:
            self._conclude(failed)
        except MemoryError:
            await device.make_room(ALL_BYTES)
            self._conclude(failed)  # where even this fails, a restart is better than a trial without an end
        device.heap.reserve = None  # it may have ended before TLS began
        device.server.go_on()
        device.go_on("trial", self._leave(True))

    def _conclude(self, failed):
        with Borrowed():
            from proof import commit, fail

            if failed:
                fail(self, *failed)
            else:
                commit(self)

    async def _leave(self, joined):
        """Go over to the new settings: by the restart, or from the old network, and then the rejoin loop goes to the new one."""
        device = self.device
        if self.restart_at_s:
            while device.clock.uptime_s() < self.restart_at_s:
                await asyncio.sleep(1)
            device.restart_soon("new settings")
        elif not joined:
            await asyncio.sleep(2)  # who asked over the old network gets his answer first
            device.wifi.disconnect()

    async def _prove(self, name, step):
        """One step: None when it works, otherwise a code. What else there is to say of it goes into `detail`."""
        step["detail"] = ""
        try:
            if name == "internet":
                return await self._ask_around()
            if name == "thingspeak":
                return await self._upload(step)
            with Borrowed():
                from proof import prove
            return await prove(self, name, step)
        except MemoryError:
            return "memory"

    async def _ask_around(self):
        send = self.device.send
        status, _, failure = await send(("GET", "http://connectivitycheck.gstatic.com/generate_204", {}, b""), 10)
        if status not in (0, 204) or failure in ("redirect", "reply"):
            return "browser_login_needed"
        if not status and failure != "memory":  # some networks block that server
            status, _, failure = await send(_LOOK, 10)
        if status or failure in ("redirect", "reply"):
            return None
        return "memory" if failure == "memory" else "no_internet"

    async def _upload(self, step):
        device, settings, clock = self.device, self.settings, self.device.clock
        if clock.now() is None:  # a certificate can only be checked by one who knows the date
            await clock.synchronise()
        if clock.now() is None:
            await device.send(_LOOK, 30)  # its reply tells the clock
        if clock.now() is None and settings["https"]:
            return "clock_unknown"
        for step["detail"] in ("", "turn", "turn", "turn"):
            if step["detail"]:
                await asyncio.sleep(16)  # ThingSpeak takes one write every 15 s for a channel
            with Borrowed():
                from core.thingspeak import update_request

                request = update_request(settings, self.reading, clock.now())  # a time that no other reading was sent with
            update_request = None  # for there is to be room for the request
            status, body, failure = await device.send(request, 30)
            with Borrowed():
                from proof import told_by_reply

                code, step["detail"], self.told["channel_id"] = told_by_reply(status, body, failure)
            told_by_reply = None
            if code != "thingspeak_busy":
                break
        return code
