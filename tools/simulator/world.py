"""world.json: the networks, the weather and the rest of the outside world, edited while the device runs."""

import hashlib
import json
import re

DEFAULT = {
    "networks": [
        {"ssid": "Home", "password": "correct horse", "rssi_dbm": -54, "channel": 6, "security": "wpa2", "bssid": "02:00:00:00:00:01"},
        {"ssid": "Café Guests", "password": "", "rssi_dbm": -71, "channel": 1, "security": "open", "bssid": "02:00:00:00:00:02"},
        {"ssid": "University", "password": "", "rssi_dbm": -80, "channel": 11, "security": "wpa2-enterprise", "bssid": "02:00:00:00:00:03"},
    ],
    "weather": {"temperature_c": 21.4, "humidity_pct": 48.0},
    "sensor": "ok",
    "sensor_type": "dht22",
    "sensor_pin": 23,
    "internet": True,
    "ntp": True,
    "button": False,
}
SECURITIES = ("open", "wpa2", "wpa3", "wpa2-enterprise")
QUIRKS = {"hidden": False, "dhcp": True, "refuses": False, "subnet": None}
"""What a network may be besides. subnet: such as "192.168.4", for addresses of its own; otherwise they are those of this computer."""
SENSOR_TYPES = ("dht22", "dht11")
SENSOR_STATES = ("ok", "silent", "checksum", "zeros", "twos_complement")
INTERNET_STATES = (True, False, "login", "no_name_server")


class World:
    """The file, read again whenever it changed; an unreadable one leaves the last good world in force and is said once."""

    def __init__(self, path, say):
        self._path = path
        self._say = say
        self._seen = None
        self._world = checked(DEFAULT)
        if not path.exists():
            path.write_text(json.dumps(DEFAULT, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def read(self):
        """Return the world as a dict of contract.md's shape with every key present."""
        try:
            content = self._path.read_bytes()
        except OSError as problem:
            content = problem.strerror
        if content != self._seen:
            self._take(content)
        return self._world

    def _take(self, content):
        self._seen = content
        try:
            if isinstance(content, str):
                raise ValueError(content)
            self._world = checked(json.loads(content))
        except (ValueError, RecursionError) as problem:
            self._say("%s cannot be used (%s): the world stays as it was until the file is right again." % (self._path, problem))


def checked(world):
    """Return `world` completed with what is absent. Raises ValueError with the reason when something in it cannot be."""
    if not isinstance(world, dict):
        raise ValueError("it must be an object in braces")
    world = {**DEFAULT, **world}
    if not isinstance(world["networks"], list):
        raise ValueError('"networks" must be a list')
    world["networks"] = [_checked_network(network) for network in world["networks"]]
    if not isinstance(world["weather"], dict):
        raise ValueError('"weather" must be an object')
    world["weather"] = {**DEFAULT["weather"], **world["weather"]}
    for name in DEFAULT["weather"]:
        _require(_is_number(world["weather"][name]), name, "a number")
    _require(world["sensor"] in SENSOR_STATES, "sensor", "one of " + ", ".join(SENSOR_STATES))
    _require(world["sensor_type"] in SENSOR_TYPES, "sensor_type", "one of " + ", ".join(SENSOR_TYPES))
    _require(type(world["sensor_pin"]) is int and 0 <= world["sensor_pin"] <= 48, "sensor_pin", "a number up to 48")
    _require(world["internet"] in INTERNET_STATES, "internet", 'true, false, "login" or "no_name_server"')
    _require(_is_number(world["ntp"]) or isinstance(world["ntp"], bool), "ntp", "true, false or the seconds it is wrong by")
    is_time = _is_number(world["button"]) and world["button"] > 0
    _require(is_time or isinstance(world["button"], bool), "button", "true, false or the seconds for which it is pressed")
    world.setdefault("phones", 0)
    _require(type(world["phones"]) is int and 0 <= world["phones"] <= 10, "phones", "a number up to 10")
    return world


def _checked_network(network):
    if not isinstance(network, dict):
        raise ValueError("each network must be an object")
    network = {"password": "", "rssi_dbm": -60, "channel": 6, "security": "wpa2", **QUIRKS, **network}
    network["ssid_bytes"] = _ssid_bytes(network)
    _require(_is_text(network["password"]), "password", "text")
    _require(network["security"] in SECURITIES, "security", "one of " + ", ".join(SECURITIES))
    _require(_is_number(network["rssi_dbm"]), "rssi_dbm", "a number")
    _require(type(network["channel"]) is int and 1 <= network["channel"] <= 200, "channel", "a number from 1 to 200")
    is_subnet = isinstance(network["subnet"], str) and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3}){2}", network["subnet"])
    _require(network["subnet"] is None or is_subnet, "subnet", 'like "192.168.1"')
    network["bssid_bytes"] = _bssid_bytes(network)
    return network


def _ssid_bytes(network):
    if "ssid_hex" in network:
        _require(isinstance(network["ssid_hex"], str), "ssid_hex", "text")
        ssid = bytes.fromhex(network["ssid_hex"])
    else:
        _require(_is_text(network.get("ssid")), "ssid", "text")
        ssid = network["ssid"].encode()
    if not 1 <= len(ssid) <= 32:
        raise ValueError('"ssid" must have 1 to 32 bytes')
    return ssid


def _bssid_bytes(network):
    """Of the entry; one without stands for an access point of its own for each name and channel."""
    if "bssid" not in network:
        return b"\x02" + hashlib.sha256(network["ssid_bytes"] + b"%d" % network["channel"]).digest()[:5]
    text = network["bssid"]
    _require(isinstance(text, str) and re.fullmatch("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}", text), "bssid", 'like "02:00:00:00:00:01"')
    return bytes.fromhex(text.replace(":", ""))


def _require(is_right, name, wanted):
    if not is_right:
        raise ValueError('"%s" must be %s' % (name, wanted))


def _is_text(value):
    """JSON may hold halves of characters, which no network has in its name."""
    return isinstance(value, str) and value.encode("utf-8", "ignore").decode() == value


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12
