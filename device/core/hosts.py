"""Hosts: which Host and Origin headers mean this device. A page of another name that points here (DNS rebinding) is refused."""

_LOOPBACK = ("localhost", "127.0.0.1")


def own_names(hostname, *addresses):
    """The names this device answers to: its addresses (None is left out), `hostname` and `hostname`.local, as home routers spell them."""
    hostname = hostname.lower()
    return [address for address in addresses if address] + [hostname + end for end in ("", ".local", ".lan", ".home.arpa", ".fritz.box")]


def host_allowed(host, names):
    """True when the Host header is one of `names`, or of this machine."""
    name = _name_of(host)
    return name is not None and (name in _LOOPBACK or name in names)


def origin_allowed(origin, host, names):
    """True when a state-changing request comes from our own page: no Origin (a script; browsers always send one), or exactly ours."""
    return origin is None or (origin.lower() == "http://" + host.lower() and host_allowed(host, names))


def _name_of(host):
    """The name in a Host header without its port, in lower case and without the dot that may end it; None when the port is none."""
    name, colon, port = host.rpartition(":")
    if not colon:
        name = host
    elif not port.isdigit():
        return None
    name = name.lower()
    return name[:-1] if name.endswith(".") else name
