"""Joining a network: what the Wi-Fi's status means, why it did not work, and when to try again."""


def verdict(status):
    """What `WLAN.status()` says of a join that has ended, None while it goes on.

    "joined", "wrong_password", "not_found", "password_not_wanted", "security_not_supported"; and "weak_signal" for whatever broke off
    without a reason of its own. By MicroPython's STAT_ constants, and ESP-IDF's wifi_err_reason_t which pass through as they are.
    """
    if status in (1000, 1001, 0):
        return None
    if status == 1010:
        return "joined"
    if status in (202, 2, 15, 204, 205, 14):  # 15 and 204: the handshake timed out, which is how most routers answer a wrong key
        return "wrong_password"
    if status == 201:
        return "not_found"
    if status == 211:  # less secure than a password asks for: mostly an open network
        return "password_not_wanted"
    return "security_not_supported" if status in (210, 18, 19, 20, 23, 24, 29) else "weak_signal"


def reason(verdict, settings, networks):
    """Why a join with these settings did not work, by its verdict and the entries of `core.networks.listed`."""
    from core.networks import find, is_supported

    network, password = find(networks, settings["ssid"]), settings["password"]
    if verdict not in ("wrong_password", "not_found", "security_not_supported", "password_not_wanted"):
        return "weak_signal"
    if network and not is_supported(network):
        return "security_not_supported"
    is_open = network["security"] == "open" if network else verdict == "password_not_wanted"
    if password and is_open:
        return "password_not_wanted"
    if not (password or is_open) and (network or verdict != "not_found"):
        return "wrong_password"  # it would be taken with one
    return "security_not_supported" if verdict == "password_not_wanted" else verdict


def retry_delay_s(failures, mac):
    """Seconds to wait after `failures` joins failed in a row: 2, 4, 8 ... 60, and up to a quarter more, fixed by the MAC address.

    The jitter keeps a house full of devices from storming a router that has just come back.
    """
    wait_s = min(60, 1 << min(failures, 6))
    return wait_s + wait_s * mac[-1] // 1024
