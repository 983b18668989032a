"""The fallback: a station without its network opens the hotspot beside its retries."""

PATIENCE_S = 300
FIRST_PATIENCE_S = 60
SETTLED_S = 15
IN_USE_S = 60
LONGEST_PAUSE_S = 600


class Fallback:
    """When a station opens its hotspot beside the retries, when it closes it again, and when retries pause.

    first_start: these settings have not been joined with since they were set up; then a person still stands beside the device.
    """

    def __init__(self, now_s, first_start=False):
        self.open = False
        self.settled = False
        """Joined for so long that the next loss is like a first one."""
        self._patience_s = FIRST_PATIENCE_S if first_start else PATIENCE_S
        self._changed_s = now_s
        self._joined = False
        self._answered = 0
        self._used_s = self._used_since_s = None

    def update(self, now_s, joined, answered):
        """Take the state at `now_s` (uptime); returns whether the hotspot is to be open. answered: requests answered so far."""
        if joined != self._joined:
            self._joined = joined
            self._changed_s = now_s
        lasting_s = now_s - self._changed_s
        self.settled = joined and lasting_s >= SETTLED_S
        if self.settled:
            self.open = False
            self._patience_s = PATIENCE_S
        elif not joined and lasting_s >= self._patience_s:
            self.open = True
        if not self.open:
            self._used_since_s = None
        elif answered != self._answered:
            self._used_s = now_s
            if self._used_since_s is None:
                self._used_since_s = now_s
        elif self._used_since_s is not None and now_s - self._used_s > IN_USE_S:
            self._used_since_s = None
        self._answered = answered
        return self.open

    def retries_pause(self, now_s):
        """Whether a person on the hotspot must not be disturbed by retries, which hop channels.

        It is requests that count: a phone that merely stays joined keeps nobody from the network. A page that is left open for ever
        must not either: after `LONGEST_PAUSE_S` retries go on.
        """
        return self._used_since_s is not None and now_s - self._used_since_s < LONGEST_PAUSE_S
