"""The networks around: the strongest first, one entry a name, and every name as the hostile input it is."""

import json

from core import networks


def scanned(ssid, rssi_dbm=-60, channel=6, security=3):
    return (ssid, bytes((2, 0, 0, 0, 0, channel)), channel, rssi_dbm, security, False)


def test_the_strongest_comes_first_and_once():
    listed = networks.listed([scanned(b"B", -70), scanned(b"A", -80), scanned(b"A", -50, 11), scanned(b"C", -60)])
    assert [(entry["ssid"], entry["rssi_dbm"], entry["channel"]) for entry in listed] == [(b"A", -50, 11), (b"C", -60, 6), (b"B", -70, 6)]
    assert listed[0]["bssid"] == bytes((2, 0, 0, 0, 0, 11)), "the access point that is heard best"


def test_names_are_compared_as_raw_bytes():
    assert len(networks.listed([scanned(b"Caf\xe9"), scanned("Café".encode()), scanned("Cafe\u0301".encode())])) == 3


def test_hidden_networks_are_left_out():
    assert networks.listed([scanned(b""), scanned(b"\x00\x00\x00")]) == []


def test_at_most_20_are_listed():
    listed = networks.listed([scanned(b"net %d" % number, -30 - number) for number in range(60)])
    assert len(listed) == 20 and listed[0]["ssid"] == b"net 0" and listed[-1]["ssid"] == b"net 19"


def test_bars_go_from_none_to_four():
    heard = (-30, -55, -56, -67, -68, -76, -77, -85, -86, -100)
    assert [networks.listed([scanned(b"x", rssi_dbm)])[0]["bars"] for rssi_dbm in heard] == [4, 4, 3, 3, 2, 2, 1, 1, 0, 0]


def test_security_is_said_in_words():
    words = {0: "open", 2: "wpa", 3: "wpa2", 4: "wpa2", 5: "wpa2-enterprise", 6: "wpa3", 7: "wpa2", 99: "unknown", -1: "unknown"}
    for number, word in words.items():
        assert networks.listed([scanned(b"x", security=number)])[0]["security"] == word


def test_what_cannot_be_joined_is_marked():
    for security, supported in ((0, True), (3, True), (6, True), (5, False), (1, False), (99, False)):
        assert networks.public(networks.listed([scanned(b"x", security=security)])[0])["supported"] is supported


def test_the_public_entry_is_json_with_text_and_the_raw_name():
    entry = networks.public(networks.listed([scanned(b"Caf\xe9")])[0])
    assert entry["ssid"] == "Caf\ufffd" and entry["id"] == "436166e9"
    assert sorted(entry) == ["bars", "channel", "id", "rssi_dbm", "security", "ssid", "supported"]
    assert json.loads(json.dumps(entry)) == entry


def test_the_hotspot_opens_where_the_station_will_go():
    around = networks.listed([scanned(b"Strong", -40, 11), scanned(b"Home", -70, 1), scanned(b"Far", -90, 14)])
    assert networks.likely_channel(around, b"Home") == 1
    assert networks.likely_channel(around, b"Gone") == 11
    assert networks.likely_channel(around) == 11
    assert networks.likely_channel([]) == 6
    assert networks.likely_channel(networks.listed([scanned(b"Japan", channel=14)])) == 6
