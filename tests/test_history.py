"""Tests of core/history: many readings as a few points."""

from core.history import MOST_POINTS, NEAR_ENOUGH, SPANS, Extremes, Points, first_since, step_s


def listed(values):
    return [None if value is None else round(value, 2) for value in values]


def test_no_span_has_more_points_than_allowed():
    for _, span_s in SPANS:
        for interval_s in (15, 60, 300, 3600, 86400):
            assert span_s / step_s(span_s, interval_s) <= MOST_POINTS


def test_a_step_is_longer_than_the_interval_so_that_an_empty_one_means_a_missing_reading():
    for _, span_s in SPANS:
        for interval_s in (15, 60, 300, 3600, 86400):
            assert step_s(span_s, interval_s) > interval_s


def test_a_point_is_the_mean_of_its_readings():
    points = Points(1000, 100, 3)
    points.add(1000, 20.0, 40.0)
    points.add(1099, 21.0, 42.0)
    points.add(1200, -5.5, 99.9)
    assert listed(points.temperature_c()) == [20.5, None, -5.5]
    assert listed(points.humidity_pct()) == [41.0, None, 99.9]


def test_readings_in_any_order_and_outside_of_the_span():
    points = Points(1000, 100, 2)
    for time_s in (1150, 999, 1200, 1050, -7, 10**9):
        points.add(time_s, 10.0, 50.0)
    assert listed(points.temperature_c()) == [10.0, 10.0]


def test_a_point_that_is_returned_to_is_the_mean_of_both_visits():
    points = Points(0, 100, 2)
    for time_s, temperature_c in ((10, 20.0), (150, 30.0), (20, 22.0)):
        points.add(time_s, temperature_c, 50.0)
    assert listed(points.temperature_c()) == [21.0, 30.0]


def test_a_full_point_stays_exact():
    points = Points(0, 7200, 1)
    for second in range(0, 7200, 15):
        points.add(second, 80.0 if second % 30 else -40.0, 100.0)
    assert listed(points.temperature_c()) == [20.0]
    assert listed(points.humidity_pct()) == [100.0]


def test_the_search_finds_a_start_close_before_the_time():
    times = [60 * position for position in range(5000)]
    asked = []

    def time_at(position):
        asked.append(position)
        return times[position]

    for since_s in (0, 61, 60 * 2500, 60 * 4999, 60 * 6000):
        del asked[:]
        start = first_since(since_s, 0, 5000, time_at)
        wanted = sum(1 for time_s in times if time_s < since_s)
        assert wanted - NEAR_ENOUGH <= start <= wanted
        assert len(asked) <= 10


def test_the_search_never_skips_a_reading_when_some_times_are_unknown():
    for unknown in (range(0, 5000), range(1000, 4000), range(0, 5000, 2), range(2400, 2600)):

        def time_at(position, unknown=unknown):
            return None if position in unknown else 60 * position

        assert first_since(60 * 3000, 0, 5000, time_at) <= 3000


def test_extremes_since_a_time():
    extremes = Extremes(1000)
    assert extremes.temperature_c is None
    for time_s, temperature_c in ((999, -40.0), (1000, 20.0), (2000, 25.5), (3000, 18.2)):
        extremes.add(time_s, temperature_c, 50.0 + temperature_c)
    assert extremes.temperature_c == (18.2, 25.5)
    assert extremes.humidity_pct == (68.2, 75.5)
