"""The simulated air, in virtual time."""

import pytest
from simulator.light import Joins
from simulator.radio import RadioError, Station, wpa2_key
from simulator.world import checked

HOME = {"ssid": "Home", "password": "correct horse", "rssi_dbm": -54, "channel": 6, "security": "wpa2"}


class Air:
    """A station in an air of which the test moves the clock."""

    def __init__(self, *networks, reconnects=-1):
        self.now = 0.0
        self.change(*networks)
        self.station = Station(lambda: self.now, lambda: self.networks)
        self.station.set_active(True)
        self.station.reconnects = reconnects

    def change(self, *networks):
        self.networks = checked({"networks": list(networks)})["networks"]

    def status_after(self, seconds):
        """The status after `seconds`, looked at ten times a second as firmware does."""
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.station.status()
        return self.station.status()


def test_a_join_takes_between_one_and_two_seconds():
    air = Air(HOME)
    air.station.connect(b"Home", b"correct horse")
    assert air.status_after(1) == 1001
    assert air.status_after(1) == 1010 and air.station.is_connected()
    assert air.station.rssi_dbm() == -54


def test_a_wrong_password_stays_connecting_for_ever_when_reconnects_are_endless():
    air = Air(HOME)
    air.station.connect(b"Home", b"wrong horse")
    assert all(air.status_after(20) == 1001 for _ in range(10))


@pytest.mark.parametrize("network, key, status", [
    (HOME, b"wrong horse", 202),
    ({**HOME, "wrong_password_status": 15}, b"wrong horse", 15),
    ({**HOME, "ssid": "Elsewhere"}, b"correct horse", 201),
    ({**HOME, "channel": 36}, b"correct horse", 201),
    ({**HOME, "rssi_dbm": -91}, b"correct horse", 212),
    ({**HOME, "security": "wpa2-enterprise"}, b"correct horse", 210),
    (HOME, b"", 210),
    ({**HOME, "security": "open"}, b"correct horse", 211),
])
def test_limited_reconnects_show_the_real_reason(network, key, status):
    air = Air(network, reconnects=2)
    air.station.connect(b"Home", key)
    assert air.status_after(10) == status
    assert not air.station.is_connected()


@pytest.mark.parametrize("network, key", [
    ({**HOME, "security": "open", "password": ""}, b""),
    ({**HOME, "security": "wpa3"}, b"correct horse"),
    (HOME, wpa2_key(b"correct horse", b"Home")),
    ({**HOME, "password": "f" * 64}, b"f" * 64),
    ({**HOME, "hidden": True}, b"correct horse"),
    ({**HOME, "ssid_hex": "486f6d65"}, b"correct horse"),
])
def test_what_fits_the_network_joins(network, key):
    air = Air(network)
    air.station.connect(b"Home", key)
    assert air.status_after(2) == 1010


def test_the_key_in_hex_is_the_one_of_the_standard():
    """IEEE 802.11i, H.4.3: passphrase "password", SSID "IEEE"."""
    assert wpa2_key(b"password", b"IEEE") == b"f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"


def test_a_name_that_is_not_utf8_is_joined_by_its_bytes():
    air = Air({**HOME, "ssid_hex": "ff00fe"})
    air.station.connect(b"\xff\x00\xfe", b"correct horse")
    assert air.status_after(2) == 1010


def test_connecting_twice_is_refused_until_disconnected():
    air = Air(HOME)
    air.station.connect(b"Home", b"correct horse")
    with pytest.raises(RadioError, match="Internal State"):
        air.station.connect(b"Home", b"correct horse")
    assert air.status_after(2) == 1010
    with pytest.raises(RadioError, match="Internal Error"):
        air.station.connect(b"Home", b"correct horse")
    air.station.disconnect()
    air.station.connect(b"Home", b"correct horse")
    assert air.status_after(2) == 1010


def test_nothing_works_while_the_interface_is_off():
    air = Air(HOME)
    air.station.set_active(False)
    for call in (lambda: air.station.connect(b"Home", b"correct horse"), air.station.disconnect, air.station.start_scan):
        with pytest.raises(RadioError):
            call()


def test_a_vanished_network_is_missed_after_some_seconds_and_found_again():
    air = Air(HOME)
    air.station.connect(b"Home", b"correct horse")
    air.status_after(2)
    air.change()
    assert air.status_after(3) == 1010
    assert air.status_after(6) == 1001 and not air.station.is_connected()
    air.change(HOME)
    assert air.status_after(5) == 1010


def test_a_vanished_network_ends_limited_reconnects_with_a_reason():
    air = Air(HOME, reconnects=1)
    air.station.connect(b"Home", b"correct horse")
    air.status_after(2)
    air.change()
    assert air.status_after(10) == 200


def test_a_changed_password_throws_the_station_out():
    air = Air(HOME)
    air.station.connect(b"Home", b"correct horse")
    air.status_after(2)
    air.change({**HOME, "password": "battery staple"})
    assert air.status_after(10) == 1001


def test_a_network_without_dhcp_gives_no_address():
    air = Air({**HOME, "dhcp": False}, reconnects=2)
    air.station.connect(b"Home", b"correct horse")
    assert air.status_after(10) == 1001 and not air.station.is_connected()


