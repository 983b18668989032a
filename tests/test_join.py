"""Joining: every status of the chip has a meaning, and retries never storm."""

from core import join


def test_each_status_has_its_meaning():
    cases = (
        (1010, join.JOINED),
        (1001, join.JOINING),
        (1000, join.IDLE),
        (202, join.WRONG_PASSWORD),
        (2, join.WRONG_PASSWORD),
        (15, join.WRONG_PASSWORD),
        (204, join.WRONG_PASSWORD),
        (205, join.WRONG_PASSWORD),
        (201, join.NOT_FOUND),
        (210, join.SECURITY_NOT_SUPPORTED),
        (211, join.PASSWORD_NOT_WANTED),
        (212, join.WEAK_SIGNAL),
        (200, join.WEAK_SIGNAL),
        (203, join.WEAK_SIGNAL),
        (39, join.WEAK_SIGNAL),
    )
    for status, meaning in cases:
        assert join.verdict(status) == meaning, status


def test_only_joining_goes_on_by_itself():
    assert not join.is_final(join.JOINING) and not join.is_final(join.IDLE)
    assert join.is_final(join.JOINED) and join.is_final(join.WRONG_PASSWORD)



def test_retries_slow_down_to_a_minute_and_go_on_for_ever():
    mac = b"\x24\x0a\xc4\x00\x00\x00"
    assert [join.retry_delay_s(failures, mac) for failures in (1, 2, 3, 4, 5, 6, 7, 1000000)] == [2, 4, 8, 16, 32, 60, 60, 60]


def test_no_two_devices_come_back_at_the_same_moment():
    delays = {join.retry_delay_s(10, bytes((0, 0, 0, 0, 0, last))) for last in range(256)}
    assert len(delays) >= 15 and min(delays) == 60 and max(delays) < 75
