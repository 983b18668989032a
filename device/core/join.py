"""Joining a network: what the Wi-Fi's status means, and when to try again."""

JOINED = "joined"
JOINING = "joining"
IDLE = "idle"
WRONG_PASSWORD = "wrong_password"
NOT_FOUND = "not_found"
WEAK_SIGNAL = "weak_signal"
SECURITY_NOT_SUPPORTED = "security_not_supported"
PASSWORD_NOT_WANTED = "password_not_wanted"
NO_ADDRESS = "no_address"

# MicroPython's STAT_ constants, and ESP-IDF's wifi_err_reason_t which pass through as they are.
_VERDICTS = (
    (JOINED, (1010,)),
    (JOINING, (1001,)),
    (IDLE, (1000, 0)),
    (WRONG_PASSWORD, (202, 2, 15, 204, 205, 14)),  # 15 and 204: the handshake timed out, which is how most routers answer a wrong key
    (NOT_FOUND, (201,)),
    (PASSWORD_NOT_WANTED, (211,)),  # less secure than a password asks for: mostly an open network
    (SECURITY_NOT_SUPPORTED, (210, 18, 19, 20, 23, 24, 29)),
)


def verdict(status):
    """What `WLAN.status()` says, as one of the names above. Whatever broke off without a reason of its own is a weak signal."""
    for name, numbers in _VERDICTS:
        if status in numbers:
            return name
    return WEAK_SIGNAL


def is_final(name):
    """Whether trying on by itself changes nothing: the join has ended."""
    return name not in (JOINING, IDLE)


def retry_delay_s(failures, mac):
    """Seconds to wait after `failures` joins failed in a row: 2, 4, 8 ... 60, and up to a quarter more, fixed by the MAC address.

    The jitter keeps a house full of devices from storming a router that has just come back.
    """
    wait_s = min(60, 2 << min(max(failures, 1) - 1, 5))
    return wait_s + wait_s * mac[-1] // 1024