def test_a_fixed_address_holds_without_dhcp_and_leads_out_where_it_fits_the_subnet():
    air = Air({**HOME, "dhcp": False, "subnet": "192.168.1"}, reconnects=2)
    right = ["192.168.1.20", "255.255.255.0", "192.168.1.1", "192.168.1.1"]
    air.station.fixed = right
    air.station.connect(b"Home", b"correct horse")
    assert air.status_after(5) == 1010 and air.station.addresses("127.0.0.1") == right
    for place, address, leads_out in (
        (3, "9.9.9.9", True), (3, "192.168.1.9", False), (2, "192.168.1.254", False), (0, "192.168.2.20", False), (0, "192.168.1.1", False),
    ):
        air.station.fixed = right[:place] + [address] + right[place + 1 :]
        assert air.station.has_way_out(None) is leads_out, air.station.fixed
    air.station.fixed = right
    assert air.station.has_way_out("192.168.4.1") and not air.station.has_way_out("192.168.1.1"), "a hotspot there is in the way"
    air.station.fixed = None
    assert not air.station.is_connected() and not air.station.has_way_out(None)


def test_a_scan_finds_the_strongest_first_and_no_name_of_hidden_ones():
    weak, shy = {**HOME, "ssid": "weak", "rssi_dbm": -80}, {**HOME, "ssid": "shy", "hidden": True, "rssi_dbm": -60}
    air = Air(weak, HOME, shy, {**HOME, "channel": 40})
    rows = [air.station.as_found(network) for network in air.station.scan()]
    assert [(bytes.fromhex(row[0]), row[3]) for row in rows] == [(b"Home", -54), (b"", -60), (b"weak", -80)]


NEAR = {**HOME, "channel": 11, "rssi_dbm": -50, "bssid": "02:00:00:00:00:11"}
FAR = {**HOME, "channel": 1, "rssi_dbm": -82, "bssid": "02:00:00:00:00:01"}


def test_of_two_access_points_the_first_by_channel_is_joined_unless_one_is_named():
    air = Air(NEAR, FAR)
    air.station.connect(b"Home", b"correct horse")
    assert air.status_after(2) == 1010 and air.station.rssi_dbm() == -82
    air.station.disconnect()
    air.station.connect(b"Home", b"correct horse", bytes.fromhex("020000000011"))
    assert air.status_after(2) == 1010 and air.station.rssi_dbm() == -50
    rows = [air.station.as_found(network) for network in air.station.scan()]
    assert [(row[1], row[2]) for row in rows] == [("020000000011", 11), ("020000000001", 1)], "a scan lists both"


def test_an_access_point_that_is_named_is_the_only_one_tried():
    air = Air(FAR, reconnects=2)
    air.station.connect(b"Home", b"correct horse", bytes.fromhex("020000000011"))
    assert air.status_after(10) == 201


def test_who_loses_its_access_point_is_away_for_seconds_and_then_joins_the_other():
    air = Air(NEAR, FAR)
    air.station.connect(b"Home", b"correct horse")
    air.status_after(2)
    air.change(NEAR)
    assert air.status_after(3) == 1010
    assert air.status_after(4) == 1001
    assert air.status_after(3) == 1010 and air.station.rssi_dbm() == -50


def test_which_access_point_was_joined_when_is_written_down(tmp_path):
    air = Air(NEAR, FAR)
    air.station = Station(lambda: air.now, lambda: air.networks, Joins(tmp_path / "joins.log", lambda: air.now).note)
    air.station.set_active(True)
    air.station.connect(b"Home", b"correct horse")
    air.status_after(2)
    air.change(NEAR)
    air.status_after(10)
    rows = [line.split() for line in (tmp_path / "joins.log").read_text().splitlines()]
    assert [bssid for _, bssid in rows] == ["-", FAR["bssid"], "-", NEAR["bssid"]]
    times = [float(time_s) for time_s, _ in rows]
    assert times[0] == 0 and 1 < times[1] < 2 and 7 < times[2] < 9 and times[3] - times[2] < 2


def test_an_access_point_that_comes_back_on_another_channel_has_to_be_joined_again():
    air = Air(NEAR)
    air.station.connect(b"Home", b"correct horse")
    air.status_after(2)
    air.change({**NEAR, "channel": 3})
    assert air.status_after(6.5) == 1001
    assert air.status_after(3) == 1010


def test_without_a_name_of_its_own_an_access_point_has_one_for_its_name_and_channel():
    one, same, other = (checked({"networks": [{**HOME, "channel": channel}]})["networks"][0]["bssid_bytes"] for channel in (1, 1, 6))
    assert one == same != other and len(one) == 6


def test_an_access_point_can_refuse():
    air = Air({**HOME, "refuses": True}, reconnects=2)
    air.station.connect(b"Home", b"correct horse")
    assert air.status_after(10) == 203


@pytest.mark.parametrize("country, status", [(None, 201), ("US", 201), ("DE", 1010)])
def test_channel_13_is_joined_only_in_a_country_that_allows_it(country, status):
    air = Air({**HOME, "channel": 13}, reconnects=2)
    assert len(air.station.scan()) == 1, "it is listened to everywhere"
    air.station.set_active(False)
    if country:
        air.station.country = country
    air.station.set_active(True)
    air.station.connect(b"Home", b"correct horse")
    assert air.status_after(10) == status


def test_a_country_holds_from_the_next_time_the_radio_is_switched_on():
    air = Air({**HOME, "channel": 13}, reconnects=2)
    air.station.country = "DE"
    air.station.connect(b"Home", b"correct horse")
    assert air.status_after(10) == 201
