"""The radio at work: scanning, joining the strongest access point, opening the hotspot. `wifi` is a hardware.wifi.Wifi."""

import asyncio

import network

from core.networks import find, listed, verdict

POLL_S = 0.2
POLLS = 100


async def scan(wifi):
    """Refresh `wifi.networks` and return it. Takes 2-3 s in a thread."""
    wifi.scanning = True
    try:
        wifi.station.active(True)
        wifi.networks = listed(await wifi.background.run(wifi.station.scan))
    except (OSError, MemoryError) as error:  # the radio is busy joining, or there is no memory for a thread or a long list
        wifi.log("Wi-Fi scan failed: %s" % error)
    finally:
        wifi.scanning = False
    return wifi.networks


async def join(wifi, ssid, password):
    """Leave the present network, join the strongest access point of this one (ssid: bytes; password "" for an open one).

    Returns a verdict of `core.networks`, or "no_address"; "joined" means that there is one. A join that begins while another is under way
    takes the radio over.
    """
    wifi.attempt = attempt = wifi.attempt + 1
    wifi.disconnect()
    found = find(await scan(wifi), ssid)
    network.hostname(wifi.hostname)  # before joining: mDNS and the router's list take it from there
    # Without a BSSID the chip takes the first access point by channel. Still that, too: some refuse theirs, and a hidden one is not found.
    for bssid in (found["bssid"], None) if found else (None,):
        code = await _attempt(wifi, attempt, ssid, password, bssid, found)
        if code not in ("not_found", "weak_signal"):
            break
    if code != "joined" and attempt == wifi.attempt:
        wifi.disconnect()
    return code


async def _attempt(wifi, attempt, ssid, password, bssid, found):
    station = wifi.station
    if attempt == wifi.attempt:
        station.active(True)
        wifi.disconnect()
        station.config(reconnects=2)  # finite, or a wrong password would stay "connecting" for ever
        try:
            station.connect(ssid, password or None, bssid=bssid)
        except OSError:
            return "weak_signal"
    for _ in range(POLLS):
        await asyncio.sleep(POLL_S)
        if attempt != wifi.attempt:
            return "weak_signal"
        code = verdict(station.status(), password, found)
        if code:
            return code
    return "weak_signal" if wifi.rssi_dbm() is None else "no_address"


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
