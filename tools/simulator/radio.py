"""The Wi-Fi of the virtual chip: what the air of world.json does to its station and its access point."""

import functools
import hashlib

from . import radio_status as status

STATION, ACCESS_POINT = 0, 1
HOTSPOT_ADDRESS = "192.168.4.1"
JOIN_S, NOT_FOUND_S, REFUSED_S = 1.5, 2.4, 3.0
BEACONS_LOST_S = 6.0
WEAKEST_DBM = -90
NO_COUNTRY = "XX"
HIGHEST_CHANNEL = 14
"""The ESP32 has no 5 GHz radio."""
SECURITY_NUMBERS = {"open": 0, "wpa2": 3, "wpa2-enterprise": 5, "wpa3": 6}
PASSWORD_BYTES = range(8, 65)


class RadioError(Exception):
    """What the chip's driver raises as OSError; the text is the driver's."""


class Station:
    """The station interface, told what the ESP-IDF and MicroPython's network_wlan.c do with it.

    `now` answers virtual seconds and `networks` the networks in the air. `fixed` is (address, netmask, gateway, name server), or None
    where the network gives them. Nothing runs by itself: each call first lives through the time that has passed. `note` is told which
    access point has been joined, None when it has been left.
    """

    def __init__(self, now, networks, note=lambda network: None):
        self._now, self._networks, self._note = now, networks, note
        self.is_active = False
        self.reconnects = -1
        self.country = NO_COUNTRY
        self.fixed = None
        self._highest = highest_channel(NO_COUNTRY)
        self._wanted = None
        self._is_requested = False
        self._attempt_ends = None
        self._failures = 0
        self._reason = 0
        self._joined = None
        self._silent_since = None
        note(None)

    def set_active(self, is_active):
        if not is_active:
            self._leave()
            self._attempt_ends = None
            self._is_requested = False
            self._reason = 0
        elif not self.is_active:
            self._highest = highest_channel(self.country)
        self.is_active = is_active

    def connect(self, ssid, key, bssid=b""):
        """Start joining `ssid` (bytes; None repeats the last one), at the access point `bssid` if one is named.

        Raises RadioError as the driver does.
        """
        self.settle()
        self._require_active()
        if self._attempt_ends is not None:
            raise RadioError("Wifi Internal State Error")
        if self._joined:
            raise RadioError("Wifi Internal Error")
        if ssid is not None:
            if key and len(key) not in PASSWORD_BYTES:
                raise RadioError("Wifi Invalid Password")
            self._wanted = (ssid[:32], key, bssid)
        if self._wanted is None:
            raise RadioError("Wifi SSID Invalid")
        self._is_requested = True
        self._failures = 0
        self._begin_attempt(self._now())

    def disconnect(self):
        self.settle()
        self._require_active()
        self._is_requested = False
        if self._joined or self._attempt_ends is not None:
            self._reason = status.ASSOC_LEAVE
        self._attempt_ends = None
        self._leave()

    def status(self):
        self.settle()
        if self.is_connected():
            return status.GOT_IP
        if self._is_requested and (self.reconnects <= 0 or self._failures < self.reconnects):
            return status.CONNECTING
        return self._reason or status.IDLE

    def is_connected(self):
        self.settle()
        return bool(self._joined and (self._joined["dhcp"] or self.fixed))

    def network(self):
        """The joined network's entry of world.json, or None."""
        return self._joined if self.is_connected() else None

    def addresses(self, host):
        """What WLAN.ifconfig() tells. Where the network has no subnet of its own, it is that of this computer, at `host`."""
        if self.fixed or not self.is_connected():
            return self.fixed or ("0.0.0.0",) * 4
        subnet = self._joined["subnet"]
        return (subnet + ".57", "255.255.255.0", subnet + ".1", subnet + ".1") if subnet else (host, "255.255.255.0", host, host)

    def has_way_out(self, hotspot):
        """Whether the router takes what is sent, and the name server that was told answers. `hotspot`: its address, or None."""
        subnet = self.is_connected() and self._joined["subnet"]
        if not subnet:  # the computer's own way
            return self.is_connected() and not self.fixed
        if hotspot and subnet_of(hotspot) == subnet:
            return False  # the router is looked for among the phones
        router = subnet + ".1"
        address, _, gateway, name_server = self.fixed or (subnet + ".57", None, router, router)
        return gateway == router != address and subnet_of(address) == subnet and (name_server == router or subnet_of(name_server) != subnet)

    def rssi_dbm(self):
        self.settle()
        if not self._joined:  # joined is enough: esp_wifi_sta_get_ap_info() asks for no address
            raise RadioError("Wifi Not Connected")
        return round(self._joined["rssi_dbm"])

    def start_scan(self):
        self.settle()
        if not self.is_active:
            raise RadioError("STA must be active")
        if self._attempt_ends is not None:
            raise RadioError("Wifi Internal State Error")

    def scan(self):
        """Access points in reach, strongest first, hidden ones without their name; channels 12 and 13 are always listened to."""
        audible = [network for network in self._networks() if self._is_audible(network)]
        return sorted(audible, key=lambda network: -network["rssi_dbm"])

    @staticmethod
    def as_found(network):
        """One row of WLAN.scan(): (ssid, bssid, channel, rssi, security, hidden), bytes as hex."""
        ssid = b"" if network["hidden"] else network["ssid_bytes"]
        security = SECURITY_NUMBERS[network["security"]]
        return ssid.hex(), network["bssid_bytes"].hex(), network["channel"], round(network["rssi_dbm"]), security, False

    def settle(self):
        """Live through the time since the last call."""
        now = self._now()
        while self._attempt_ends is not None and now >= self._attempt_ends:
            self._end_attempt(self._attempt_ends)
        if self._joined:
            self._listen(now)

    def _begin_attempt(self, now):
        outcome, _ = self._judged(self._networks())
        duration = {status.GOT_IP: JOIN_S, status.NO_AP_FOUND: NOT_FOUND_S}.get(outcome, REFUSED_S)
        if self.reconnects <= 0:  # for ever: what nobody looked at is not lived through one by one
            now = max(now, self._now() - duration)
        self._attempt_ends = now + duration

    def _end_attempt(self, ended):
        self._attempt_ends = None
        outcome, network = self._judged(self._networks())
        if outcome == status.GOT_IP:
            self._joined, self._silent_since, self._reason = network, None, 0
            self._note(network)
        else:
            self._lose(outcome, ended)

    def _lose(self, reason, now):
        self._reason = reason
        self._failures += 1
        if self._is_requested and (self.reconnects <= 0 or self._failures < self.reconnects):
            self._begin_attempt(now)

    def _listen(self, now):
        place = self._joined["bssid_bytes"], self._joined["channel"]
        outcome, network = self._judged(network for network in self._networks() if (network["bssid_bytes"], network["channel"]) == place)
        if outcome == status.GOT_IP:
            self._joined, self._silent_since = network, None
        elif self._silent_since is None:
            self._silent_since = now
        elif now - self._silent_since >= BEACONS_LOST_S:
            self._leave()
            self._failures = 0
            self._lose(status.BEACON_TIMEOUT, now)

    def _judged(self, networks):
        return judge([network for network in networks if network["channel"] <= self._highest], *self._wanted)

    def _leave(self):
        self._joined = None
        self._note(None)

    def _require_active(self):
        if not self.is_active:
            raise RadioError("Wifi Not Started")

    def _is_audible(self, network):
        return network["channel"] <= HIGHEST_CHANNEL and network["rssi_dbm"] > -100


