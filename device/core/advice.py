"""What went wrong, for a person: one sentence that says it, one that helps. Loaded on demand."""

_ADVICE = {
    # joining
    "wrong_password": (
        "The password does not match this network.",
        "Check capitals, and o against 0. The password is often printed on the router. If it is surely right, the router may "
        "accept known devices only (MAC filter) or WPA3 only.",
    ),
    "not_found": (
        "Dewlog cannot see this network.",
        "It may be 5 GHz only (Dewlog speaks 2.4 GHz), out of reach, or its name is spelled differently. Move Dewlog closer to the "
        "router, or switch on the router's 2.4 GHz network.",
    ),
    "weak_signal": (
        "The connection broke off: the signal is too weak, or the router turned Dewlog away.",
        "Move Dewlog closer to the router and try again. If it is close already, restart the router: it may be out of places for "
        "new devices.",
    ),
    "security_not_supported": (
        "This network uses a kind of security that Dewlog does not speak.",
        "Set the router, or its guest network, to WPA2 or WPA2/WPA3. Networks with a user name (company, university) cannot be used.",
    ),
    "no_address": (
        "The password is right, but the router gave no address.",
        "Restart the router and try again. If it hands out addresses by hand only, allow this device or switch on DHCP.",
    ),
    # the way out
    "no_internet": (
        "Joined the Wi-Fi, but there is no way from there to the internet.",
        "See whether another device on this network can open a web page; restart the router if not. You can keep the settings: Dewlog "
        "stores its readings and sends them when the internet is back.",
    ),
    "browser_login_needed": (
        "This network wants a log-in page in a browser first, as in hotels.",
        "Dewlog cannot fill in such a page. Use a network without one, or ask for this device to be let through by its address.",
    ),
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


def sentences(code, sensor_pin=23):
    """(message, advice) for a code of the contract, or for a problem of a running station. An unknown code speaks for itself."""
    message, advice = _ADVICE.get(code, ("Something unexpected happened (%s)." % code, "Please try again."))
    return message, advice.replace("%(sensor_pin)s", str(sensor_pin))


def sentence(code, sensor_pin=23):
    """Message and advice as one text."""
    return " ".join(sentences(code, sensor_pin))
