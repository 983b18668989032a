"""What goes wrong on the way to ThingSpeak: a part of core/advice.py."""

ADVICE = {
    "no_internet": (
        "Joined the Wi-Fi, but there is no way from there to the internet.",
        "See whether another device on this network can open a web page; restart the router if not. You can keep the settings: Dewlog "
        "stores its readings and sends them when the internet is back.",
    ),
    "browser_login_needed": (
        "This network wants a log-in page in a browser first, as in hotels.",
        "Dewlog cannot fill in such a page. Use a network without one, or ask for this device to be let through by its address.",
    ),
    "certificate": (
        "The server that answered could not prove that it is ThingSpeak, so nothing was sent.",
        "Check the clock and whether a firewall opens encrypted connections; a newer version of Dewlog may know newer certificates.",
    ),
    "clock_unknown": (
        "Dewlog does not know the time yet.",
        "It asks time servers on the internet (NTP). Readings are kept and stamped as soon as the time is known.",
    ),
}
"""{code: (what went wrong, what helps)}"""
