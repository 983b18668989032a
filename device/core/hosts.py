"""Hosts: which Host headers mean this device. A page of another name that points here (DNS rebinding) is refused."""

# What home routers put behind a device's name. Nobody can register a name below the first ones, which are not delegated in the public
# DNS; the last four belong to who makes the router or runs the network.
_HOME = (
    " local lan home localdomain internal intranet private corp localnet router station modem ip "
    "home.arpa fritz.box attlocal.net mshome.net "
)
# Proxy discovery; mail programs; updates of Windows, Chrome, Firefox, Android, Kindle; certificates; and other things.
_NOISE = "wpad autodiscover update ocsp crl. mesu.apple gvt1.com favicon.ico apple-app-site msdownload delivery.mp"


def host_allowed(host, hostname, *addresses):
    """True when a Host header means this device: an address of its own (None is left out), its `hostname` alone or with the
    ending of a home network, or this machine; with any port."""
    name, colon, port = host.lower().partition(":")
    if colon and not port.isdigit():
        return False
    name = name.rstrip(".")
    if name in addresses or name in ("127.0.0.1", "localhost"):
        return True
    first, _, suffix = name.partition(".")
    if first != hostname.lower():
        return False
    return not suffix or " %s " % suffix in _HOME or " %s " % suffix.split(".")[-1] in _HOME


def is_noise(asked):
    """Whether a phone on the hotspot asks another host for something (its name and the path) that no person waits for."""
    for word in _NOISE.split():
        if word in asked.lower():
            return True
    return False
