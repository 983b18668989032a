"""What goes wrong with the sensor, ThingSpeak, the clock and the flash: a part of core/advice.py."""

ADVICE = {
    # the sensor
    "sensor_silent": (
        "No answer from the sensor.",
        "Check that its data wire is on GPIO %(sensor_pin)s with a 10 kΩ pull-up to 3.3 V, that it has power and ground, and that its "
        "type is right.",
    ),
    "sensor_checksum": (
        "The sensor answers, but its data arrives damaged.",
        "Shorten the data wire (under 1 m helps), check the 10 kΩ pull-up from GPIO %(sensor_pin)s to 3.3 V and every plug.",
    ),
    # ThingSpeak
    "key_refused": (
        "ThingSpeak does not know this key.",
        "Copy the Write API Key (not the Read key) from your channel's page, tab 'API Keys', and enter it again.",
    ),
    "thingspeak_busy": (
        "ThingSpeak did not store the reading: it takes one every 15 seconds for a channel.",
        "Is another device writing to the same channel? Give each Dewlog a channel of its own, or wait a minute and try again.",
    ),
    "thingspeak_error": (
        "ThingSpeak could not be reached or answered with an error.",
        "It may be busy, or something on the way to it is down, for some minutes. Readings are kept on Dewlog and sent later.",
    ),
    # problems of a running station
    "quota": (
        "The yearly message budget of your ThingSpeak account is used up.",
        "Choose a longer interval or wait for the new year of your licence. Readings are kept here meanwhile.",
    ),
    "certificate": (
        "The server that answered could not prove that it is ThingSpeak, so nothing was sent.",
        "Check the clock and whether a firewall opens encrypted connections; a newer version of Dewlog may know newer certificates.",
    ),
    "clock_unknown": (
        "Dewlog does not know the time yet.",
        "It asks time servers on the internet (NTP). Readings are kept and stamped as soon as the time is known.",
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
