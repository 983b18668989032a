"""The mode: set-up or station, decided once at power-on, and what is trusted after starts that did not last."""

SETUP = "setup"
STATION = "station"

QUICK_STARTS = 3
_TRIES = 5


def choose(settings, setup_wanted=False, quick_starts=0, bad_starts=0):
    """SETUP or STATION.

    settings: dict, or None where there are none that can be used. setup_wanted: the person asked for it (button, settings page).
    quick_starts: starts in a row, this one included, that power cut short. bad_starts: see `notice`.
    """
    if settings is None or setup_wanted or quick_starts >= QUICK_STARTS or bad_starts >= 2 * _TRIES:
        return SETUP
    return STATION


def goes_back(bad_starts):
    """Whether the last settings that worked are to take the place of the present ones.

    bad_starts: starts before this one, in a row, that did not last a minute.
    """
    return _TRIES <= bad_starts < 2 * _TRIES


def notice(bad_starts):
    """The code of what a person is told about it, or None when all is normal."""
    if bad_starts < _TRIES:
        return None
    return "restarted_often" if bad_starts < 2 * _TRIES else "setup_only"


def quick_starts(counted, by_power):
    """How many quick starts there are now, to be kept for ten seconds and then set to 0.

    counted: what was kept. by_power: this start came from power-on (a restart by the firmware does not count).
    """
    return min(counted + 1, QUICK_STARTS) if by_power else 0
