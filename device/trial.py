"""The trial of new settings: how far it is, and what may be done about it. What proves them is proving.py."""

import asyncio

from core.on_demand import Borrowed


class Trial:
    """Proves settings while the page that asked for it stays up, commits them when they work, and in set-up mode restarts once seen.

    The sensor comes first, for it needs no network. Where it fails the other steps are tried all the same, up to the upload, which would
    need a reading: so settings can be kept before the sensor is wired. A failed trial changes nothing; the old network is joined again.
    Once it has ended this is all that stays of it: a person who tries again needs the memory.

    Of `device` it and proving.py use: mode, settings, wifi, thermometer, clock, log; tasks, send, save_settings, make_room, server,
    restart_soon, go_on.
    While it runs, and until the restart, `device.wifi.held` keeps the rejoin loop away.
    """

    def __init__(self, device):
        self.device = device
        self.settings = self.reading = self.restart_at_s = None
        self.seen_s = 0  # uptime when somebody looked at it last
        self.told = {"state": "idle"}  # what `state` returns

    def start(self, settings):
        """Begin; False while one runs, or when one has worked and the restart is due."""
        if self.told["state"] == "running" or self.restart_at_s:
            return False
        with Borrowed():
            from proving import run
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
        device.go_on("trial", run(self))
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
                self.device.go_on("trial", self.leave(joined))
        return True

    async def leave(self, joined):
        """Go over to the new settings: by the restart, or from the old network, and then the rejoin loop goes to the new one."""
        device = self.device
        if self.restart_at_s:
            while device.clock.uptime_s() < self.restart_at_s:
                await asyncio.sleep(1)
            device.restart_soon("new settings")
        elif not joined:
            await asyncio.sleep(2)  # who asked over the old network gets his answer first
            device.wifi.disconnect()

    def state(self, seen=False):
        """The answer of `GET /api/setup`. seen: a person is about to see it; a verdict seen shortens the wait for the restart."""
        told = dict(self.told)
        told["can_retry"] = told["state"] == "failed"
        told["can_keep"] = told["can_retry"] and bool(told["address"])
        now_s = self.device.clock.uptime_s()
        if seen:
            self.seen_s = now_s
        if self.restart_at_s:
            if seen:
                self.restart_at_s = min(self.restart_at_s, now_s + 12)
            told["restart_in_s"] = max(0, self.restart_at_s - now_s)
        return told
