"""What goes next, and what each outcome means for the journal's cursor."""

from core.delivery import ADVANCE, PASS_OVER, STAY, failures_after, new, note, nothing_ahead, pause_s, size
from core.thingspeak import ACCEPTED, BAD_REQUEST, CONFLICT, KEY_REFUSED, NO_NETWORK, QUOTA, RETRY, TOO_FAST, Verdict


def said(outcome, entry_id=None, channel_id=None):
    return Verdict(outcome, entry_id, channel_id)


def tell(it, outcome, count=1, failure="", now_s=0, **told):
    return note(it, said(outcome, **told), failure, count, count == 1, now_s, 0.5)


def test_only_a_yes_or_an_already_there_moves_the_cursor():
    for outcome, expected in (
        (ACCEPTED, ADVANCE),
        (CONFLICT, ADVANCE),
        (TOO_FAST, STAY),
        (KEY_REFUSED, STAY),
        (QUOTA, STAY),
        (RETRY, STAY),
        (NO_NETWORK, STAY),
        (BAD_REQUEST, STAY),
    ):
        assert tell(new(1), outcome) == expected, outcome


def test_an_already_there_was_not_sent_by_us_now():
    it = new(1)
    tell(it, CONFLICT)
    assert it["sent"] == 0
    tell(it, ACCEPTED, entry_id=42)
    assert (it["sent"], it["last_entry_id"]) == (1, 42)


def test_without_a_channel_readings_go_one_by_one_and_the_reply_tells_it():
    it = new(None)
    assert size(it, 500) == 1
    tell(it, ACCEPTED, entry_id=1, channel_id=77)
    assert it["channel_id"] == 77
    assert size(it, 500) == 500
    assert size(it, 5000) == 960


def test_a_bulk_that_is_refused_for_its_key_asks_for_the_channel_again():
    it = new(1)
    assert tell(it, KEY_REFUSED, count=960) == STAY
    assert size(it, 960) == 1
    assert it["state"] != "key_refused"
    tell(it, KEY_REFUSED)
    assert (it["state"], it["problem"]) == ("key_refused", "key_refused")


def test_each_trouble_is_named():
    for outcome, failure, state, problem in (
        (QUOTA, "", "quota", "quota"),
        (RETRY, "timeout", "error", "thingspeak_error"),
        (RETRY, "certificate", "error", "certificate"),
        (NO_NETWORK, "no_network", "offline", None),
        (TOO_FAST, "", "waiting", None),
        (ACCEPTED, "", "ok", None),
    ):
        it = new(1)
        tell(it, outcome, failure=failure)
        assert (it["state"], it["problem"]) == (state, problem), outcome


def deliver(it, journal, refuses, rounds=400, seconds=0):
    """Play ThingSpeak: readings for which `refuses` is true are bad requests. Returns what was stored and what was passed over."""
    cursor, stored, passed_over = 0, [], []
    for _ in range(rounds):
        waiting = len(journal) - cursor
        if not waiting:
            break
        batch = journal[cursor + it["ahead"] :][: size(it, waiting)]
        if not batch:
            nothing_ahead(it, seconds, 0.5)
            continue
        if any(refuses(reading) for reading in batch):
            outcome = BAD_REQUEST
        elif len(batch) == 1 and batch[0] in stored:
            outcome = CONFLICT
        else:
            outcome = ACCEPTED
            stored += [reading for reading in batch if reading not in stored]
        step = tell(it, outcome, count=len(batch))
        if step == ADVANCE:
            cursor += len(batch)
        elif step == PASS_OVER:
            passed_over.append(journal[cursor])
            cursor += 1
    return stored, passed_over


def test_poison_never_blocks_the_rest():
    journal = list(range(300))
    for poison in ([0], [299], [150], [17, 18], [10, 11, 12, 200], []):
        stored, passed_over = deliver(new(1), journal, lambda reading, poison=poison: reading in poison)
        assert sorted(stored) == [reading for reading in journal if reading not in poison], poison
        assert passed_over == [reading for reading in poison if reading != 299], "nothing newer proves the last one bad"


def test_the_newest_reading_is_passed_over_once_a_newer_one_was_stored():
    assert deliver(new(1), [0, 1, 2, 3], lambda reading: reading == 2) == ([0, 1, 3], [2])


def test_a_server_that_refuses_everything_for_a_while_costs_no_reading():
    attempts = [0]

    def refuses(_):
        attempts[0] += 1
        return attempts[0] < 60

    journal = list(range(40))
    stored, passed_over = deliver(new(1), journal, refuses)
    assert (sorted(stored), passed_over) == (journal, [])


def test_trouble_makes_the_bulks_smaller_but_not_tiny():
    it = new(1)
    for _ in range(10):
        tell(it, RETRY, count=size(it, 5000))
    assert 50 < size(it, 5000) < 100
    for _ in range(10):
        tell(it, ACCEPTED, count=size(it, 5000))
    assert size(it, 5000) == 960


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
