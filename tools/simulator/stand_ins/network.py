"""The Wi-Fi radio: station and access point; what happens on the air is decided by the supervisor."""

import gc
import time as _time

from micropython import const

from stand_ins import link

STA_IF, AP_IF = 0, 1
STAT_CONNECTING, STAT_GOT_IP = 1001, 1010
_HOSTNAME_CHARACTERS = const(32)
_SCAN_S = 2.5

_SAME_MS = const(20)
"""How long an answer about the state holds: the chip tells it in microseconds, and to ask the supervisor takes a hundred times that."""

_hostname = "mpy-esp32"
_country = "XX"
_known = {}
_known_at = 0


def hostname(name=None):
    global _hostname
    if name is None:
        return _hostname
    if len(name) > _HOSTNAME_CHARACTERS:
        raise ValueError("")
    _hostname = name
    link.tell("hostname", name)


def country(code=None):
    """What is set holds from the next time that the station is switched on."""
    global _country
    if code is None:
        return _country
    if len(code) != 2:
        raise ValueError("")
    _country = code
    link.tell("country", code)


def _state(verb, *arguments):
    """What the supervisor answers, or answered a moment ago."""
    global _known_at
    if _time.ticks_diff(_time.ticks_ms(), _known_at) > _SAME_MS:
        _known.clear()
        _known_at = _time.ticks_ms()
    key = (verb,) + arguments
    if key not in _known:
        _known[key] = link.ask(verb, *arguments)
    return _known[key]


def _change(verb, *arguments):
    _known.clear()
    try:
        return link.ask(verb, *arguments)
    finally:
        _known.clear()


def _bytes(text):
    return text.encode() if isinstance(text, str) else bytes(text)


class WLAN:
    """One of the radio's two interfaces. Raises OSError(12) when the chip has no memory for the radio."""

    IF_STA, IF_AP = 0, 1
    SEC_OPEN, SEC_WPA2 = 0, 3

    def __init__(self, interface=STA_IF):
        if interface not in (STA_IF, AP_IF):
            raise ValueError("invalid WLAN interface identifier")
        self._interface = interface
        gc.grown()
        link.ask("radio")

    def active(self, on=None):
        if on is None:
            return _state("wifi_active", self._interface)
        return _change("wifi_set_active", self._interface, bool(on))

    def connect(self, ssid=None, key=None, *, bssid=None):
        self._require(STA_IF)
        if bssid is not None and len(bssid) != 6:
            raise ValueError("")
        _change("wifi_connect", None if ssid is None else _bytes(ssid).hex(), _bytes(key or b"").hex(), bytes(bssid or b"").hex())

    def disconnect(self):
        self._require(STA_IF)
        _change("wifi_disconnect")

    def isconnected(self):
        return _state("wifi_is_connected", self._interface)

    def status(self, what=None):
        if what is None:
            return link.ask("wifi_status") if self._interface == STA_IF else None
        if what == "rssi":
            self._require(STA_IF)
            return _state("wifi_rssi")
        if what == "stations":
            self._require(AP_IF)
            return [(bytes.fromhex(mac),) for mac in link.ask("wifi_phones")]
        raise ValueError("unknown status param")

    def scan(self):
        self._require(STA_IF)
        link.ask("wifi_scan_starts")
        link.pause(_SCAN_S)
        found = []
        for index in range(link.ask("wifi_scan_ends")):
            ssid, bssid, channel, rssi_dbm, security, is_hidden = link.ask("wifi_found", index)
            found.append((bytes.fromhex(ssid), bytes.fromhex(bssid), channel, rssi_dbm, security, is_hidden))
        return found

    def config(self, name=None, **settings):
        if name is None:
            for key, value in settings.items():
                value = _bytes(value).hex() if key in ("ssid", "essid", "key", "password") else value
                _change("wifi_configure", self._interface, key, value)
            return None
        value = link.ask("wifi_config", self._interface, name)
        return bytes.fromhex(value) if name == "mac" else bytes.fromhex(value).decode() if name in ("ssid", "essid") else value

    def ifconfig(self, settings=None):
        """The station's four addresses are set before or after it joins, and hold until "dhcp" or the chip's restart."""
        if settings is None:
            return tuple(_state("wifi_addresses", self._interface))
        if self._interface == AP_IF:
            return self.ipconfig(addr4=settings[0])
        if settings != "dhcp" and len(settings) != 4:
            raise ValueError("requested length 4 but object has length %d" % len(settings))
        return _change("wifi_fix", None if settings == "dhcp" else settings)

    def ipconfig(self, name=None, *, addr4=None):
        """The hotspot's address can be set, in any of the forms that are taken there: "a.b.c.d", "a.b.c.d/24", (address, netmask)."""
        if addr4 is not None:
            self._require(AP_IF)
            address = addr4 if isinstance(addr4, str) else addr4[0]
            return _change("wifi_set_address", address.split("/")[0])
        address, netmask, gateway, _ = self.ifconfig()
        if name == "addr4":
            return (address, netmask)
        if name == "gw4":
            return gateway
        raise ValueError("unexpected key")

    def _require(self, interface):
        if self._interface != interface:
            raise OSError("STA required" if interface == STA_IF else "AP required")
