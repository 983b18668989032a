"""What goes next, and what each outcome means for the journal's cursor."""

from core.delivery import new, note, nothing_ahead, size
from core.outcomes import ACCEPTED, ADVANCE, BAD_REQUEST, CONFLICT, KEY_REFUSED, NO_NETWORK, PASS_OVER, QUOTA, RETRY, STAY, TOO_FAST
from core.thingspeak import Verdict


def said(outcome, entry_id=None, channel_id=None):
    return Verdict(outcome, entry_id, channel_id, None)


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
    """Play ThingSpeak: readings for which `refuses` is true are bad requests. Returns what was stored, in order."""
    cursor, stored = 0, []
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
            cursor += 1
    return stored


def test_poison_never_blocks_the_rest():
    journal = list(range(300))
    for poison in ([0], [299], [150], [17, 18], [10, 11, 12, 200], []):
        it = new(1)
        stored = deliver(it, journal, lambda reading, poison=poison: reading in poison)
        assert sorted(stored) == [reading for reading in journal if reading not in poison], poison
        assert it["passed_over"] == len([reading for reading in poison if reading != 299])  # nothing newer proves the last one bad


def test_the_newest_reading_is_passed_over_once_a_newer_one_was_stored():
    it = new(1)
    assert deliver(it, [0, 1, 2, 3], lambda reading: reading == 2) == [0, 1, 3]
    assert it["passed_over"] == 1


def test_a_server_that_refuses_everything_for_a_while_costs_no_reading():
    it = new(1)
    attempts = [0]

    def refuses(_):
        attempts[0] += 1
        return attempts[0] < 60

    journal = list(range(40))
    assert sorted(deliver(it, journal, refuses)) == journal
    assert it["passed_over"] == 0


def test_trouble_makes_the_bulks_smaller_but_not_tiny():
    it = new(1)
    for _ in range(10):
        tell(it, RETRY, count=size(it, 5000))
    assert 50 < size(it, 5000) < 100
    for _ in range(10):
        tell(it, ACCEPTED, count=size(it, 5000))
    assert size(it, 5000) == 960
