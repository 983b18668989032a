"""Time stamps found afterwards, and never given twice."""

import asyncio

from core.reading import Reading
from timestamps import stamped, unused

NOW_S = 1795377903


class Clock:
    def offset(self, session):
        return {3: NOW_S}.get(session)


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
