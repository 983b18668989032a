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
        text = read(self.path)
        settings = self._understood(text)
        if settings or text is None and read(self.good_path) is None:
            return settings
        self.problem = "The stored settings were damaged; the last ones that worked took their place."
        settings = self._understood(read(self.good_path))
        if settings:
            try:
                self.go_back()
            except OSError:
                pass  # flash is full: the good copy serves at the next start, too
        return settings

    def _understood(self, text):
        """The settings in a file's bytes, or None. Only what is understood is ever copied."""
        try:
            return None if text is None else load("core.settings").from_json(text)
        except ValueError:
            return None

    def save(self, settings):
        """Store them all or not at all. Raises OSError; ValueError for what `load` would refuse."""
        rules = load("core.settings")
        text = rules.to_json(settings)
        rules.from_json(text)
        write_atomically(self.path, text.encode())

    def mark_good(self):
        """The stored settings work: keep a copy to fall back to. Writes only when they differ."""
        text = read(self.path)
        if text != read(self.good_path) and self._understood(text):
            write_atomically(self.good_path, text)

    def are_good(self):
        """Whether the stored settings are the last ones that are known to work."""
        return read(self.path) == read(self.good_path)

    def go_back(self):
        """Make the last good settings the current ones; False when there are none, or flash does not take them."""
        text = read(self.good_path)
        if not self._understood(text):
            return False
        try:
            write_atomically(self.path, text)
        except OSError:
            return False
        return True
