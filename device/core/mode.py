"""The mode, decided once at power-on, and what is trusted after starts that did not last."""

_TRIES = 5


def choose(settings, setup_wanted=False, quick_starts=0, trouble=None):
    """The mode: "setup" or "station".

    settings: dict, or None where there are none that can be used. setup_wanted: the person asked for it (button, settings page).
    quick_starts: starts in a row, this one included, that power cut short. trouble: see there.
    """
    is_setup = settings is None or setup_wanted or quick_starts >= 3 or trouble == "setup_only"
    return "setup" if is_setup else "station"


def trouble(bad_starts):
    """None, "restarted_often": the last settings that worked take the place of the present ones, or "setup_only" when those fail, too.

    bad_starts: starts before this one, in a row, that did not last a minute. A person is told the word.
    """
    return (None, "restarted_often", "setup_only")[min(2, bad_starts // _TRIES)]
