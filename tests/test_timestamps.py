"""Time stamps found afterwards, and never given twice."""

import asyncio

from core.reading import Reading
from core.timestamps import DOUBT, KEEP, TAKE, judge, newest, place, stamped, time_of, unused

NOW_S = 1795377903


class Clock:
    """Session 3 runs and knows the time."""

    session = 3

    def __init__(self):
        self.starts = {3: NOW_S}
        self.wrong = {}
        self.now_s = NOW_S + 1000

    def now(self):
        return self.now_s

    def refuted(self, session):
        return self.wrong.get(session, ())

    def offset(self, session):
        return self.starts.get(session)

    def place(self, session, start_s):
        self.starts[session] = start_s


class Journal:
    """A journal in memory."""

    first = 0

    def __init__(self, *times):
        self.times = times
        self.end = len(times)

    def walk(self, position, _):
        for index in range(position, self.end):
            time_s = self.times[index]
            yield index, time_s and Reading(time_s, 0, 0, 20, 50, 0)


class Sessions(Journal):
    """A journal of (session, uptime_s, time_s), or None for a damaged record."""

    def walk(self, position, _):
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
    clock.wrong = {3: (NOW_S + years_s, NOW_S - years_s)}
    for stamp_s, expected_s in ((NOW_S + years_s + 60, NOW_S + 60), (NOW_S - years_s + 90, NOW_S + 60), (NOW_S + 65, NOW_S + 65)):
        assert time_of(Reading(stamp_s, 60, 3, 20, 50, 0), clock) == expected_s
    assert time_of(Reading(NOW_S - years_s + 60, 60, 4, 20, 50, 0), clock) == NOW_S - years_s + 60, "another session's is its own"
    clock.starts = {}
    assert time_of(Reading(NOW_S - years_s + 90, 60, 3, 20, 50, 0), clock) is None, "still in dispute"


def test_a_time_that_has_not_come_yet_is_none():
    clock = Clock()
    clock.starts[2] = NOW_S + 366 * 86400
    for reading, expected_s in (
        (Reading(NOW_S + 366 * 86400, 5, 3, 20, 50, 0), NOW_S + 5),
        (Reading(NOW_S + 366 * 86400, 5, 2, 20, 50, 0), None),
        (Reading(None, 5, 2, 20, 50, 0), None),
        (Reading(NOW_S + 1100, 5, 2, 20, 50, 0), NOW_S + 1100),
    ):
        assert time_of(reading, clock) == expected_s, reading
    clock.now_s = None
    assert time_of(Reading(NOW_S + 366 * 86400, 5, 3, 20, 50, 0), clock) == NOW_S + 366 * 86400, "nobody knows better"


def test_the_newest_time_is_that_of_an_earlier_session():
    assert newest(Sessions((2, 10, None), (2, 70, NOW_S - 500)), Clock()) == NOW_S - 500
    assert newest(Sessions((2, 10, NOW_S - 500), (3, 5, NOW_S)), Clock()) is None
    assert newest(Sessions(), Clock()) is None


WRONG_S = NOW_S + 10 * 366 * 86400


def verdicts(*told, newest_s=None):
    """What `judge` says to (uptime, source, start) after one another."""
    voices = {}
    return [judge(voices, source, start_s, uptime_s, newest_s) for uptime_s, source, start_s in told]


def test_whom_to_believe():
    for told, expected in (
        # the first to speak, as nothing speaks against it
        ([(5, "ntp", NOW_S)], TAKE),
        ([(5, "ntp", NOW_S), (6, "server", NOW_S + 40000)], TAKE),
        # two that contradict each other, until a third or a second word of one of them
        ([(5, "ntp", WRONG_S), (60, "server", NOW_S)], DOUBT),
        ([(5, "ntp", WRONG_S), (60, "server", NOW_S), (200, "ntp", NOW_S)], TAKE),
        ([(5, "phone", WRONG_S), (60, "ntp", NOW_S), (61, "server", NOW_S)], TAKE),
        ([(5, "ntp", WRONG_S), (60, "server", NOW_S), (61, "phone", NOW_S + 9)], TAKE),
        # one that stays at it while the other is silent
        ([(5, "phone", WRONG_S), (60, "ntp", NOW_S), (200, "ntp", NOW_S)], DOUBT),
        ([(5, "phone", WRONG_S), (60, "ntp", NOW_S), (200, "ntp", NOW_S), (340, "ntp", NOW_S)], TAKE),
        # both stay at it: nobody is believed
        ([(s, "server", NOW_S) if s % 2 else (s, "ntp", WRONG_S) for s in range(6, 4000, 71)], DOUBT),
        # a second opinion that was itself mistaken once
        ([(5, "ntp", NOW_S), (60, "server", WRONG_S), (200, "ntp", NOW_S), (201, "server", NOW_S)], TAKE),
    ):
        assert verdicts(*told)[-1] == expected, told


def test_what_earlier_sessions_know_is_held_against_it():
    for told, expected in (
        ([(5, "ntp", NOW_S)], TAKE),
        ([(5, "ntp", WRONG_S)], DOUBT),
        ([(5, "ntp", NOW_S - 2000000)], DOUBT),
        ([(5, "ntp", WRONG_S), (6, "server", NOW_S)], TAKE),  # the journal seconds it
        ([(5, "server", NOW_S), (6, "ntp", WRONG_S)], KEEP),
        ([(5, "server", NOW_S), (6, "ntp", WRONG_S), (3000, "ntp", WRONG_S)], KEEP),
        # two years in a drawer
        ([(5, "ntp", NOW_S + 800 * 86400), (6, "server", NOW_S + 800 * 86400)], TAKE),
        ([(5, "ntp", NOW_S + 800 * 86400), (60, "ntp", NOW_S + 800 * 86400)], DOUBT),
        ([(5, "ntp", NOW_S + 800 * 86400), (145, "ntp", NOW_S + 800 * 86400)], TAKE),
    ):
        assert verdicts(*told, newest_s=NOW_S - 3600)[-1] == expected, told


def test_a_second_that_is_free_is_taken_and_one_that_is_not_gives_the_next():
    journal = Journal(NOW_S, NOW_S + 60, None, NOW_S + 61, NOW_S + 120)
    for time_s, expected in ((NOW_S - 1, NOW_S - 1), (NOW_S, NOW_S + 1), (NOW_S + 60, NOW_S + 62), (NOW_S + 120, NOW_S + 121)):
        assert asyncio.run(unused(time_s, journal)) == expected


def placed(*records):
    """The starts that are known after the first of the records was placed."""
    journal, clock = Sessions(*records), Clock()
    asyncio.run(place(list(journal.walk(0, 16))[0][1], 0, journal, clock))
    return clock.starts


def test_a_session_without_a_time_lies_right_before_the_next_one_that_has_one():
    assert placed((2, 10, None), (2, 70, None), (3, 5, None)) == {3: NOW_S, 2: NOW_S - 71}
    assert placed((2, 10, None), None, (2, 70, None)) == {3: NOW_S, 2: NOW_S - 71}, "the running one has no reading yet"
    assert placed((0, 10, None), (1, 5, NOW_S - 995), (3, 5, None)) == {3: NOW_S, 0: NOW_S - 1000 - 11}
    assert placed((1, 10, None), (2, 20, None), (3, 5, None)) == {3: NOW_S, 1: NOW_S - 21 - 11}


def test_a_session_whose_start_was_forgotten_is_found_by_its_later_readings():
    assert placed((2, 10, None), (2, 70, NOW_S - 500)) == {3: NOW_S, 2: NOW_S - 570}
