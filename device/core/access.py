"""Access: what is known of those who ask."""

COOKIE = "dewlog"
"""Holds the token of a session in the browser."""


class Access:
    """The memory of core/login.py, and what core/hosts.py compares with.

    names: callable -> the device's host name and its addresses as they are now. password: the device password. random_bytes:
    callable(count) -> bytes from the hardware.
    """

    def __init__(self, names, password, random_bytes):
        self.names = names
        self.password = password
        self.random_bytes = random_bytes
        self.sessions = []  # [token, last seen], oldest first
        self.wrong = []  # [address, wrong passwords, not before], oldest first
