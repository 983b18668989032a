"""The Wi-Fi on a radio that answers as the ESP32's does: joining, the hotspot, the scan. Rejoining is in test_station.py."""

import asyncio
import sys

from core.settings import DEFAULTS

IDLE, CONNECTING, JOINED, NOT_FOUND, WRONG_PASSWORD = 1000, 1001, 1010, 201, 202


class Radio:
    """What both interfaces share; `statuses` is what the station says, one a look, the last one for ever."""

    def __init__(self, statuses=(JOINED,), hears=True):
        self.statuses = list(statuses)
        self.hears = hears
        self.calls = []
        self.hotspot = {}
        self.lease = ("192.168.1.57", "255.255.255.0", "192.168.1.1", "192.168.1.1")
        self.hotspot_address = "192.168.4.1"
        self.addresses = []  # what the station was told, one a change


class WLAN:
    IF_STA, IF_AP = 0, 1
    SEC_OPEN, SEC_WPA2 = 0, 3
    radio = None

    def __init__(self, interface):
        self.interface = interface
        if interface == self.IF_STA:
            WLAN.last = self
        self.is_active = False
        self.is_joined = False

    def config(self, name=None, **facts):
        if name == "mac":
            return b"\x24\x0a\xc4\xa1\xb2\xc3"
        if self.interface == self.IF_AP:
            if not self.is_active:
                raise OSError("Wifi Invalid Mode")
            self.radio.hotspot.update(facts)
        else:
            self.radio.calls.append("reconnects=%d" % facts["reconnects"])

    def active(self, on=None):
        if on is not None:
            self.is_active = on
        return self.is_active

    def connect(self, ssid, key=None, bssid=None):
        self.radio.calls.append((ssid, key, bssid))

    def disconnect(self):
        self.is_joined = False

    def isconnected(self):
        return self.is_joined

    def status(self, what=None):
        if what == "stations":
            if not self.is_active:
                raise OSError("Wifi Not Started")
            return [(b"\x00" * 6,)]
        if what == "rssi":
            if not self.radio.hears:
                raise OSError("Wifi Not Connected")
            return -54
        status = self.radio.statuses.pop(0) if len(self.radio.statuses) > 1 else self.radio.statuses[0]
        self.is_joined = status == JOINED
        return status

    def ifconfig(self, addresses=None):
        if self.interface == self.IF_AP:
            if addresses:
                assert self.is_active and addresses[1:] == ("255.255.255.0", addresses[0], addresses[0])
                self.radio.hotspot_address = addresses[0]
            return (self.radio.hotspot_address, "255.255.255.0", self.radio.hotspot_address, self.radio.hotspot_address)
        if addresses:
            self.radio.addresses.append(addresses)
        return self.radio.lease

    def scan(self):
        return [(b"Home", b"far", 1, -60, 3, False), (b"Home", b"near", 6, -50, 3, False), (b"", b"none", 1, -40, 3, True)]


class Network:
    WLAN = WLAN
    hostname = lambda name: None  # noqa: E731
    codes = ["XX"]

    @staticmethod
    def country(code=None):
        if code is None:
            return Network.codes[-1]
        assert not WLAN.last.is_active, "it would not hold"
        Network.codes.append(code)


class Board:
    HOTSPOT_PREFIX = "Dewlog-"
    COUNTRY = None


class Background:
    async def run(self, function, *arguments):
        return function(*arguments)


def wifi_on(radio, log=lambda sentence: None):
    """A Wifi whose radio is `radio`."""
    sys.modules["network"] = Network
    sys.modules.pop("hardware.wifi", None)
    sys.modules.pop("hardware.radio", None)
    import hardware.radio
    import hardware.wifi  # noqa: F401

    at_work, wifi = sys.modules["hardware.radio"], sys.modules["hardware.wifi"]
    del sys.modules["network"]
    at_work.POLL_S, at_work.POLLS = 0.001, 50
    WLAN.radio = radio
    return wifi.Wifi(Board, Background(), log)


def knowing(pairs, country="", static=None):
    """Settings with these networks, (name, password) each."""
    (ssid, password), *others = pairs
    return dict(DEFAULTS, ssid=ssid, password=password, networks=list(others), country=country, static=static)


def scanned(wifi):
    async def scan():
        wifi.begin_scan()
        assert wifi.scanning
        while wifi.scanning:
            await asyncio.sleep(0)

    asyncio.run(scan())
    return [(entry.ssid, entry.channel) for entry in wifi.networks]


def opened(wifi, *facts):
    from hardware.radio import open_hotspot

    open_hotspot(wifi, *facts)


def joined_with(*statuses, **facts):
    return asyncio.run(wifi_on(Radio(statuses, **facts)).join(knowing([(b"Home", "correct horse")])))


