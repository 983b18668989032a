"""What settings say of networks besides the first: the list of those that are known, and a fixed address (IPv4)."""


def read_networks(fields, pairs):
    """([(ssid, password)] of the networks to know, the code of what is wrong with them or None).

    Of `networks` in `fields`, a list of {"ssid" or "ssid_hex", "password"}, the first becomes what is to be proven, as though it had
    been typed; a password that is left out is the known one's. One may be new, for a trial proves one, and comes first. pairs: as they
    are known.
    """
    from core.settings import fault, from_hex
    from core.text import joined

    passwords, told, new, entries = dict(pairs), [], 0, fields["networks"]
    try:
        for entry in entries:
            ssid = from_hex(entry["ssid_hex"]) if "ssid_hex" in entry else joined(entry["ssid"]).encode()
            password = entry.get("password", passwords.get(ssid))
            code = "too_many" if entries[3:] else fault("ssid", ssid)
            code = code or ("required" if password is None else fault("password", joined(password)))
            if code:
                return pairs, code
            is_new = passwords.get(ssid) != password
            new += is_new
            told.insert(0 if is_new else len(told), (ssid, password))
    except (AttributeError, KeyError, TypeError, ValueError):
        return pairs, "damaged"
    if new > 1 or not told:
        return pairs, "one_at_a_time" if told else "required"
    ssid, password = told[0]
    fields.update({"network": "", "ssid": "", "ssid_hex": ssid.hex(), "password": password, "open": "" if password else "yes"})
    return told, None


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
