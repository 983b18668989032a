"""Joining a network: what the Wi-Fi's status means."""

from core.networks import is_supported


def verdict(status, password, network):
    """What `WLAN.status()` says of a join that has ended, None while it goes on. network: of `core.networks.listed`; None: not in sight.

    "joined", "wrong_password", "not_found", "password_not_wanted", "security_not_supported"; and "weak_signal" for whatever broke off
    without a reason of its own. By MicroPython's STAT_ constants, and ESP-IDF's wifi_err_reason_t which pass through as they are; what
    the scan knows of the network counts for more.
    """
    if status in (1000, 1001, 0):
        return None
    if status == 1010:
        return "joined"
    if status in (202, 2, 15, 204, 205, 14):  # 15 and 204: the handshake timed out, which is how most routers answer a wrong key
        code = "wrong_password"
    elif status == 201:
        code = "not_found"
    elif status in (211, 210, 18, 19, 20, 23, 24, 29):
        code = "security_not_supported"
    else:
        return "weak_signal"
    if network and not is_supported(network):
        return "security_not_supported"
    is_open = network["security"] == "open" if network else status == 211  # less secure than a password asks for
    if password and is_open:
        return "password_not_wanted"
    if not (password or is_open) and (network or code != "not_found"):
        return "wrong_password"  # it would be taken with one
    return code
