"""A trial put off until after a restart: beside the measuring there is no room for it."""

from core.setup_check import SetupCheck
from core.ssid import shown


class LaterTrial:
    """Takes the place of a `Trial` while the hotspot helps a station out: what it is given is tried in set-up mode.

    Of `parts` it uses wifi and `try_after_restart(settings)`, which raises OSError.
    """

    def __init__(self, parts):
        self._parts = parts
        self._check = SetupCheck()
        self._ssid_text = None

    def start(self, settings):
        self._ssid_text = shown(settings["ssid"])
        self._check.begin()
        self._check.start("wifi", "Dewlog restarts first")
        try:
            self._parts.try_after_restart(settings)
        except OSError:
            self._check.fail("wifi", "flash_full")

    def state(self, seen=False):
        """The answer of `GET /api/setup`, as `Trial.state` gives it."""
        answer = self._check.as_dict()
        answer["hostname"] = self._parts.wifi.hostname + ".local"
        answer["ssid"] = self._ssid_text
        answer["can_keep"] = False
        for name in ("address", "channel_id", "restart_in_s", "message", "address_url", "hostname_url", "channel_url"):
            answer[name] = None
        return answer

    def keep(self):
        return False
