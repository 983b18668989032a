"""The board: pins, ports and names. What differs on another board is a line in hardware/profile.py, or /board.json on the device."""

LED_PIN = 2
LED_LIT = 1  # the level that lights it; 0 on boards whose LED is wired to 3.3 V
BUTTON_PIN = 0  # BOOT: pressed is low
SENSOR_PIN = 23
SENSOR_PINS = ()  # those to choose from, with that one, see hardware/profile.py
HTTP_PORT = 80
DNS_PORT = 53
OPEN_HOTSPOT = False
HOTSPOT_PREFIX = "Dewlog-"
HOTSPOT_URL = None  # where phones on the hotspot reach the device, where that is not its own address (the simulator's second door)
CHANNEL_URL = None  # of the channel's page, where that is not ThingSpeak's own (the simulator's)
COUNTRY = None  # two letters for network.country(); None leaves the chip's default
HEAP_GROWTH_BYTES = 32 * 1024
"""By how much Python's heap grows at the start: with less, Python runs out beside a browser's parallel requests and doubles by itself;
with more, a verified TLS session does not fit beside it. Measured on firmware 1.25 and 1.26.1 in an emulated ESP32."""


def url(address):
    """The URL of the page at `address`, with the port where it is not 80."""
    if HOTSPOT_URL and (address or "")[-4:] in (".4.1", ".5.1"):
        return HOTSPOT_URL.rstrip("/") + "/"
    return "http://%s%s/" % (address, "" if HTTP_PORT == 80 else ":%d" % HTTP_PORT)
