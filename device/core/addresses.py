"""Addresses of the Internet Protocol, version 4: whether they make sense together."""


def number(address):
    """The 32 bits of an address such as "192.168.1.57", or None where it is none."""
    try:
        raw = bytes([int(part) for part in address.split(".")])
        return int.from_bytes(raw, "big") if "%d.%d.%d.%d" % tuple(raw) == address else None
    except (AttributeError, TypeError, ValueError, OverflowError):
        return None


def is_fixed_address(static):
    """Whether these are four addresses that can be used, of which address and gateway are two devices in the subnet of the netmask."""
    if not isinstance(static, dict) or set(static) != {"address", "netmask", "gateway", "dns"}:
        return False
    address, gateway, dns, netmask = [number(static[name]) for name in ("address", "gateway", "dns", "netmask")]
    if not (address and gateway and dns and netmask) or address == gateway:
        return False
    last = netmask ^ 0xFFFFFFFF  # of the subnet's numbers, for all of its devices; 0 is the subnet itself
    for one in (address, gateway, dns):
        if one >> 24 in (0, 127) or one >> 24 >= 224:
            return False
    return last & last + 1 == 0 and address ^ gateway <= last and 0 < address & last < last and 0 < gateway & last < last


def overlaps(hotspot, home):
    """Whether the 256 addresses round the hotspot's are the home network's, too. home: (the device's address there, netmask)."""
    return not (number(hotspot) ^ number(home[0])) & number(home[1]) & 0xFFFFFF00
