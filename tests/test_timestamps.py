"""Time stamps found afterwards, and never given twice; and the search for where a time begins."""

from core.reading import Reading
from core.timestamps import first_since, newest, place, stamped, unused

NOW_S = 1795377903


class Clock:
    """Session 3 runs and knows the time."""

    session = 3

    def __init__(self):
        self.starts = {3: (NOW_S, 3, ())}
        self.now_s = NOW_S + 1000

    def now(self):
        return self.now_s

    def place(self, session, start_s):
        self.starts[session] = start_s, 0, ()


class Journal:
    """A journal in memory."""

    first = 0

    def __init__(self, *times):
        self.times = times
        self.end = len(times)

    def walk(self, position, batch=16):
        for index in range(position, self.end):
            time_s = self.times[index]
            yield index, time_s and Reading(time_s, 0, 0, 20, 50, 0)


class Sessions(Journal):
    """A journal of (session, uptime_s, time_s), or None for a damaged record."""

    def walk(self, position, batch=16):
        for index in range(position, self.end):
            found = self.times[index]
            yield index, found and Reading(found[2], found[1], found[0], 20, 50, 0)


def test_a_reading_keeps_the_time_it_has():
    reading = Reading(NOW_S, 5, 3, 20, 50, 0)
    assert stamped(reading, Clock()) == reading


def test_a_reading_without_a_time_gets_it_from_its_session():
    assert stamped(Reading(None, 5, 3, 20, 50, 1), Clock()) == Reading(NOW_S + 5, 5, 3, 20, 50, 1)


def test_a_session_that_never_knew_the_time_leaves_it_open():
    assert stamped(Reading(None, 5, 4, 20, 50, 0), Clock()).time_s is None


def test_a_stamp_that_a_refuted_clock_gave_is_mended_and_others_of_the_session_stay():
    clock, years_s = Clock(), 10 * 366 * 86400
    wrong = (NOW_S + years_s, NOW_S - years_s)
    clock.starts[3] = NOW_S, 3, wrong
    for stamp_s, expected_s in ((NOW_S + years_s + 60, NOW_S + 60), (NOW_S - years_s + 90, NOW_S + 60), (NOW_S + 65, NOW_S + 65)):
        assert stamped(Reading(stamp_s, 60, 3, 20, 50, 0), clock).time_s == expected_s
    assert stamped(Reading(NOW_S - years_s + 60, 60, 4, 20, 50, 0), clock).time_s == NOW_S - years_s + 60, "another session's is its own"
    clock.starts[3] = None, 3, wrong
    assert stamped(Reading(NOW_S - years_s + 90, 60, 3, 20, 50, 0), clock).time_s is None, "still in dispute"


def test_a_time_that_has_not_come_yet_is_none():
    clock = Clock()
    clock.starts[2] = NOW_S + 366 * 86400, 0, ()
    for reading, expected_s in (
        (Reading(NOW_S + 366 * 86400, 5, 3, 20, 50, 0), NOW_S + 5),
        (Reading(NOW_S + 366 * 86400, 5, 2, 20, 50, 0), None),
        (Reading(None, 5, 2, 20, 50, 0), None),
        (Reading(NOW_S + 1100, 5, 2, 20, 50, 0), NOW_S + 1100),
    ):
        assert stamped(reading, clock).time_s == expected_s, reading
    clock.now_s = None
    assert stamped(Reading(NOW_S + 366 * 86400, 5, 3, 20, 50, 0), clock).time_s == NOW_S + 366 * 86400, "nobody knows better"


def test_the_newest_time_is_that_of_an_earlier_session():
    assert newest(Sessions((2, 10, None), (2, 70, NOW_S - 500)), Clock()) == NOW_S - 500
    assert newest(Sessions((2, 10, NOW_S - 500), (3, 5, NOW_S)), Clock()) is None
    assert newest(Sessions(), Clock()) is None


def test_a_second_that_is_free_is_taken_and_one_that_is_not_gives_the_next():
    journal = Journal(NOW_S, NOW_S + 60, None, NOW_S + 61, NOW_S + 120)
    for time_s, expected in ((NOW_S - 1, NOW_S - 1), (NOW_S, NOW_S + 1), (NOW_S + 60, NOW_S + 62), (NOW_S + 120, NOW_S + 121)):
        assert list(unused(time_s, journal))[-1] == expected


def placed(*records):
    """The starts that are known after the first of the records was placed."""
    journal, clock = Sessions(*records), Clock()
    list(place(next(journal.walk(0))[1], 0, journal, clock))
    return {session: start_s for session, (start_s, _, _) in clock.starts.items()}


def test_a_session_without_a_time_lies_right_before_the_next_one_that_has_one():
    assert placed((2, 10, None), (2, 70, None), (3, 5, None)) == {3: NOW_S, 2: NOW_S - 71}
    assert placed((2, 10, None), None, (2, 70, None)) == {3: NOW_S, 2: NOW_S - 71}, "the running one has no reading yet"
    assert placed((0, 10, None), (1, 5, NOW_S - 995), (3, 5, None)) == {3: NOW_S, 0: NOW_S - 1000 - 11}
    assert placed((1, 10, None), (2, 20, None), (3, 5, None)) == {3: NOW_S, 1: NOW_S - 21 - 11}


def test_a_session_whose_start_was_forgotten_is_found_by_its_later_readings():
    assert placed((2, 10, None), (2, 70, NOW_S - 500)) == {3: NOW_S, 2: NOW_S - 570}


class Searched(Journal):
    """A journal whose first readings were dropped. asked: where it was walked from."""

    first = 1000

    def __init__(self, *times):
        super().__init__(*times)
        self.asked = []

    def walk(self, position, batch=16):
        self.asked.append(position)
        return super().walk(position, batch)


def test_the_search_finds_a_start_close_before_the_time():
    journal = Searched(*[NOW_S - 60 * (6000 - position) for position in range(6000)])
    for age in (6000, 5000, 4999, 3500, 1, 0, -1000):
        del journal.asked[:]
        start = first_since(journal, Clock(), NOW_S - 60 * age + 1)
        wanted = min(max(6001 - age, 1000), 6000)
        assert wanted - 32 <= start <= wanted and start >= 1000, age
        assert len(journal.asked) <= 10


def test_the_search_never_skips_a_reading_when_some_times_are_unknown_or_damaged():
    for unknown in (range(0, 6000), range(2000, 5000), range(0, 6000, 2), range(3400, 3600)):
        times = [NOW_S - 60 * (6000 - position) for position in range(6000)]
        for position in unknown:
            times[position] = None
        assert first_since(Searched(*times), Clock(), NOW_S - 60 * 2000) <= 4000
        untimed = Sessions(*[(2, 60 * position, time_s) for position, time_s in enumerate(times)])
        assert first_since(untimed, Clock(), NOW_S - 60 * 2000) <= 4000


def test_the_search_knows_times_that_came_afterwards():
    clock = Clock()
    clock.starts[2] = NOW_S - 60 * 6000, 0, ()
    journal = Sessions(*[(2, 60 * position, None) for position in range(6000)])
    assert 4000 - 32 <= first_since(journal, clock, NOW_S - 60 * 2000) <= 4000


def test_the_search_in_an_empty_journal_ends_at_once():
    assert first_since(Journal(), Clock(), NOW_S) == 0
