"""Time stamps found afterwards, and never given twice."""

import asyncio

from core.reading import Reading
from timestamps import place, stamped, unused

NOW_S = 1795377903


class Clock:
    """Session 3 runs and knows the time."""

    session = 3

    def __init__(self):
        self.starts = {3: NOW_S}

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
