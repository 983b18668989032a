"""Access: which Host and Origin are ours, and who has logged in."""

COOKIE = "dewlog"
"""Holds the token of a session in the browser."""
SESSIONS = 4
SESSION_IDLE_S = 24 * 3600
LONGEST_DELAY_S = 60
_LOOPBACK = ("localhost", "127.0.0.1")
_HEX = "0123456789abcdef"


def same_text(left, right):
    """True when both texts are equal; takes equally long for every text as long as `right` (no early end to measure)."""
    left, right = left.encode(), right.encode()
    difference = len(left) ^ len(right)
    for index in range(len(right)):
        difference |= right[index] ^ (left[index] if index < len(left) else 0)
    return difference == 0


def own_names(hostname, *addresses):
    """The names this device answers to: its addresses (None is left out), `hostname` and `hostname`.local, as home routers spell them."""
    hostname = hostname.lower()
    return [address for address in addresses if address] + [hostname + end for end in ("", ".local", ".lan", ".home.arpa", ".fritz.box")]


def _name_of(host):
    """The name in a Host header without its port, in lower case and without the dot that may end it."""
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
    random_bytes: callable(count) -> bytes from the hardware. Times (`now`) are seconds of uptime.
    """

    def __init__(self, names, password, random_bytes):
        self._names = names
        self._password = password
        self._random_bytes = random_bytes
        self._sessions = []  # [token, last seen], oldest first
        self._failures = 0
        self._not_before = 0

    def host_allowed(self, host):
        """True when the Host header names this device: a page of another name that points here (DNS rebinding) is refused."""
        name = _name_of(host)
        return name is not None and (name in _LOOPBACK or name in self._names())

    def origin_allowed(self, origin, host):
        """True when a state-changing request comes from our own page: no Origin (a script; browsers always send one), or exactly ours."""
        return origin is None or (origin.lower() == "http://" + host.lower() and self.host_allowed(host))

    def log_in(self, password, now):
        """(token, 0) for the right password, else (None, seconds to wait): 1, 2, 4 ... 60 s. Nothing is looked at before they are over."""
        wait_s = self._not_before - now
        if wait_s > 0:
            return None, wait_s
        if not same_text(password, self._password):
            wait_s = min(1 << min(self._failures, 6), LONGEST_DELAY_S)
            self._failures += 1
            self._not_before = now + wait_s
            return None, wait_s
        self._failures = 0
        token = "".join(_HEX[byte >> 4] + _HEX[byte & 15] for byte in self._random_bytes(16))
        self._sessions.append([token, now])
        if len(self._sessions) > SESSIONS:
            self._sessions.pop(0)
        return token, 0

    def logged_in(self, token, now):
        """True when `token` (the cookie's text or None) is that of a session used within the last day."""
        session = self._session(token)
        if session is None:
            return False
        if now - session[1] > SESSION_IDLE_S:
            self._sessions.remove(session)
            return False
        session[1] = now
        return True

    def log_out(self, token):
        session = self._session(token)
        if session:
            self._sessions.remove(session)

    def _session(self, token):
        found = None
        for session in self._sessions:
            if token and same_text(token, session[0]):
                found = session
        return found