class AccessPoint:
    """The hotspot: open and named by the chip until it is configured; `address` is its own in its network, a /24."""

    def __init__(self, mac):
        self.mac = mac
        self.address = HOTSPOT_ADDRESS
        self.is_active = False
        name = "ESP_" + mac[3:].hex().upper()
        self.settings = {"ssid": name.encode(), "key": b"", "security": 0, "channel": 1, "max_clients": 4, "hidden": False}

    def set_active(self, is_active):
        self.is_active = is_active

    def configure(self, name, value):
        """Raises RadioError when the hotspot is off or the key does not fit, ValueError for a name the driver does not know."""
        if not self.is_active:
            raise RadioError("Wifi Invalid Mode")
        name = {"essid": "ssid", "password": "key", "authmode": "security"}.get(name, name)
        if name not in self.settings:
            raise ValueError("unknown config param")
        if name in ("ssid", "key"):
            value = bytes.fromhex(value)
        if name == "key" and value and len(value) not in PASSWORD_BYTES:
            raise RadioError("Wifi Invalid Password")
        self.settings[name] = value


def subnet_of(address):
    """The first three numbers: every subnet here is a /24."""
    return address.rpartition(".")[0]


def highest_channel(country):
    """The last channel on which the chip joins: the last two are only listened to until a country that allows them is set."""
    return 11 if country in (NO_COUNTRY, "01", "US", "CA", "MX", "TW") else 13


def judge(networks, ssid, key, bssid=b""):
    """What an attempt to join ends with: (status, network or None). Of several access points the chip takes the first by channel."""
    named = [network for network in networks if network["ssid_bytes"] == ssid and bssid in (b"", network["bssid_bytes"])]
    if not named:
        return status.NO_AP_FOUND, None
    network = min(named, key=lambda network: network["channel"])
    if network["rssi_dbm"] < WEAKEST_DBM:
        return status.NO_AP_FOUND_IN_RSSI_THRESHOLD, None
    if network["security"] == "wpa2-enterprise" or (network["security"] != "open" and not key):
        return status.NO_AP_FOUND_W_COMPATIBLE_SECURITY, None
    if network["security"] == "open" and key:
        return status.NO_AP_FOUND_IN_AUTHMODE_THRESHOLD, None
    if network["refuses"]:
        return status.ASSOC_FAIL, None
    if network["security"] != "open" and not opens(key, network):
        return network.get("wrong_password_status", status.WRONG_PASSWORD), None
    return status.GOT_IP, network


def opens(key, network):
    """Whether `key` is the network's password, or the 64 hex digits that WPA2 makes of it."""
    password = network["password"].encode()
    if key == password:
        return True
    if len(key) != 64 or len(password) == 64:
        return False
    return wpa2_key(password, network["ssid_bytes"]) == key.lower()


@functools.lru_cache(maxsize=64)
def wpa2_key(password, ssid):
    """The key in 64 hex digits that WPA2 derives (IEEE 802.11i, H.4)."""
    return hashlib.pbkdf2_hmac("sha1", password, ssid, 4096, 32).hex().encode()
