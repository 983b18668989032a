"""The desk: what the web app and the trial ask of the device."""

from core.access import Access
from hardware import board, flash, power

FLASH_LOOK_S = 600  # littlefs walks all its blocks to tell what is free


class Desk:
    """Everything that `device` (app.Device) has, and what is only asked for while somebody looks."""

    def __init__(self, device):
        self._device = device
        self._flash_free = self._flash_seen_s = None
        self.access = device.access = device.access or Access(
            device.wifi.names, device.state["hotspot_password"], power.random_bytes, board.OPEN_HOTSPOT
        )

    def __getattr__(self, name):
        return getattr(self._device, name)

    @property
    def settings(self):
        return self._device.settings

    @property
    def draft(self):
        """Settings as they were typed, not yet proven: a phone loses its page each time the hotspot changes channel."""
        return self._device.draft

    @draft.setter
    def draft(self, settings):
        self._device.draft = settings

    @property
    def mode(self):
        return "station" if self._device.station else "setup"

    @property
    def has_tried(self):
        """Whether there is a trial to tell of."""
        return self._device.trial is not None

    @property
    def trial(self):
        """The trial of new settings, made when somebody first asks for it."""
        if self._device.trial is None:
            from trial import Trial

            self._device.trial = Trial(self)
        return self._device.trial

    @property
    def restarts(self):
        """Restarts since power-on."""
        return self.memory.get("starts") - 1

    def may_change(self, request):
        """Whether this visitor may change things: his door says so, or he has logged in."""
        self.access.has_settings = self.settings is not None
        return self.access.may_change(request.door, request.cookies.get("dewlog"), self.clock.uptime_s())

    def flash_free(self):
        """Bytes, as they were at most `FLASH_LOOK_S` ago."""
        now_s = self.clock.uptime_s()
        if self._flash_free is None or now_s - self._flash_seen_s >= FLASH_LOOK_S:
            self._flash_free = flash.free_bytes()
            self._flash_seen_s = now_s
        return self._flash_free

    def crashes(self):
        """The records of the last crashes, oldest first."""
        from hardware.crash_log import load

        return load()

    def open_setup_soon(self):
        """Restart into set-up mode; settings and readings stay."""
        self.memory.set("setup_wanted", 1)
        self.restart_soon("set-up was asked for")

    def erase_soon(self, what="everything"):
        """Forget "readings", "settings" or "everything" and restart; the label stays true."""
        from hardware.repair import erase

        erase(what)
        self.restart_soon("erased")
