"""The networks around: the strongest first, one entry a name, and every name as the hostile input it is."""

import json

from core.networks import candidates, likely_channel, listed, verdict
from portal.setup import public


def scanned(ssid, rssi_dbm=-60, channel=6, security=3):
    return (ssid, bytes((2, 0, 0, 0, 0, channel)), channel, rssi_dbm, security, False)


def test_the_strongest_comes_first_and_once():
    entries = listed([scanned(b"B", -70), scanned(b"A", -80), scanned(b"A", -50, 11), scanned(b"C", -60)])
    assert [(entry.ssid, entry.rssi_dbm, entry.channel) for entry in entries] == [(b"A", -50, 11), (b"C", -60, 6), (b"B", -70, 6)]


def test_names_are_compared_as_raw_bytes():
    assert len(listed([scanned(b"Caf\xe9"), scanned("Café".encode()), scanned("Cafe\u0301".encode())])) == 3


def test_hidden_networks_are_left_out():
    assert listed([scanned(b""), scanned(b"\x00\x00\x00")]) == []


def test_at_most_20_are_listed():
    entries = listed([scanned(b"net %d" % number, -30 - number) for number in range(60)])
    assert len(entries) == 20 and entries[0].ssid == b"net 0" and entries[-1].ssid == b"net 19"


def test_bars_go_from_none_to_four():
    heard = (-30, -55, -56, -67, -68, -76, -77, -85, -86, -100)
    assert [public(listed([scanned(b"x", rssi_dbm)])[0])["bars"] for rssi_dbm in heard] == [4, 4, 3, 3, 2, 2, 1, 1, 0, 0]


def test_security_is_said_in_words():
    words = {0: "open", 2: "wpa", 3: "wpa2", 4: "wpa2", 5: "wpa2-enterprise", 6: "wpa3", 7: "wpa2", 99: "unknown", -1: "unknown"}
    for number, word in words.items():
        assert listed([scanned(b"x", security=number)])[0].security == word


def test_what_cannot_be_joined_is_marked():
    for security, supported in ((0, True), (3, True), (6, True), (5, False), (1, False), (99, False)):
        assert public(listed([scanned(b"x", security=security)])[0])["supported"] is supported


def test_the_public_entry_is_json_with_text_and_the_raw_name():
    entry = public(listed([scanned(b"Caf\xe9")])[0])
    assert entry["ssid"] == "Caf\ufffd" and entry["id"] == "436166e9"
    assert sorted(entry) == ["bars", "channel", "id", "rssi_dbm", "security", "ssid", "supported"]
    assert json.loads(json.dumps(entry)) == entry


def test_the_hotspot_opens_where_the_station_will_go():
    nearby = listed([scanned(b"Strong", -40, 11), scanned(b"Home", -70, 1), scanned(b"Far", -90, 14)])
    assert likely_channel(nearby, b"Home") == 1
    assert likely_channel(nearby, b"Gone") == 11
    assert likely_channel(nearby) == 11
    assert likely_channel([]) == 6
    assert likely_channel(listed([scanned(b"Japan", channel=14)])) == 6


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


def test_access_points_of_known_networks_are_tried_from_the_strongest_and_then_by_name():
    known = [(b"Home", "correct horse"), (b"Attic", "")]
    home = [scanned(b"Home", -80, 1), scanned(b"Home", -60, 6), scanned(b"Home", -85, 11)]
    scan = home + [scanned(b"Attic", -70, 3), scanned(b"Other", -40)]
    tries = candidates(known, scan, b"Attic")
    assert [(ssid, bssid and bssid[-1]) for ssid, _, bssid in tries] == [
        (b"Home", 6), (b"Attic", 3), (b"Home", 1), (b"Attic", None), (b"Home", None)
    ]  # fmt: skip
    assert {ssid: password for ssid, password, _ in tries} == {b"Home": "correct horse", b"Attic": ""}


def test_with_none_in_sight_the_last_good_one_is_tried_first():
    known = [(b"Home", "correct horse"), (b"Attic", "")]
    assert [ssid for ssid, _, _ in candidates(known, [], b"Attic")] == [b"Attic", b"Home"]
    assert [ssid for ssid, _, _ in candidates(known, ())] == [b"Home", b"Attic"]
