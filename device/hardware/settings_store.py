"""The stored settings, and the last ones that are known to work."""

from core.on_demand import load
from hardware.flash import read, write_atomically


class SettingsStore:
    """Settings on flash. `save` is for settings that were proven, or that a person insists on; `mark_good` remembers them as working
    after a while of good running, `go_back` returns to those.
    """

    def __init__(self, directory=""):
        self.path = directory + "/settings.json"
        self.good_path = directory + "/settings.good.json"
        self.problem = None
        """A sentence about why the last `load` fell back, or None."""

    def load(self):
        """The settings (dict), or None for a device that has none. Damaged ones are replaced by the last good ones; `problem` says so."""
        self.problem = None
        for path in (self.path, self.good_path):
            text = read(path)
            if text is None:
                continue
            try:
                return load("core.settings").from_json(text)
            except ValueError as error:
                self.problem = self.problem or "The stored settings cannot be used, the last good ones are: %s" % error
        return None

    def save(self, settings):
        """Store them all or not at all. Raises OSError."""
        write_atomically(self.path, load("core.settings").to_json(settings).encode())

    def mark_good(self):
        """The stored settings work: keep a copy to fall back to. Writes only when they differ."""
        text = read(self.path)
        if text is not None and text != read(self.good_path):
            write_atomically(self.good_path, text)

    def are_good(self):
        """Whether the stored settings are the last ones that are known to work."""
        return read(self.path) == read(self.good_path)

    def go_back(self):
        """Make the last good settings the current ones; False when there are none."""
        text = read(self.good_path)
        if text is None:
            return False
        write_atomically(self.path, text)
        return True
