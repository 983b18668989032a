"""The networks around: what a scan means for a person who chooses one."""

from core import join
from core.ssid import shown, to_id

# wifi_auth_mode_t of ESP-IDF, by its number; MicroPython's scan() passes it on.
_SECURITY = (
    "open",
    "wep",
    "wpa",
    "wpa2",
    "wpa2",  # WPA and WPA2 mixed
    "wpa2-enterprise",
    "wpa3",
    "wpa2",  # WPA2 and WPA3 mixed
    "wapi",
    "owe",
    "wpa3-enterprise",
    "wpa3",
    "wpa3",
)


def listed(scan):
    """The scan as a list of dicts, strongest first, one entry a name (raw bytes compared), at most 20: ssid (bytes), rssi_dbm,
    channel, security (a word), bars (0 to 4), and bssid (bytes) of the strongest access point of that name.

    scan: what `WLAN.scan()` returns, tuples of (ssid bytes, bssid, channel, rssi_dbm, security number, hidden). Networks that hide
    their name are left out.
    """
    strongest = {}
    for row in scan:
        ssid = row[0]
        if ssid.strip(b"\0") and (ssid not in strongest or strongest[ssid][3] < row[3]):
            strongest[ssid] = row
    return [_entry(*row) for row in sorted(strongest.values(), key=lambda row: -row[3])[:20]]


def _entry(ssid, bssid, channel, rssi_dbm, security, _):
    bars = sum([rssi_dbm >= floor for floor in (-55, -67, -76, -85)])  # the steps that phones use
    security = _SECURITY[security] if 0 <= security < len(_SECURITY) else "unknown"
    return {"ssid": ssid, "bssid": bssid, "channel": channel, "rssi_dbm": rssi_dbm, "security": security, "bars": bars}


def is_supported(network):
    return network["security"] in ("open", "wpa", "wpa2", "wpa3")


def public(network):
    """The entry as `/api/networks` tells it: `ssid` is text to show, `id` names its raw bytes, to send back as `network`."""
    entry = dict(network)
    del entry["bssid"]
    entry["ssid"] = shown(network["ssid"])
    entry["id"] = to_id(network["ssid"])
    entry["supported"] = is_supported(network)
    return entry


def find(networks, ssid):
    """The entry with this raw name, or None."""
    for network in networks:
        if network["ssid"] == ssid:
            return network
    return None


def likely_channel(networks, ssid=b""):
    """The channel to open the hotspot on: that of the network which will be joined, so that phones need not follow a move.

    That is `ssid` where it is in sight, otherwise the strongest; 6 where there is none.
    """
    target = find(networks, ssid) or (networks[0] if networks else None)
    return target["channel"] if target and 1 <= target["channel"] <= 13 else 6


def reason(verdict, password, network):
    """Why a join did not work, by `core.join`'s verdict and what the scan knows of the network (an entry, or None for a hidden one)."""
    if verdict not in (join.WRONG_PASSWORD, join.NOT_FOUND, join.SECURITY_NOT_SUPPORTED, join.PASSWORD_NOT_WANTED):
        return join.NO_ADDRESS if verdict == join.NO_ADDRESS else join.WEAK_SIGNAL
    if network and not is_supported(network):
        return join.SECURITY_NOT_SUPPORTED
    is_open = network["security"] == "open" if network else verdict == join.PASSWORD_NOT_WANTED
    if password and is_open:
        return join.PASSWORD_NOT_WANTED
    if not password and (network or verdict != join.NOT_FOUND) and not is_open:
        return join.WRONG_PASSWORD  # it would be taken with one
    return join.SECURITY_NOT_SUPPORTED if verdict == join.PASSWORD_NOT_WANTED else verdict
