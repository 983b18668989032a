"""The mode: what a start, a finger and a lost Wi-Fi lead to."""

from core import mode
from core.fallback import Fallback
from core.holding import ERASE, SETUP, Holding

SETTINGS = {"ssid": b"Home"}


def test_a_start_chooses_its_mode():
    cases = (
        ((None,), {}, mode.SETUP),
        ((SETTINGS,), {}, mode.STATION),
        ((SETTINGS,), {"setup_wanted": True}, mode.SETUP),
        ((SETTINGS,), {"quick_starts": 2}, mode.STATION),
        ((SETTINGS,), {"quick_starts": 3}, mode.SETUP),
        ((SETTINGS,), {"bad_starts": 9}, mode.STATION),
        ((SETTINGS,), {"bad_starts": 10}, mode.SETUP),
        ((None,), {"bad_starts": 10}, mode.SETUP),
    )
    for arguments, facts, expected in cases:
        assert mode.choose(*arguments, **facts) == expected, facts


def test_starts_that_do_not_last_go_back_to_settings_that_worked_and_then_to_set_up():
    for bad_starts, goes_back, notice in ((0, False, None), (4, False, None), (5, True, "restarted_often"), (10, False, "setup_only")):
        assert (mode.goes_back(bad_starts), mode.notice(bad_starts)) == (goes_back, notice), bad_starts


def test_three_power_cycles_count_and_restarts_do_not():
    counted = 0
    for expected in (1, 2, 3, 3):
        counted = mode.quick_starts(counted, by_power=True)
        assert counted == expected
    assert mode.quick_starts(2, by_power=False) == 0


def held(*steps):
    """What the button asks for over (pressed, seconds) steps, looked at ten times a second."""
    holding = Holding()
    holding.update(False, 0)
    asked, levels, tenths = [], [], 0
    for pressed, seconds in steps:
        for _ in range(int(seconds * 10)):
            tenths += 1
            answer = holding.update(pressed, tenths / 10)
            if answer:
                asked.append(answer)
            if holding.level not in levels:
                levels.append(holding.level)
    return asked, levels


def test_a_tap_asks_for_nothing():
    assert held((True, 1), (False, 1)) == ([], [None])


def test_three_seconds_ask_for_set_up_when_let_go():
    assert held((True, 4), (False, 1)) == ([SETUP], [None, SETUP])
    assert held((True, 4))[0] == []


def test_ten_seconds_ask_for_erasing_once():
    assert held((True, 30), (False, 1)) == ([ERASE], [None, SETUP, ERASE])


def test_two_short_presses_are_not_one_long():
    assert held((True, 2), (False, 0.2), (True, 2), (False, 1))[0] == []


def test_a_button_that_is_down_from_the_start_is_ignored_until_let_go():
    holding = Holding()
    assert [holding.update(True, now) for now in range(30)] == [None] * 30
    assert holding.update(False, 30) is None
    holding.update(True, 31)
    holding.update(True, 35)
    assert holding.update(False, 36) == SETUP


def opened_at(fallback, begin_s, end_s, joined=False, answered=0):
    """The first second at which the hotspot is open, or None."""
    for now_s in range(begin_s, end_s):
        if fallback.update(now_s, joined, answered):
            return now_s
    return None


def test_the_hotspot_comes_back_after_five_minutes():
    assert opened_at(Fallback(0), 0, 1000) == 300


def test_at_the_first_start_it_comes_after_one():
    assert opened_at(Fallback(0, first_start=True), 0, 1000) == 60


def test_it_leaves_when_the_network_is_back_and_returns_at_each_outage():
    fallback = Fallback(0, first_start=True)
    now_s = 0
    for patience_s in (60, 300, 300):
        assert opened_at(fallback, now_s, now_s + 1000) == now_s + patience_s
        now_s += 1000
        assert fallback.update(now_s, True, 0)
        assert opened_at(fallback, now_s + 15, now_s + 100, joined=True) is None
        now_s += 100


def test_a_network_that_flickers_does_not_close_it():
    fallback = Fallback(0)
    opened_at(fallback, 0, 400)
    assert fallback.update(401, True, 0)
    assert fallback.update(410, True, 0)
    assert fallback.update(411, False, 0)
    assert fallback.update(420, True, 0)
    assert not fallback.update(435, True, 0)


def test_a_short_outage_opens_nothing():
    fallback = Fallback(0)
    fallback.update(0, True, 0)
    fallback.update(100, True, 0)
    assert opened_at(fallback, 101, 400) is None
    fallback.update(400, True, 0)
    assert opened_at(fallback, 401, 700) is None


def test_retries_pause_while_a_person_asks_and_not_for_a_phone_that_merely_stays():
    fallback = Fallback(0)
    opened_at(fallback, 0, 301, answered=7)
    assert not fallback.retries_pause(301)
    fallback.update(310, False, 8)
    assert fallback.retries_pause(311)
    fallback.update(371, False, 8)
    assert not fallback.retries_pause(371), "a minute without a request"
    fallback.update(380, False, 9)
    assert fallback.retries_pause(380)


def test_a_page_left_open_for_ever_does_not_keep_the_station_away():
    fallback = Fallback(0)
    opened_at(fallback, 0, 301)
    for now_s in range(301, 901, 10):
        fallback.update(now_s, False, now_s)
        assert fallback.retries_pause(now_s)
    fallback.update(901, False, 901)
    assert not fallback.retries_pause(901)
