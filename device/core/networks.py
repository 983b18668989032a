"""The networks around: what a scan means for a person who chooses one."""


def listed(scan):
    """The scan as a list of dicts, strongest first, one entry a name (raw bytes compared), at most 20: ssid (bytes), rssi_dbm,
    channel, security (a word), bars (0 to 4), and bssid (bytes) of the strongest access point of that name.

    scan: what `WLAN.scan()` returns, tuples of (ssid bytes, bssid, channel, rssi_dbm, security number, hidden). Networks that hide
    their name are left out.
    """
    # By wifi_auth_mode_t of ESP-IDF. The second wpa2 is WPA and WPA2 mixed, the third WPA2 and WPA3.
    words = "open wep wpa wpa2 wpa2 wpa2-enterprise wpa3 wpa2 wapi owe wpa3-enterprise wpa3 wpa3".split()
    strongest = {}
    for ssid, bssid, channel, rssi_dbm, security, _ in scan:
        heard = (-rssi_dbm, ssid, bssid, channel, security)
        if ssid.strip(b"\0") and (ssid not in strongest or heard < strongest[ssid]):
            strongest[ssid] = heard
    entries = []
    for weakness, ssid, bssid, channel, security in sorted(strongest.values())[:20]:
        security = words[security] if 0 <= security < len(words) else "unknown"
        bars = (weakness <= 55) + (weakness <= 67) + (weakness <= 76) + (weakness <= 85)  # the steps that phones use
        entries.append({"ssid": ssid, "bssid": bssid, "channel": channel, "rssi_dbm": -weakness, "security": security, "bars": bars})
    return entries


def is_supported(network):
    return network["security"] in ("open", "wpa", "wpa2", "wpa3")


def public(network):
    """The entry as `/api/networks` tells it: `ssid` is text to show, `id` names its raw bytes, to send back as `network`."""
    from core.ssid import shown

    entry = dict(network)
    del entry["bssid"]
    entry["ssid"] = shown(network["ssid"])
    entry["id"] = network["ssid"].hex()
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
