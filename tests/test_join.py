"""Joining: every status of the chip has a meaning, and what the scan knows counts for more."""

from core.join import verdict
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
            assert verdict(status, "secret", None) == meaning, status


WRONG_PASSWORD, NOT_FOUND, WEAK_SIGNAL, NOT_SUPPORTED, LESS_SECURE = 202, 201, 200, 210, 211


def test_why_a_join_did_not_work_says_what_the_scan_knows():
    secured, open_, company = (listed([(b"x", b"", 6, -60, security, False)])[0] for security in (3, 0, 5))
    cases = (
        (WRONG_PASSWORD, "secret", secured, "wrong_password"),
        (NOT_FOUND, "secret", None, "not_found"),
        (NOT_FOUND, "", None, "not_found"),
        (NOT_FOUND, "secret", secured, "not_found"),
        (WEAK_SIGNAL, "secret", secured, "weak_signal"),
        (NOT_SUPPORTED, "secret", None, "security_not_supported"),
        (NOT_SUPPORTED, "secret", company, "security_not_supported"),
        (NOT_FOUND, "", company, "security_not_supported"),
        # an open network, and a password for it
        (LESS_SECURE, "secret", open_, "password_not_wanted"),
        (NOT_SUPPORTED, "secret", open_, "password_not_wanted"),
        (NOT_FOUND, "secret", open_, "password_not_wanted"),
        (LESS_SECURE, "secret", None, "password_not_wanted"),  # a hidden one
        (LESS_SECURE, "secret", secured, "security_not_supported"),  # WPA of the first kind
        # a secured one, and no password
        (NOT_SUPPORTED, "", secured, "wrong_password"),
        (NOT_SUPPORTED, "", None, "wrong_password"),
        (NOT_FOUND, "", secured, "wrong_password"),
    )
    for status, password, network, code in cases:
        assert verdict(status, password, network) == code, (status, password, network)
