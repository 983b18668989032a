"""Hosts: which Host and Origin headers mean this device. A page of another name that points here (DNS rebinding) is refused."""

_LOOPBACK = ("localhost", "127.0.0.1")
# What home routers put behind a device's name. Nobody can register a name below the first ones, which are not delegated in the public
# DNS; the last four belong to who makes the router or runs the network.
_HOME = (
    " local lan home localdomain internal intranet private corp localnet router station modem ip "
    "home.arpa fritz.box attlocal.net mshome.net "
)


def own_names(hostname, *addresses):
    """What this device answers to: its addresses (None is left out), and `hostname`, alone or with the ending of a home network."""
    return [address for address in addresses if address] + [hostname.lower()]


def host_allowed(host, names):
    """True when the Host header is one of `names`, or of this machine."""
    name = _name_of(host)
    if name is None:
        return False
    first, _, suffix = name.partition(".")
    is_home = " %s " % suffix in _HOME or " %s " % suffix.split(".")[-1] in _HOME
    return name in _LOOPBACK or name in names or first == names[-1] and suffix != "" and is_home


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
