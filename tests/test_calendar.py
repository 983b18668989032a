"""Dates and Unix seconds."""

from core.calendar import date, iso
from core.http_date import from_http, unix_s

MOMENTS = (
    (0, "1970-01-01T00:00:00Z"),
    (951782399, "2000-02-28T23:59:59Z"),
    (951782400, "2000-02-29T00:00:00Z"),
    (1709164800, "2024-02-29T00:00:00Z"),
    (1795377903, "2026-11-22T20:05:03Z"),
    (2147483648, "2038-01-19T03:14:08Z"),
    (4102444800, "2100-01-01T00:00:00Z"),
)


def test_a_moment_is_told_in_the_way_of_iso_8601():
    for seconds, text in MOMENTS:
        assert iso(seconds) == text


def test_every_day_of_a_century_has_its_own_date():
    before = (1999, 12, 31)
    for day in range(10957, 10957 + 36525):
        year, month, day_of_month = date(day * 86400)
        assert unix_s(year, month, day_of_month) == day * 86400
        assert (year, month, day_of_month) > before
        before = (year, month, day_of_month)


def test_an_unknown_time_stays_unknown():
    assert iso(None) is None


def test_the_date_of_a_web_server_is_understood():
    assert from_http("Sun, 22 Nov 2026 20:05:03 GMT") == 1795377903
    assert from_http("Thu, 01 Jan 1970 00:00:00 GMT") == 0
    for text in (None, "", "Sunday, 22-Nov-26 20:05:03 GMT", "Sun, 22 Xyz 2026 20:05:03 GMT", "now"):
        assert from_http(text) is None