def test_each_end_of_a_join_has_its_verdict():
    assert joined_with(IDLE, CONNECTING, CONNECTING, JOINED) == "joined"
    assert joined_with(CONNECTING, WRONG_PASSWORD) == "wrong_password"
    assert joined_with(CONNECTING, NOT_FOUND) == "not_found"


def test_a_join_without_an_end_is_given_up():
    assert joined_with(CONNECTING, hears=True) == "no_address"
    assert joined_with(CONNECTING, hears=False) == "weak_signal"


def test_reconnects_are_limited_and_the_raw_name_is_joined():
    radio = Radio()
    wifi = wifi_on(radio)
    assert asyncio.run(wifi.join(knowing([(b"Caf\xe9", "correct horse")]))) == "joined"
    asyncio.run(wifi.join(knowing([(b"Cafe", "")])))
    assert radio.calls == ["reconnects=2", (b"Caf\xe9", "correct horse", None), "reconnects=2", (b"Cafe", None, None)]
    assert wifi.address() == "192.168.1.57" and wifi.rssi_dbm() == -54


def test_the_address_is_told_once_joined():
    said = []
    for statuses in ((JOINED,), (WRONG_PASSWORD,)):
        asyncio.run(wifi_on(Radio(statuses), said.append).join(knowing([(b"Home", "correct horse")])))
    assert said == ["Joined the Wi-Fi: address 192.168.1.57"]


def test_a_radio_that_refuses_is_a_verdict_too():
    wifi = wifi_on(Radio())

    def refuse(*_, **facts):
        raise OSError("Wifi Internal Error")

    wifi.station.connect = refuse
    assert asyncio.run(wifi.join(knowing([(b"Home", "")]))) == "weak_signal"


def test_a_later_join_takes_the_radio_over():
    radio = Radio((CONNECTING,))
    wifi = wifi_on(radio)

    async def two_at_once():
        first = asyncio.create_task(wifi.join(knowing([(b"Old", "correct horse")])))
        await asyncio.sleep(0.01)
        radio.statuses = [CONNECTING, CONNECTING, JOINED]
        second = await wifi.join(knowing([(b"New", "correct horse")]))
        return await first, second

    assert asyncio.run(two_at_once()) == ("weak_signal", "joined")
    assert wifi.connected(), "the first one did not leave what the second one joined"


def test_names_come_from_the_mac_address():
    wifi = wifi_on(Radio())
    assert (wifi.hotspot_name, wifi.hostname) == ("Dewlog-A1B2C3", "dewlog-a1b2c3")


def test_the_scan_is_listed():
    assert scanned(wifi_on(Radio())) == [(b"Home", 6)]


def test_a_scan_that_fails_keeps_the_list():
    wifi = wifi_on(Radio())
    scanned(wifi)
    for failure in (OSError("Wifi Internal State Error"), MemoryError()):

        def refuse(failure=failure):
            raise failure

        wifi.station.scan = refuse
        assert scanned(wifi) == [(b"Home", 6)]


def test_the_hotspot_has_a_password_unless_it_is_open():
    radio = Radio()
    wifi = wifi_on(radio)
    assert wifi.hotspot_address() is None
    opened(wifi, "secret word", 11)
    assert radio.hotspot["ssid"] == "Dewlog-A1B2C3" and radio.hotspot["channel"] == 11
    assert (radio.hotspot["security"], radio.hotspot["key"]) == (WLAN.SEC_WPA2, "secret word")
    assert wifi.hotspot_address() == "192.168.4.1"
    radio.hotspot.clear()
    opened(wifi, None, 6)
    assert radio.hotspot["security"] == WLAN.SEC_OPEN and "key" not in radio.hotspot
    wifi.hotspot.active(False)
    assert wifi.hotspot_address() is None


def test_the_strongest_access_point_of_the_name_is_joined():
    radio = Radio()
    asyncio.run(wifi_on(radio).join(knowing([(b"Home", "correct horse")])))
    assert radio.calls[-1] == (b"Home", "correct horse", b"near")


def test_one_that_refuses_its_address_is_joined_by_name():
    radio = Radio((NOT_FOUND, NOT_FOUND, JOINED))
    assert asyncio.run(wifi_on(radio).join(knowing([(b"Home", "correct horse")]))) == "joined"
    assert [call[2] for call in radio.calls if isinstance(call, tuple)] == [b"near", b"far", None]


def test_what_the_scan_knows_of_the_network_is_told():
    assert asyncio.run(wifi_on(Radio((NOT_FOUND,))).join(knowing([(b"Home", "")]))) == "wrong_password"


BOTH = [(b"Home", "correct horse"), (b"Holiday", "sea and sand")]


