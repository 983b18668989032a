"""Access: through which door a visitor comes, what he may do there, and logging in. `now` is seconds of uptime."""

from micropython import const

_SESSIONS = const(4)
_SESSION_IDLE_S = const(86400)
_LONGEST_DELAY_S = const(60)
_PEERS = const(8)
_WINDOW_S = const(10)
_WRONG_A_WINDOW = const(20)


def same_text(left, right):
    """True when both texts are equal; takes equally long for every text as long as `right` (no early end to measure)."""
    left, right = left.encode(), right.encode()
    difference = len(left) ^ len(right)
    for index in range(len(right)):
        difference |= right[index] ^ (left[index] if index < len(left) else 0)
    return difference == 0


class Access:
    """Who may change something.

    names: callable -> (host name, address on the home network or None, address on the hotspot or None). password: the device
    password, which is also the hotspot's. random_bytes: callable(count) -> bytes from the hardware. open_hotspot: the hotspot asks for
    no password. `has_settings` is for the owner of this object to set: until then whoever stands beside the device sets it up.

    Wrong passwords make only the address they come from wait. Who tries from many addresses is slowed down by a limit over
    all; it holds for 10 s at most, and not for an address that is logged in. With 10 random characters that is plenty.
    """

    def __init__(self, names, password, random_bytes, open_hotspot=False):
        self.names = names
        self.has_settings = False
        self._password = password
        self._random_bytes = random_bytes
        self._open_hotspot = open_hotspot
        self._sessions = []  # [token, last seen, address], oldest first
        self._peers = []  # [address, wrong passwords, not before], oldest first
        self._window_s = self._wrong = 0

    def door(self, peer):
        """Which door an address is behind, "hotspot" or "home": the hotspot is a network of its own, 256 addresses large."""
        hotspot = self.names()[2]
        return "hotspot" if hotspot and hotspot.rpartition(".")[0] == peer.rpartition(".")[0] else "home"

    def may_change(self, door, token, now):
        """Whether who came through `door` with the cookie's `token` (or None) may change settings, and see what is private."""
        if door == "hotspot" and not (self.has_settings and self._open_hotspot):
            return True  # its password, which is the device's, has been proven, or there is nothing to protect yet
        return self.logged_in(token, now)

    def logged_in(self, token, now):
        """True when `token` is that of a session used within the last day."""
        session = self._session(token)
        if session is None:
            return False
        if now - session[1] > _SESSION_IDLE_S:
            self._sessions.remove(session)
            return False
        session[1] = now
        return True

    def wait_s(self, peer, now):
        """Seconds until a password from this address is looked at; 0 when that is at once."""
        wait_s = self._failures_of(peer)[2] - now
        if wait_s <= 0 and now - self._window_s >= _WINDOW_S:
            self._window_s = now
            self._wrong = 0
        elif wait_s <= 0 and self._wrong >= _WRONG_A_WINDOW and not any(session[2] == peer for session in self._sessions):
            wait_s = self._window_s + _WINDOW_S - now
        return max(0, wait_s)

    def log_in(self, peer, password, now):
        """(token, 0) for the right password, else (None, seconds to wait): 1, 2, 4 ... 60; nothing is looked at before."""
        wait_s = self.wait_s(peer, now)
        if wait_s > 0:
            return None, wait_s
        entry = self._failures_of(peer)
        if entry in self._peers:
            self._peers.remove(entry)
        if same_text(password, self._password):
            token = self._random_bytes(16).hex()
            self._sessions = self._sessions[-_SESSIONS + 1 :] + [[token, now, peer]]
            return token, 0
        self._wrong += 1
        wait_s = min(1 << min(entry[1], 6), _LONGEST_DELAY_S)
        self._peers = self._peers[-_PEERS + 1 :] + [[peer, entry[1] + 1, now + wait_s]]
        return None, wait_s

    def log_out(self, token):
        session = self._session(token)
        if session:
            self._sessions.remove(session)

    def _failures_of(self, peer):
        for entry in self._peers:
            if entry[0] == peer:
                return entry
        return [peer, 0, 0]

    def _session(self, token):
        found = None
        for session in self._sessions:  # all of them: how long it takes says nothing
            if token and same_text(token, session[0]):
                found = session
        return found
