"""The mode: set-up or station, when the hotspot helps out, and what a held button asks for."""

PORTAL = "portal"
STATION = "station"
SAFE = "safe"

SETUP = "setup"
ERASE = "erase"

SETUP_HOLD_S = 3
ERASE_HOLD_S = 10

QUICK_STARTS = 3
QUICK_START_S = 10
"""A start counts as quick while power went away again within this many seconds."""


def choose(settings, portal_wanted=False, quick_starts=0, safe=False):
    """PORTAL, STATION or SAFE.

    settings: dict, or None where there are none that can be used. portal_wanted: the person asked for it (button, settings page).
    quick_starts: starts in a row, this one included, that power cut short. safe: too many bad starts.
    """
    if safe:
        return SAFE
    if settings is None or portal_wanted or quick_starts >= QUICK_STARTS:
        return PORTAL
    return STATION


def quick_starts(counted, by_power):
    """How many quick starts there are now, to be kept until `QUICK_START_S` have passed and then set to 0.

    counted: what was kept. by_power: this start came from power-on (a restart by the firmware does not count).
    """
    return min(counted + 1, QUICK_STARTS) if by_power else 0


class Holding:
    """The BOOT button: let go after 3 s it asks for set-up; held for 10 s it asks for erasing everything.

    `level` tells while it is held how far it is: None, SETUP or ERASE (for the LED). A button that is down from the start is
    ignored until it has been let go once.
    """

    def __init__(self):
        self.level = None
        self._since_s = None
        self._ignored = True

    def update(self, pressed, now_s):
        """Say what the button does at `now_s` (any monotonic seconds). Returns SETUP or ERASE once when it is asked for, else None."""
        if not pressed:
            asked = None if self._ignored else self.level
            self.level = self._since_s = None
            self._ignored = False
            return asked
        if self._ignored:
            return None
        if self._since_s is None:
            self._since_s = now_s
        held_s = now_s - self._since_s
        if held_s >= ERASE_HOLD_S:
            self.level = ERASE
            self._ignored = True
            return ERASE
        if held_s >= SETUP_HOLD_S:
            self.level = SETUP
        return None


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
        if joined and lasting_s >= self.SETTLED_S:
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
