"""Joining: every status of the chip has a meaning, and retries never storm."""

from core import join
from core.networks import listed


def test_each_status_has_its_meaning():
    cases = (
        (None, (1000, 1001, 0)),
        ("joined", (1010,)),
        ("wrong_password", (202, 2, 15, 204, 205)),
        ("not_found", (201,)),
        ("security_not_supported", (210,)),
        ("password_not_wanted", (211,)),
        ("weak_signal", (212, 200, 203, 39)),
    )
    for meaning, statuses in cases:
        for status in statuses:
            assert join.verdict(status) == meaning, status


def test_why_a_join_did_not_work_says_what_the_scan_knows():
    secured, open_, company = (listed([(b"x", b"", 6, -60, security, False)]) for security in (3, 0, 5))
    cases = (
        ("wrong_password", "secret", secured, "wrong_password"),
        ("not_found", "secret", (), "not_found"),
        ("not_found", "", (), "not_found"),
        ("not_found", "secret", secured, "not_found"),
        ("weak_signal", "secret", secured, "weak_signal"),
        ("idle", "secret", secured, "weak_signal"),
        ("security_not_supported", "secret", (), "security_not_supported"),
        ("security_not_supported", "secret", company, "security_not_supported"),
        ("not_found", "", company, "security_not_supported"),
        # an open network, and a password for it
        ("password_not_wanted", "secret", open_, "password_not_wanted"),
        ("security_not_supported", "secret", open_, "password_not_wanted"),
        ("not_found", "secret", open_, "password_not_wanted"),
        ("password_not_wanted", "secret", (), "password_not_wanted"),  # a hidden one
        ("password_not_wanted", "secret", secured, "security_not_supported"),  # WPA of the first kind
        # a secured one, and no password
        ("security_not_supported", "", secured, "wrong_password"),
        ("security_not_supported", "", (), "wrong_password"),
        ("not_found", "", secured, "wrong_password"),
    )
    for verdict, password, networks, code in cases:
        assert join.reason(verdict, {"ssid": b"x", "password": password}, networks) == code, (verdict, password, networks)


def test_retries_slow_down_to_a_minute_and_go_on_for_ever():
    mac = b"\x24\x0a\xc4\x00\x00\x00"
    assert [join.retry_delay_s(failures, mac) for failures in (1, 2, 3, 4, 5, 6, 7, 1000000)] == [2, 4, 8, 16, 32, 60, 60, 60]


def test_no_two_devices_come_back_at_the_same_moment():
    delays = {join.retry_delay_s(10, bytes((0, 0, 0, 0, 0, last))) for last in range(256)}
    assert len(delays) >= 15 and min(delays) == 60 and max(delays) < 75
