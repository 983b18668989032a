"""The networks around: what a scan means for a person who chooses one."""

import json

from core.ssid import shown, to_id

MOST_LISTED = 20

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
_SUPPORTED = ("open", "wpa", "wpa2", "wpa3")


def listed(scan):
    """The scan as a list of dicts, strongest first, one entry a name (raw bytes compared), at most `MOST_LISTED`.

    scan: what `WLAN.scan()` returns, tuples of (ssid bytes, bssid, channel, rssi_dbm, security number, hidden). Networks that hide
    their name are left out.
    """
    strongest = {}
    for ssid, _, channel, rssi_dbm, security, _ in scan:
        if ssid.strip(b"\0") and (ssid not in strongest or strongest[ssid][0] < rssi_dbm):
            strongest[ssid] = (rssi_dbm, channel, security)
    names = sorted(strongest, key=lambda ssid: -strongest[ssid][0])[:MOST_LISTED]
    return [_entry(ssid, *strongest[ssid]) for ssid in names]


def _entry(ssid, rssi_dbm, channel, security):
    return {"ssid": ssid, "rssi_dbm": rssi_dbm, "channel": channel, "security": security_word(security), "bars": bars(rssi_dbm)}


def security_word(number):
    return _SECURITY[number] if 0 <= number < len(_SECURITY) else "unknown"


def is_supported(network):
    return network["security"] in _SUPPORTED


def security_note(network):
    """What the security means for the person who chooses, in a few words."""
    word = network["security"]
    if word == "open":
        return "open, no password"
    if word in _SUPPORTED:
        return "password needed"
    if "enterprise" in word:
        return "company log-in: not supported"
    return "%s: not supported" % word.upper()


def bars(rssi_dbm):
    """0 to 4, by the steps that phones use."""
    for count, floor in ((4, -55), (3, -67), (2, -76), (1, -85)):
        if rssi_dbm >= floor:
            return count
    return 0


def public(network):
    """The entry as `/api/networks` tells it: `ssid` is text to show, `id` names its raw bytes, to send back as `network`."""
    entry = dict(network)
    entry["ssid"] = shown(network["ssid"])
    entry["id"] = to_id(network["ssid"])
    entry["supported"] = is_supported(network)
    entry["note"] = security_note(network)
    return entry


def to_json(networks, scanning):
    """The answer of `GET /api/networks`, an entry at a time."""
    yield '{"scanning": %s, "networks": [' % ("true" if scanning else "false")
    between = ""
    for network in networks:
        yield between + json.dumps(public(network))
        between = ", "
    yield "]}"


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
