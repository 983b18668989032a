"""How long to wait after what."""

from core.outcomes import ACCEPTED, BAD_REQUEST, CONFLICT, KEY_REFUSED, NO_NETWORK, QUOTA, RETRY, TOO_FAST
from core.schedule import failures_after, pause_s


def pauses_after_trouble(times, chance=1.0):
    failures, pauses = 0, []
    for _ in range(times):
        failures = failures_after(RETRY, failures)
        pauses.append(pause_s(RETRY, failures, chance))
    return pauses


def test_thingspeak_gets_its_fifteen_seconds_between_writes():
    for outcome in (ACCEPTED, TOO_FAST):
        assert 15 < pause_s(outcome, 0, 0.5) < 20


def test_each_outcome_has_its_pause():
    table = ((KEY_REFUSED, 600, 600), (QUOTA, 3600, 3600), (CONFLICT, 0, 2), (BAD_REQUEST, 0, 2), (NO_NETWORK, 1, 30))
    for outcome, shortest_s, longest_s in table:
        assert shortest_s <= pause_s(outcome, 0, 0.5) <= longest_s, outcome


def test_trouble_makes_the_pauses_longer_up_to_ten_minutes():
    pauses_s = pauses_after_trouble(20)
    assert pauses_s == sorted(pauses_s)
    assert pauses_s[0] <= 15
    assert pauses_s[-1] == 600


def test_devices_do_not_come_back_all_at_once():
    pauses_s = {pauses_after_trouble(10, tenths / 10)[-1] for tenths in range(11)}
    assert len(pauses_s) > 8
    assert min(pauses_s) >= 450 and max(pauses_s) <= 600


def test_success_forgives_and_a_missing_network_costs_nothing():
    assert failures_after(NO_NETWORK, 5) == 5
    for outcome in (ACCEPTED, TOO_FAST, CONFLICT, KEY_REFUSED):
        assert failures_after(outcome, 5) == 0, outcome
