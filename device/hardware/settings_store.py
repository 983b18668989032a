"""The stored settings, and the last ones that are known to work."""

from core.settings import check, from_json, to_json
from hardware.flash import keep, read, write_atomically


class SettingsStore:
    """Settings on flash. `save` is for settings that were proven, or that a person insists on; `mark_good` remembers them as working
    after a while of good running, `go_back` returns to those. Only what was read and understood is ever copied.
    """

    def __init__(self, directory=""):
        self.path = directory + "/settings.json"
        self.good_path = directory + "/settings.good.json"
        self.problem = None
        """The code of what made the last `load` fall back, or None."""

    def load(self):
        """The settings (dict), or None for a device that has none. Damaged ones are replaced by the last good ones."""
        text = read(self.path)
        settings = _understood(text)
        if not settings:
            good = read(self.good_path)
            settings = _understood(good)
            if text is not None or good is not None:
                self.problem = "settings_damaged"
            self.go_back()
        return settings

    def save(self, settings):
        """Store them all or not at all. Raises OSError; ValueError for what `load` would refuse."""
        check(settings)
        write_atomically(self.path, to_json(settings).encode())

    def mark_good(self):
        """The stored settings work: keep a copy to fall back to. Writes only when they differ."""
        self._copy(self.path, self.good_path)

    def are_good(self):
        """Whether the stored settings are the last ones that are known to work."""
        return read(self.path) == read(self.good_path)

    def go_back(self):
        """Make the last good settings the current ones; False when there are none or flash takes nothing."""
        return self._copy(self.good_path, self.path)

    def _copy(self, path, other):
        text = read(path)
        return _understood(text) is not None and (text == read(other) or keep(other, text))


def _understood(text):
    """The settings in a file's bytes, or None where there is no file or nothing to be understood."""
    try:
        return None if text is None else from_json(text)
    except ValueError:
        return None
