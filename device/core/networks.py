"""The networks around: what a scan means for a person who chooses one, and what became of joining it."""

from collections import namedtuple

Network = namedtuple("Network", ("ssid", "rssi_dbm", "channel", "security"))
"""One that was heard. ssid: bytes. security: a word."""


def listed(scan):
    """The scan as a list of Networks, strongest first, one entry a name (raw bytes compared), at most 20.

    scan: what `WLAN.scan()` returns, tuples of (ssid bytes, bssid, channel, rssi_dbm, security number, hidden). Networks that hide
    their name are left out.
    """
    # By wifi_auth_mode_t of ESP-IDF. The second wpa2 is WPA and WPA2 mixed, the third WPA2 and WPA3.
    words = "open wep wpa wpa2 wpa2 wpa2-enterprise wpa3 wpa2 wapi owe wpa3-enterprise wpa3 wpa3".split()
    strongest = {}
    for ssid, _, channel, rssi_dbm, security, _ in scan:
        heard = (-rssi_dbm, ssid, channel, security)
        if ssid.strip(b"\0") and (ssid not in strongest or heard < strongest[ssid]):
            strongest[ssid] = heard
    networks = []
    for weakness, ssid, channel, security in sorted(strongest.values())[:20]:
        networks.append(Network(ssid, -weakness, channel, words[security] if 0 <= security < len(words) else "unknown"))
    return networks


def candidates(networks, scan, last=b""):
    """What to try to join, one after the other: [(ssid, password, bssid or None for whatever access point the chip takes)].

    networks: [(ssid, password)]. scan: as for `listed`. The strongest access points come first, at most two of a name;
    then, for hidden networks and for those that refuse who asks for one access point, the names: `last` first, which was joined last.
    """
    passwords, found, counts = dict(networks), [], {}
    for _, bssid, ssid in sorted([(-row[3], row[1], row[0]) for row in scan if row[0] in passwords]):
        counts[ssid] = counts.get(ssid, 0) + 1
        if counts[ssid] <= 2:
            found.append((ssid, passwords[ssid], bssid))
    for is_last in (True, False):
        for ssid, password in networks:
            if (ssid == last) is is_last:
                found.append((ssid, password, None))
    return found


def likely_channel(networks, ssid=b""):
    """The channel to open the hotspot on: that of the network which will be joined, so that phones need not follow a move.

    That is `ssid` where it is in sight, otherwise the strongest; 6 where there is none.
    """
    for target in [network for network in networks if network.ssid == ssid] or networks:
        return target.channel if 1 <= target.channel <= 13 else 6
    return 6


def verdict(status, password, network):
    """What `WLAN.status()` says of a join that has ended, None while it goes on. network: a Network; None: not in sight.

    "joined", "wrong_password", "not_found", "password_not_wanted", "security_not_supported"; and "weak_signal" for whatever broke off
    without a reason of its own. By MicroPython's STAT_ constants, and ESP-IDF's wifi_err_reason_t which pass through as they are; what
    the scan knows of the network counts for more.
    """
    if status in (1000, 1001, 0):
        return None
    if status == 1010:
        return "joined"
    if status in (202, 2, 15, 204, 205, 14):  # 15 and 204: the handshake timed out, which is how most routers answer a wrong key
        code = "wrong_password"
    elif status == 201:
        code = "not_found"
    elif status in (211, 210, 18, 19, 20, 23, 24, 29):
        code = "security_not_supported"
    else:
        return "weak_signal"
    if network and network.security not in ("open", "wpa", "wpa2", "wpa3"):
        return "security_not_supported"
    is_open = network.security == "open" if network else status == 211  # less secure than a password asks for
    if password and is_open:
        return "password_not_wanted"
    if not (password or is_open) and (network or code != "not_found"):
        return "wrong_password"  # it would be taken with one
    return code
