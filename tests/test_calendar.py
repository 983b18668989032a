"""Dates and Unix seconds; and the dew point."""

from core.timestamps import from_http, from_iso, iso
from portal.readings import dew_point_c

MOMENTS = (
    (0, "1970-01-01T00:00:00Z"),
    (951782399, "2000-02-28T23:59:59Z"),
    (951782400, "2000-02-29T00:00:00Z"),
    (1709164800, "2024-02-29T00:00:00Z"),
    (1795377903, "2026-11-22T20:05:03Z"),
    (2147483648, "2038-01-19T03:14:08Z"),
    (4102444800, "2100-01-01T00:00:00Z"),
)


def test_a_moment_is_told_in_the_way_of_iso_8601_and_understood_again():
    for seconds, text in MOMENTS:
        assert iso(seconds) == text
        assert from_iso(text) == seconds
    assert iso(None) is None


def test_every_fifth_day_of_a_century_has_a_date_of_its_own():
    before = iso(10956 * 86400)
    for day in range(10957, 10957 + 36525, 5):  # that is each day of the year, and each month's last
        text = iso(day * 86400)
        assert from_iso(text) == day * 86400 and text > before
        before = text


def test_a_person_may_leave_out_what_is_zero():
    for text in ("2026-11-22", "2026-11-22T00", "2026-11-22T00:00", "2026-11-22T00:00:00", "2026-11-22 00:00", "2026-11-22Z"):
        assert from_iso(text) == 1795305600, text


def test_what_is_no_date_is_none():
    for text in (
        "", "now", "2026", "2026-11", "2026-13-01", "2026-00-01", "2026-02-29", "2026-11-31", "2026-11-22T24:00", "2026-11-22T20:60",
        "2026-11-22T20:05:60", "2026-1-2", "26-11-22", "-026-11-22", "2026-11-22T20:05:03.5", "2026-11-22T+1:00", "2026-11-22T20:05:03:01",
    ):  # fmt: skip
        assert from_iso(text) is None, text


def test_the_date_of_a_web_server_is_understood():
    assert from_http("Sun, 22 Nov 2026 20:05:03 GMT") == 1795377903
    assert from_http("Thu, 01 Jan 1970 00:00:00 GMT") == 0
    for text in (None, "", "Sunday, 22-Nov-26 20:05:03 GMT", "Sun, 22 Xyz 2026 20:05:03 GMT", "now"):
        assert from_http(text) is None


def test_the_dew_point_agrees_with_published_values():
    # temperature °C, humidity %, dew point °C (tables of the German weather service)
    for temperature_c, humidity_pct, expected_c in (
        (20, 50, 9.3), (25, 60, 16.7), (30, 80, 26.2), (0, 90, -1.4), (-10, 70, -14.4), (20, 100, 20),
    ):  # fmt: skip
        assert abs(dew_point_c(temperature_c, humidity_pct) - expected_c) <= 0.2, (temperature_c, humidity_pct)
    assert dew_point_c(20, 0) is None
