"""What goes wrong while Dewlog joins a network: a part of core/advice.py."""

ADVICE = {
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
}
"""{code: (what went wrong, what helps)}"""
