"""Access: which Host and Origin are ours, and what is known of those who logged in."""

COOKIE = "dewlog"
"""Holds the token of a session in the browser."""

_LOOPBACK = ("localhost", "127.0.0.1")


def own_names(hostname, *addresses):
    """The names this device answers to: its addresses (None is left out), `hostname` and `hostname`.local, as home routers spell them."""
    hostname = hostname.lower()
    return [address for address in addresses if address] + [hostname + end for end in ("", ".local", ".lan", ".home.arpa", ".fritz.box")]


def _name_of(host):
    """The name in a Host header without its port, in lower case and without the dot that may end it; None when the port is none."""
    name, colon, port = host.rpartition(":")
    if not colon:
        name = host
    elif not port.isdigit():
        return None
    name = name.lower()
    return name[:-1] if name.endswith(".") else name


class Access:
    """Decides for one device.

    names: callable -> the device's own names and addresses as they are now (see `own_names`). password: the device password.
    random_bytes: callable(count) -> bytes from the hardware. The rest is the memory of core/login.py.
    """

    def __init__(self, names, password, random_bytes):
        self._names = names
        self.password = password
        self.random_bytes = random_bytes
        self.sessions = []  # [token, last seen], oldest first
        self.failures = 0
        self.not_before = 0

    def host_allowed(self, host):
        """True when the Host header names this device: a page of another name that points here (DNS rebinding) is refused."""
        name = _name_of(host)
        return name is not None and (name in _LOOPBACK or name in self._names())

    def origin_allowed(self, origin, host):
        """True when a state-changing request comes from our own page: no Origin (a script; browsers always send one), or exactly ours."""
        return origin is None or (origin.lower() == "http://" + host.lower() and self.host_allowed(host))
