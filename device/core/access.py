"""Access: through which door a visitor comes, by which host name, and whether he has logged in."""

from hashlib import sha256

from micropython import const

_SESSION_IDLE_S = const(86400)

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


def door(peer, hotspot):
    """Which door the address `peer` is behind, "hotspot" or "home".

    hotspot: its own address, or None while it is closed. It is a network of its own, 256 addresses large.
    """
    return "hotspot" if hotspot and hotspot.rpartition(".")[0] == peer.rpartition(".")[0] else "home"


def is_known(token, sessions, now):
    """Whether the cookie's `token` (or None) is that of a session, which goes on by that. now: seconds of uptime.

    sessions: a list of [token, when it was last seen].
    """
    for session in sessions:
        if token and same(token, session[0]) and now - session[1] <= _SESSION_IDLE_S:
            session[1] = now
            return True
    return False


def same(left, right):
    """Compared by their hashes: how long it takes says nothing about the texts."""
    return sha256(left.encode()).digest() == sha256(right.encode()).digest()
