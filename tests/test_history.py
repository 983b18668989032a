"""History: points with their means and extremes."""

from array import array

from core.reading import RECORD_BYTES, Reading, pack
from portal.history import EMPTY, SERIES, SPANS, step_s, summed

START_S = 1_795_000_000
SESSIONS = {7: START_S - 500}
INTERVALS_S = (15, 60, 300, 3600, 86400)


def at(passed_s, temperature_c=20.0, humidity_pct=50.0):
    return Reading(START_S + passed_s, 1, 3, temperature_c, humidity_pct, 0)


def series(step_s, count, *batches):
    """{name: values in units} of the readings in `batches`, each a list; None stands for a damaged record."""
    found = [array("h", [EMPTY] * count) for _ in SERIES]
    halves = array("H", bytes(64 * RECORD_BYTES))

    def read():
        for batch in batches:
            halves[: 8 * len(batch)] = array("H", b"".join([pack(one) if one else bytes(RECORD_BYTES) for one in batch]))
            yield 0, len(batch)

    for _ in summed(found, START_S, step_s, SESSIONS.get, read(), halves):
        pass
    return {name: [None if value == EMPTY else value / 100 for value in values] for name, values in zip(SERIES, found)}


def test_no_span_has_more_points_than_allowed_and_no_step_is_shorter_than_the_interval():
    for span_s in SPANS.values():
        for interval_s in INTERVALS_S:
            assert span_s / step_s(span_s, interval_s) <= 360
            assert step_s(span_s, interval_s) > interval_s, "an empty point means a missing reading"


def test_a_point_is_the_mean_and_the_extremes_of_all_its_readings():
    found = series(100, 3, [at(0, 20.0, 40.0), at(50, 20.9, 39.0)], [at(99, 18.1, 99.0), at(200, -5.55, 99.9), at(299, -5.45, 100.0)])
    assert found["temperature_c"] == [19.67, None, -5.5]
    assert found["temperature_min_c"] == [18.1, None, -5.55]
    assert found["temperature_max_c"] == [20.9, None, -5.45]
    assert found["humidity_pct"] == [59.33, None, 99.95]
    assert found["humidity_min_pct"] == [39.0, None, 99.9]
    assert found["humidity_max_pct"] == [99.0, None, 100.0]


def test_what_is_damaged_or_outside_is_passed_over():
    outside = [at(10**6, 3.0), at(-(10**6), 4.0), at(60, 9.0, 400.0)]
    found = series(100, 2, [at(-1, 1.0), None, at(150, 10.0), at(200, 2.0)] + outside + [at(50, 10.0)])
    assert found["temperature_c"] == found["temperature_max_c"] == [10.0, 10.0]


def test_of_a_point_that_is_returned_to_the_last_visit_counts():
    found = series(100, 2, [at(10, 20.0), at(150, 30.0), at(20, 22.0)])
    assert found["temperature_c"] == [22.0, 30.0]


def test_a_reading_without_a_time_gets_it_from_its_session():
    untimed = [Reading(None, *rest, 50.0, 0) for rest in ((650, 7, 11.0), (70_000, 7, 1.0), (650, 8, 2.0))]
    found = series(100, 3, untimed)
    assert found["temperature_c"] == [None, 11.0, None]


def test_a_full_point_stays_exact_over_many_batches():
    batch = [at(second, 80.0 if second % 30 else -40.0, 100.0) for second in range(0, 960, 15)]
    found = series(7200, 1, *[batch] * 8)
    assert (found["temperature_c"], found["humidity_pct"]) == ([20.0], [100.0])
    assert (found["temperature_min_c"], found["temperature_max_c"]) == ([-40.0], [80.0])
