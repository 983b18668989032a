"""The mode: what a start leads to."""

from core import mode

SETTINGS = {"ssid": b"Home"}


def test_a_start_chooses_its_mode():
    cases = (
        ((None,), {}, "setup"),
        ((SETTINGS,), {}, "station"),
        ((SETTINGS,), {"setup_wanted": True}, "setup"),
        ((SETTINGS,), {"quick_starts": 2}, "station"),
        ((SETTINGS,), {"quick_starts": 3}, "setup"),
        ((SETTINGS,), {"trouble": "restarted_often"}, "station"),
        ((SETTINGS,), {"trouble": "setup_only"}, "setup"),
        ((None,), {"trouble": "restarted_often"}, "setup"),
    )
    for arguments, facts, expected in cases:
        assert mode.choose(*arguments, **facts) == expected, facts


def test_starts_that_do_not_last_go_back_to_settings_that_worked_and_then_to_set_up():
    for bad_starts, trouble in ((0, None), (4, None), (5, "restarted_often"), (10, "setup_only"), (99, "setup_only")):
        assert mode.trouble(bad_starts) == trouble, bad_starts
