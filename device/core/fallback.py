"""The fallback: when a station opens its hotspot beside its retries, and when it closes it again."""


class Fallback:
    """When a station opens its hotspot beside the retries, when it closes it again, and when retries pause.

    first_start: these settings have not been joined with since they were set up; then a person still stands beside the device.
    """

    PATIENCE_S = 300
    FIRST_PATIENCE_S = 60
    SETTLED_S = 15
    LONGEST_PAUSE_S = 600

    def __init__(self, now_s, first_start=False):
        self.open = False
        self.settled = False
        """Joined for so long that the next loss is like a first one: another Fallback decides as well as this one."""
        self._patience_s = self.FIRST_PATIENCE_S if first_start else self.PATIENCE_S
        self._changed_s = now_s
        self._joined = False
        self._phone_since_s = None

    def update(self, now_s, joined, phones):
        """Take the state at `now_s` (uptime); returns whether the hotspot is to be open. phones: how many use the hotspot."""
        if joined != self._joined:
            self._joined = joined
            self._changed_s = now_s
        lasting_s = now_s - self._changed_s
        self.settled = joined and lasting_s >= self.SETTLED_S
        if self.settled:
            self.open = False
            self._patience_s = self.PATIENCE_S
        elif not joined and lasting_s >= self._patience_s:
            self.open = True
        if not (self.open and phones):
            self._phone_since_s = None
        elif self._phone_since_s is None:
            self._phone_since_s = now_s
        return self.open

    def retries_pause(self, now_s):
        """Whether a phone on the hotspot must not be disturbed by retries, which hop channels.

        A phone that stays for ever must not keep the station from its network for ever: after `LONGEST_PAUSE_S` retries go on.
        """
        return self._phone_since_s is not None and now_s - self._phone_since_s < self.LONGEST_PAUSE_S
