"""The board: pins, ports and names. The one file to edit for another board."""

LED_PIN = 2
LED_LIT = 1  # the level that lights it; 0 on boards whose LED is wired to 3.3 V
BUTTON_PIN = 0  # BOOT: pressed is low
SENSOR_PIN = 23
HTTP_PORT = 80
DNS_PORT = 53
OPEN_HOTSPOT = False
HOTSPOT_PREFIX = "Dewlog-"
HOTSPOT_URL = None  # what phones on the hotspot are sent to, without a slash at its end; None: its own address
COUNTRY = None  # two letters for network.country(); None leaves the chip's default
HEAP_GROWTH_BYTES = 32 * 1024
"""By how much Python's heap grows at the start: with less, Python runs out beside a browser's parallel requests and doubles by itself;
with more, a verified TLS session does not fit beside it. Measured on firmware 1.25 and 1.26.1 in an emulated ESP32."""

PROFILES = (
    # a word of sys.implementation._machine, and what differs there
    # The LED on both DevKits is an addressable one, which a plain pin cannot light: wire an ordinary LED to the pin named here.
    ("ESP32S3", {"SENSOR_PIN": 4}),  # GPIO 22 to 25 do not exist; 26 to 37 belong to flash and PSRAM
    ("ESP32C3", {"SENSOR_PIN": 4, "LED_PIN": 10, "BUTTON_PIN": 9}),  # 11 to 17 belong to flash; 2, 8 and 9 are strapping pins
)
"""The ESP8266 is missing on purpose: MicroPython leaves it some 20 kB of heap, too little for a web server beside an uploader."""


def configure(overrides=None, machine_text=""):
    """Take the profile that fits `machine_text`, then `overrides` ({"HTTP_PORT": 8080, ...}; unknown names are ignored)."""
    names = globals()
    for word, differences in PROFILES:
        if word in machine_text:
            names.update(differences)
    for name, value in (overrides or {}).items():
        if name.isupper() and name in names and name != "PROFILES":
            names[name] = value
