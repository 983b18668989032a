"""world.json: the networks, the weather and the rest of the outside world, edited while the device runs."""

import json

DEFAULT = {
    "networks": [
        {"ssid": "Home", "password": "correct horse", "rssi_dbm": -54, "channel": 6, "security": "wpa2"},
        {"ssid": "Café Guests", "password": "", "rssi_dbm": -71, "channel": 1, "security": "open"},
        {"ssid": "University", "password": "", "rssi_dbm": -80, "channel": 11, "security": "wpa2-enterprise"},
    ],
    "weather": {"temperature_c": 21.4, "humidity_pct": 48.0},
    "sensor": "ok",
    "internet": True,
    "ntp": True,
    "button": False,
}
SECURITIES = ("open", "wpa2", "wpa3", "wpa2-enterprise")
SENSOR_STATES = ("ok", "silent", "checksum", "zeros", "twos_complement")
INTERNET_STATES = (True, False, "login", "no_name_server")


class World:
    """The file, read again whenever it changed; an unreadable one leaves the last good world in force and is said once."""

    def __init__(self, path, say):
        self._path = path
        self._say = say
        self._seen = None
        self._world = DEFAULT
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
    _require(world["internet"] in INTERNET_STATES, "internet", 'true, false, "login" or "no_name_server"')
    _require(_is_number(world["ntp"]) or isinstance(world["ntp"], bool), "ntp", "true, false or the seconds it is wrong by")
    world.setdefault("phones", 0)
    _require(type(world["phones"]) is int and 0 <= world["phones"] <= 10, "phones", "a number up to 10")
    return world


def _checked_network(network):
    if not isinstance(network, dict):
        raise ValueError("each network must be an object")
    network = {"password": "", "rssi_dbm": -60, "channel": 6, "security": "wpa2", "hidden": False, "dhcp": True, **network}
    network["ssid_bytes"] = _ssid_bytes(network)
    _require(isinstance(network["password"], str), "password", "text")
    _require(network["security"] in SECURITIES, "security", "one of " + ", ".join(SECURITIES))
    _require(_is_number(network["rssi_dbm"]), "rssi_dbm", "a number")
    _require(type(network["channel"]) is int, "channel", "a number")
    return network


def _ssid_bytes(network):
    if "ssid_hex" in network:
        ssid = bytes.fromhex(network["ssid_hex"])
    else:
        _require(isinstance(network.get("ssid"), str), "ssid", "text")
        ssid = network["ssid"].encode()
    if not 1 <= len(ssid) <= 32:
        raise ValueError('"ssid" must have 1 to 32 bytes')
    return ssid


def _require(is_right, name, wanted):
    if not is_right:
        raise ValueError('"%s" must be %s' % (name, wanted))


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12
