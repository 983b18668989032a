"""Which module answers which path in station mode. Loaded on demand."""

_PATHS = """
readings readings_page document
api/history history_api
readings.csv readings_csv
metrics metrics_page document
login login_page
logout login_page
settings settings_page private
settings/restart settings_actions private
settings/setup settings_actions private
settings/erase settings_actions private
settings/download settings_file private
settings/restore settings_file private
settings/apply settings_file private
setup trial_page private
setup/keep trial_page private
api/setup trial_page private
diagnostics.txt diagnostics private document
"""
# A line: path, the module whose `get(station, request)` or `post(station, request)` answers it, whether it is behind the device
# password, and whether it needs `request.document`, see now.py. A text, because as a dict it would take three times the heap.


def entry(path):
    """The words of its line; None for a path that is not in the table."""
    start = _PATHS.find("\n%s " % path)
    if start < 0 or "\n" in path:
        return None
    return _PATHS[start + 1 : _PATHS.find("\n", start + 1)].split()
