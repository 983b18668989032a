"""Holding the BOOT button: what it asks for."""

SETUP = "setup"
ERASE = "erase"

SETUP_HOLD_S = 3
ERASE_HOLD_S = 10


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
