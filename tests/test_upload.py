"""What goes to ThingSpeak next, and what each outcome means for the journal's cursor."""

from core.thingspeak import note
from logger import Logger


class Device:
    def __init__(self, channel_id):
        self.settings = {"channel_id": channel_id}


def new(channel_id):
    """A delivery that has not begun."""
    return Logger(Device(channel_id)).delivery


def tell(delivery, outcome, count=1, failure="", now_s=0, chance=0.5, entry_id=None, channel_id=None):
    return note(delivery, (outcome, entry_id, channel_id), failure, count, now_s, chance)


def pause_s(delivery, outcome, chance=1.0):
    tell(delivery, outcome, now_s=1000, chance=chance)
    return delivery["due_s"] - 1000


def test_only_a_yes_or_an_already_there_moves_the_cursor():
    for outcome in ("accepted", "conflict"):
        assert tell(new(1), outcome) == "advance", outcome
    for outcome in ("too_fast", "key_refused", "quota", "retry", "no_network", "bad_request"):
        assert tell(new(1), outcome) == "stay", outcome


def test_an_already_there_was_not_sent_by_us_now():
    it = new(1)
    tell(it, "conflict")
    assert it["sent"] == 0
    tell(it, "accepted", entry_id=42)
    assert (it["sent"], it["last_entry_id"]) == (1, 42)


def test_a_reply_tells_the_channel_and_one_that_does_not_changes_nothing():
    it = new(None)
    tell(it, "accepted", entry_id=1, channel_id=77)
    tell(it, "accepted", count=960)
    assert (it["channel_id"], it["sent"]) == (77, 961)


def test_the_number_of_the_last_entry_is_unknown_after_what_is_told_none():
    for outcome, count in (("accepted", 960), ("conflict", 1)):
        it = new(1)
        tell(it, "accepted", entry_id=7)
        for failed in ("retry", "too_fast", "no_network", "bad_request", "key_refused"):
            tell(it, failed, count=2)
            assert it["last_entry_id"] == 7, failed
        tell(it, outcome, count)
        assert it["last_entry_id"] is None, outcome
        tell(it, "accepted", entry_id=968)
        assert it["last_entry_id"] == 968, outcome


def test_a_bulk_that_is_refused_for_its_key_asks_for_the_channel_again():
    it = new(1)
    assert tell(it, "key_refused", count=960) == "stay"
    assert it["channel_id"] is None and it["state"] != "key_refused"
    tell(it, "key_refused")
    assert (it["state"], it["problem"]) == ("key_refused", "key_refused")


def test_each_trouble_is_named():
    for outcome, failure, state, problem in (
        ("quota", "", "quota", "quota"),
        ("retry", "timeout", "error", "thingspeak_error"),
        ("retry", "certificate", "error", "certificate"),
        ("bad_request", "", "error", "thingspeak_error"),
        ("no_network", "no_network", "offline", None),
        ("too_fast", "", "waiting", None),
        ("accepted", "", "ok", None),
    ):
        it = new(1)
        tell(it, outcome, failure=failure)
        assert (it["state"], it["problem"]) == (state, problem), outcome


def deliver(it, journal, refuses, rounds=400):
    """Play ThingSpeak: readings for which `refuses` is true are bad requests. Returns what was stored and what was passed over."""
    cursor, stored, passed_over = 0, [], []
    for _ in range(rounds):
        if cursor == len(journal):
            break
        batch = journal[cursor + max(0, it["ahead"]) :][: 1 if it["ahead"] else it["most"]]
        if not batch:
            it["ahead"] = 0
            tell(it, "retry")
            continue
        if any(refuses(reading) for reading in batch):
            outcome = "bad_request"
        elif len(batch) == 1 and batch[0] in stored:
            outcome = "conflict"
        else:
            outcome = "accepted"
            stored += [reading for reading in batch if reading not in stored]
        step = tell(it, outcome, count=len(batch))
        if step == "advance":
            cursor += len(batch)
        elif step == "pass over":
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
        tell(it, "retry", count=it["most"])
    assert 50 < it["most"] < 100
    for _ in range(10):
        tell(it, "accepted", count=it["most"])
    assert it["most"] == 960


def test_each_outcome_has_its_pause():
    for outcome, shortest_s, longest_s in (
        ("accepted", 16, 20),  # ThingSpeak's fifteen seconds
        ("too_fast", 16, 20),
        ("key_refused", 600, 600),
        ("quota", 3600, 3600),
        ("conflict", 0, 2),
        ("bad_request", 0, 2),
        ("no_network", 1, 30),
        ("retry", 1, 15),
    ):
        assert shortest_s <= pause_s(new(1), outcome) <= longest_s, outcome


def test_trouble_makes_the_pauses_longer_up_to_ten_minutes():
    it = new(1)
    pauses_s = [pause_s(it, "retry") for _ in range(20)]
    assert pauses_s == sorted(pauses_s) and pauses_s[-1] == 600


def test_a_server_that_refuses_one_after_the_other_is_given_time():
    it = new(1)
    pauses_s = [pause_s(it, "bad_request") for _ in range(20)]
    assert pauses_s[2] <= 2 and pauses_s[-1] == 600


def test_devices_do_not_come_back_all_at_once():
    it = new(1)
    it["failures"] = 9
    pauses_s = {pause_s(it, "retry", tenths / 10) for tenths in range(11)}
    assert len(pauses_s) > 8
    assert min(pauses_s) >= 450 and max(pauses_s) <= 600


def test_success_forgives_and_a_missing_network_costs_nothing():
    for outcome, failures in (("no_network", 5), ("accepted", 0), ("too_fast", 0), ("conflict", 0), ("key_refused", 0)):
        it = new(1)
        it["failures"] = 5
        tell(it, outcome)
        assert it["failures"] == failures, outcome
