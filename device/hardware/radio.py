"""The radio at work: scanning, joining the best access point, opening the hotspot. `wifi` is a hardware.wifi.Wifi."""

import asyncio

import network

from core.networks import candidates, listed, verdict
from micropython import const

POLL_S = 0.2
POLLS = 100
_BETTER_DB = const(8)


async def scan(wifi):
    """Refresh `wifi.networks`; returns what `WLAN.scan()` found. Takes 2-3 s in a thread."""
    wifi.scanning = True
    rows = ()
    try:
        if wifi.country and wifi.country != network.country():  # it holds from the next time that the radio goes on
            wifi.station.active(False)
            network.country(wifi.country)
        wifi.station.active(True)
        rows = await wifi.background.run(wifi.station.scan)
        wifi.networks = listed(rows)
    except (OSError, MemoryError) as error:  # the radio is busy joining, or there is no memory for a thread or a long list
        wifi.log("Wi-Fi scan failed: %s" % error)
    finally:
        wifi.scanning = False
    return rows


async def join(wifi, settings, if_better=False):
    """Leave the present network, join the best access point of those networks that these settings know.

    Returns "joined", or what became of the network that was tried first: a verdict of `core.networks`, or "no_address". if_better: "kept"
    where none is heard better than the present one by 8 dB. A join that begins while another is under way takes the radio over.
    """
    wifi.attempt = attempt = wifi.attempt + 1
    if not if_better:
        wifi.disconnect()
    wifi.country = settings["country"] or wifi.country
    networks = [(settings["ssid"], settings["password"])] + settings["networks"]
    rows, ssids = await scan(wifi), dict(networks)
    if if_better and wifi.connected():
        if max([row[3] for row in rows if row[0] in ssids] + [-127]) < (wifi.rssi_dbm() or 0) + _BETTER_DB:
            return "kept"
        wifi.log("Wi-Fi: a better access point is in reach")
    tries, rows = candidates(networks, rows, wifi.ssid), None
    network.hostname(wifi.hostname)  # before joining: mDNS and the router's list take it from there
    codes, around = {}, {entry.ssid: entry for entry in wifi.networks}
    for ssid, password, bssid in tries:
        if codes.get(ssid, "not_found") in ("not_found", "weak_signal"):
            static = settings["static"] if ssid == settings["ssid"] else None
            codes[ssid] = await _attempt(wifi, attempt, ssid, password, bssid, static, around.get(ssid))
        if attempt != wifi.attempt:
            return "weak_signal"
        if codes[ssid] == "joined":
            wifi.ssid, wifi.home = ssid, wifi.station.ifconfig()[:2]
            if wifi.hotspot.active() and _overlaps(wifi.hotspot_address(), wifi.home):
                wifi.hotspot.active(False)  # its phones and who is at home could not be told apart; it opens again elsewhere
            wifi.log("Joined the Wi-Fi: address %s" % wifi.home[0])
            return "joined"
    wifi.disconnect()
    return codes[tries[0][0]]


async def _attempt(wifi, attempt, ssid, password, bssid, static, entry):
    station = wifi.station
    if attempt == wifi.attempt:
        station.active(True)
        wifi.disconnect()
        station.config(reconnects=2)  # finite, or a wrong password would stay "connecting" for ever
        try:
            if static or wifi.is_fixed:  # the chip keeps what it was told
                station.ifconfig((static["address"], static["netmask"], static["gateway"], static["dns"]) if static else "dhcp")
                wifi.is_fixed = bool(static)
            station.connect(ssid, password or None, bssid=bssid)
        except OSError:
            return "weak_signal"
    for _ in range(POLLS):
        await asyncio.sleep(POLL_S)
        if attempt != wifi.attempt:
            return "weak_signal"
        code = verdict(station.status(), password, entry)
        if code:
            return code
    return "weak_signal" if wifi.rssi_dbm() is None else "no_address"


def _overlaps(hotspot, home):
    if not home:
        return False
    from core.network_settings import overlaps

    return overlaps(hotspot, home)


def open_hotspot(wifi, password, channel):
    """Open it under `wifi.hotspot_name`: WPA2 with a password (8-63 characters), open with None."""
    facts = {"ssid": wifi.hotspot_name, "channel": channel, "max_clients": 4, "security": network.WLAN.SEC_OPEN}
    if password:
        facts["security"] = network.WLAN.SEC_WPA2
        facts["key"] = password
    network.hostname(wifi.hostname)
    try:
        wifi.hotspot.config(**facts)  # before it is up: then there is no moment under the chip's own name
    except OSError:
        pass  # a firmware that wants it up first
    wifi.hotspot.active(True)
    wifi.hotspot.config(**facts)
    for address in ("192.168.4.1", "192.168.5.1", "172.31.4.1"):  # the second, unless a home network is as large as to have it, too
        if not _overlaps(address, wifi.home):
            break
    if wifi.hotspot.ifconfig()[0] != address:
        wifi.hotspot.ifconfig((address, "255.255.255.0", address, address))