def test_of_several_networks_the_next_is_joined_where_the_first_does_not_let_us_in():
    radio = Radio((WRONG_PASSWORD, JOINED))
    wifi = wifi_on(radio)
    assert asyncio.run(wifi.join(knowing(BOTH))) == "joined" and wifi.ssid == b"Holiday"
    assert [call for call in radio.calls if isinstance(call, tuple)] == [
        (b"Home", "correct horse", b"near"), (b"Holiday", "sea and sand", None)
    ], "a wrong password is wrong at each access point"  # fmt: skip


def test_where_none_can_be_joined_the_verdict_is_that_of_the_best():
    assert asyncio.run(wifi_on(Radio((WRONG_PASSWORD, NOT_FOUND))).join(knowing(BOTH))) == "wrong_password"


def test_the_name_of_the_device_is_told_before_each_join():
    radio = Radio()
    wifi = wifi_on(radio)
    before, Network.hostname = Network.hostname, radio.calls.append
    try:
        for _ in range(2):
            asyncio.run(wifi.join(knowing([(b"Home", "correct horse")])))
    finally:
        Network.hostname = before
    assert radio.calls == ["dewlog-a1b2c3", "reconnects=2", (b"Home", "correct horse", b"near")] * 2


def test_only_what_is_heard_better_by_8_db_is_worth_a_break():
    for heard_dbm, known, verdict in ((-57, BOTH, "kept"), (-58, BOTH, "joined"), (-80, BOTH, "joined"), (-80, BOTH[1:], "kept")):
        radio = Radio()
        wifi = wifi_on(radio)
        assert asyncio.run(wifi.join(knowing(BOTH))) == "joined"
        wifi.rssi_dbm = lambda heard_dbm=heard_dbm: heard_dbm
        before = len(radio.calls)
        assert asyncio.run(wifi.join(knowing(known), True)) == verdict, (heard_dbm, known)
        assert wifi.connected() and (len(radio.calls) > before) is (verdict == "joined")


def test_the_country_is_told_while_the_radio_is_off_and_only_when_it_is_another():
    Network.codes = ["XX"]
    wifi = wifi_on(Radio())
    for country in ("", None, "DE", "DE", "", "FR"):
        assert asyncio.run(wifi.join(knowing(BOTH, country))) == "joined", "joining switches it on again"
    assert Network.codes == ["XX", "DE", "FR"]


FIXED = {"address": "192.168.1.20", "netmask": "255.255.255.0", "gateway": "192.168.1.1", "dns": "9.9.9.9"}
ADDRESSES = ("192.168.1.20", "255.255.255.0", "192.168.1.1", "9.9.9.9")


def test_a_fixed_address_is_for_its_network_alone_and_the_chip_is_told_only_what_is_new_to_it():
    radio = Radio()
    wifi = wifi_on(radio)
    for static, statuses, told in (
        (None, (JOINED,), []),
        (FIXED, (JOINED,), [ADDRESSES]),
        (FIXED, (WRONG_PASSWORD, JOINED), [ADDRESSES, ADDRESSES, "dhcp"]),
        (None, (JOINED,), [ADDRESSES, ADDRESSES, "dhcp"]),
    ):
        radio.statuses = list(statuses)
        assert asyncio.run(wifi.join(knowing(BOTH, static=static))) == "joined" and radio.addresses == told, (static, statuses)


def test_the_hotspot_keeps_out_of_the_subnet_of_the_home_network():
    for address, netmask, elsewhere in (
        ("192.168.1.57", "255.255.255.0", None),
        ("192.168.5.57", "255.255.255.0", None),
        ("192.168.4.57", "255.255.255.0", "192.168.5.1"),
        ("192.168.4.99", "255.255.255.128", "192.168.5.1"),
        ("192.168.7.57", "255.255.252.0", "172.31.4.1"),
        ("192.168.77.57", "255.255.0.0", "172.31.4.1"),
    ):
        radio = Radio()
        radio.lease = (address, netmask, "192.168.4.1", "192.168.4.1")
        wifi = wifi_on(radio)
        opened(wifi, None, 6)
        assert asyncio.run(wifi.join(knowing(BOTH))) == "joined"
        assert wifi.hotspot_address() == (None if elsewhere else "192.168.4.1"), (address, netmask)
        opened(wifi, None, 6)
        assert wifi.hotspot_address() == (elsewhere or "192.168.4.1"), (address, netmask)
        assert asyncio.run(wifi.join(knowing(BOTH))) == "joined" and wifi.hotspot_address(), "it stays open where it is not in the way"
        radio.lease = ("192.168.1.57", "255.255.255.0", "192.168.1.1", "192.168.1.1")
        asyncio.run(wifi.join(knowing(BOTH)))
        opened(wifi, None, 6)
        assert wifi.hotspot_address() == "192.168.4.1", "the one on the label, where it can be"
