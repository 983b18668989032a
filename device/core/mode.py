"""The mode: set-up or station, decided once at power-on."""

PORTAL = "portal"
STATION = "station"
SAFE = "safe"

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
