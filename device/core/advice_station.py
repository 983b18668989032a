"""What goes wrong on the device itself: a part of core/advice.py."""

ADVICE = {
    "sensor_silent": (
        "No answer from the sensor.",
        "Check that its data wire is on GPIO %(sensor_pin)s with a 10 kΩ pull-up to 3.3 V, that it has power and ground, and that its "
        "type is right.",
    ),
    "sensor_checksum": (
        "The sensor answers, but its data arrives damaged.",
        "Shorten the data wire (under 1 m helps), check the 10 kΩ pull-up from GPIO %(sensor_pin)s to 3.3 V and every plug.",
    ),
    "wifi_lost": (
        "The Wi-Fi is away.",
        "Dewlog keeps measuring and tries again by itself. From the fifth minute on its hotspot is open, in case the password has changed.",
    ),
    "flash_full": (
        "The storage is full or damaged: new readings cannot be kept.",
        "Readings still go to ThingSpeak. Download the CSV, then restart Dewlog from the settings page.",
    ),
}
"""{code: (what went wrong, what helps); %(sensor_pin)s stands for the pin's number}"""
