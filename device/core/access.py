"""Access: through which door a visitor comes, by which host name, what he may do there, and logging in. `now` is seconds of uptime."""

from hashlib import sha256

from micropython import const

_SESSIONS = const(4)
_SESSION_IDLE_S = const(86400)
_PEERS = const(8)

# What home routers put behind a device's name. Nobody can register a name below the first ones, which are not delegated in the public
# DNS; the last four belong to who makes the router or runs the network.
_HOME = (
    " local lan home localdomain internal intranet private corp localnet router station modem ip "
    "home.arpa fritz.box attlocal.net mshome.net "
)


def host_allowed(host, hostname, *addresses):
    """True when a Host header means this device: an address of its own (None is left out), its `hostname` alone or with the
    ending of a home network, or this machine; with any port. A page of another name that points here (DNS rebinding) is refused."""
    name, colon, port = host.lower().partition(":")
    name = name.rstrip(".")
    if colon and not port.isdigit():
        return False
    first, _, suffix = name.partition(".")
    if first != hostname.lower():
        return name in addresses or name in ("127.0.0.1", "localhost")
    return not suffix or " %s " % suffix in _HOME or " %s " % suffix.split(".")[-1] in _HOME


class Access:
    """Who may change something.

    names: callable -> (host name, address on the home network or None, address on the hotspot or None). password: the device
    password, which is also the hotspot's. random_bytes: callable(count) -> bytes from the hardware. open_hotspot: the hotspot asks for
    no password.

    Wrong passwords make only the address they come from wait: 1, 2, 4 ... 60 s. With 10 random characters that is plenty.
    """

    def __init__(self, names, password, random_bytes, open_hotspot=False):
        self.names = names
        self._password = password
        self._random_bytes = random_bytes
        self._open_hotspot = open_hotspot
        self._sessions = []  # [token, last seen], oldest first
        self._wrong = []  # [address, wrong passwords, not before], oldest first

    def door(self, peer):
        """Which door an address is behind, "hotspot" or "home": the hotspot is a network of its own, 256 addresses large."""
        hotspot = self.names()[2]
        return "hotspot" if hotspot and hotspot.rpartition(".")[0] == peer.rpartition(".")[0] else "home"

    def may_change(self, door, has_settings, token, now):
        """Whether who came through `door` with the cookie's `token` (or None) may change settings, and see what is private."""
        if door == "hotspot" and not (has_settings and self._open_hotspot):
            return True  # its password, which is the device's, has been proven, or there is nothing to protect yet
        for session in self._sessions:
            if token and _same(token, session[0]):
                if now - session[1] <= _SESSION_IDLE_S:
                    session[1] = now
                    return True
        return False

    def log_in(self, peer, password, now):
        """(token, 0) for the right password; (None, 0) for a wrong one; (None, seconds) when nothing is looked at for so long."""
        entry = [peer, 0, 0]
        for one in self._wrong:
            if one[0] == peer:
                entry = one
        if entry[2] > now:
            return None, entry[2] - now
        self._wrong = [one for one in self._wrong if one is not entry][-_PEERS + 1 :]
        if not _same(password, self._password):
            self._wrong.append([peer, entry[1] + 1, now + min(1 << min(entry[1], 6), 60)])
            return None, 0
        token = self._random_bytes(16).hex()
        self._sessions = self._sessions[-_SESSIONS + 1 :] + [[token, now]]
        return token, 0

    def log_out(self, token):
        self._sessions = [session for session in self._sessions if not (token and _same(token, session[0]))]


def _same(left, right):
    """Compared by their hashes: how long it takes says nothing about the texts."""
    return sha256(left.encode()).digest() == sha256(right.encode()).digest()
