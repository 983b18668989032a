"""What the person at the keyboard is told to do next."""


class Person:
    """Announces the hotspot and the joined network once each time they change.

    `hotspot_page` and `page` are the addresses of the device's web server for a phone on its hotspot and at home, `channel` that of the
    local ThingSpeak's feed (None when another one is used) and `key` the channel's write key.
    """

    def __init__(self, say, hotspot_page, page, channel, key):
        self._say, self._hotspot_page, self._page, self._channel, self._key = say, hotspot_page, page, channel, key
        self._hotspot = self._network = None

    def look(self, wiring, world):
        """Look at the radio and announce what is new."""
        hotspot = self._running_hotspot(wiring.access_point)
        if hotspot != self._hotspot:
            self._hotspot = hotspot
            if hotspot:
                self._announce_hotspot(*hotspot, world)
            else:
                self._say("The hotspot is off.")
        network = wiring.station.network()
        name = network and network["ssid_bytes"]
        if name != self._network:
            if name:
                self._announce_network(name)
            else:
                self._say("Left %s." % self._network.decode("utf-8", "replace"))
            self._network = name

    def _running_hotspot(self, access_point):
        settings = access_point.settings
        if not access_point.is_active or settings["ssid"].startswith(b"ESP_"):
            return None
        return settings["ssid"].decode("utf-8", "replace"), settings["key"].decode("utf-8", "replace")

    def _announce_hotspot(self, name, password, world):
        self._say("The hotspot %s is up, %s." % (name, "password " + password if password else "without a password"))
        self._say("A phone that joins it is shown the form; here, open %s/" % self._hotspot_page)
        usable = [network for network in world["networks"] if network["security"] in ("wpa2", "wpa3") and "ssid" in network]
        if usable and self._channel:
            best = usable[0]
            self._say("What to fill in: network %s, password %s, ThingSpeak key %s" % (best["ssid"], best["password"], self._key))

    def _announce_network(self, name):
        self._say("Joined %s. In station mode the readings are at %s/readings" % (name.decode("utf-8", "replace"), self._page))
        if self._channel:
            self._say("The local ThingSpeak's channel feed: %s" % self._channel)
