"""The radio at work: scanning, joining the strongest access point, rejoining, opening the hotspot. `wifi` is a hardware.wifi.Wifi."""

import asyncio

import network

from core import join as joining
from core.networks import listed

POLL_MS = 200
RECONNECTS = 2
"""Finite, or a wrong password would stay "connecting" for ever."""
JOIN_S = 20
MOST_PHONES = 4


async def scan(wifi):
    """Refresh `wifi.networks` and return it. Takes 2-3 s in a thread."""
    wifi.scanning = True
    try:
        wifi.station.active(True)
        wifi.networks = listed(await wifi.background.run(wifi.station.scan))
    except OSError as error:  # the radio is busy joining, or there is no memory for a thread
        wifi.log("Wi-Fi scan failed: %s" % error)
    finally:
        wifi.scanning = False
    return wifi.networks


async def join(wifi, ssid, password):
    """Leave the present network, join the strongest access point of this one (ssid: bytes; password "" for an open one).

    Returns the verdict of `core.join`; JOINED means that there is an address. A join that begins while another is under way takes the
    radio over; the other ends with IDLE.
    """
    wifi.attempt += 1
    attempt = wifi.attempt
    wifi.disconnect()
    found = [entry["bssid"] for entry in await scan(wifi) if entry["ssid"] == ssid]
    verdict = joining.NOT_FOUND
    for bssid in found[:1] + [None]:  # by name, too: some refuse their BSSID, and a hidden one is not in the list
        if verdict in (joining.NOT_FOUND, joining.WEAK_SIGNAL) and attempt == wifi.attempt:
            verdict = await _join(wifi, ssid, password, bssid, attempt)
    if attempt != wifi.attempt:
        return joining.IDLE
    if verdict != joining.JOINED:
        wifi.disconnect()
    return verdict


async def _join(wifi, ssid, password, bssid, attempt):
    station = wifi.station
    network.hostname(wifi.hostname)  # before joining: mDNS and the router's list take it from there
    station.active(True)
    wifi.disconnect()
    station.config(reconnects=RECONNECTS)
    try:
        options = {"bssid": bssid} if bssid else {}  # without one the chip takes the first by channel, not the strongest
        station.connect(ssid, password or None, **options)
    except OSError:
        return joining.WEAK_SIGNAL
    for _ in range(int(JOIN_S * 1000 / POLL_MS)):
        await asyncio.sleep(POLL_MS / 1000)
        if attempt != wifi.attempt:
            return joining.IDLE
        verdict = joining.verdict(station.status())
        if joining.is_final(verdict):
            return verdict
    return joining.WEAK_SIGNAL if wifi.rssi_dbm() is None else joining.NO_ADDRESS


async def rejoin(wifi, settings, may_try):
    """Try to join until it works, longer and longer apart, or until somebody else holds the radio. See Wifi.keep_joined."""
    failures = 0
    while may_try() and not wifi.held and not wifi.connected():
        current = settings()
        verdict = await join(wifi, current["ssid"], current["password"])
        if wifi.held:
            return
        if verdict == joining.JOINED:
            wifi.log("Joined the Wi-Fi: address %s" % wifi.address())
            return
        failures += 1
        if failures == 1:
            wifi.log("Wi-Fi: %s" % verdict)
        await asyncio.sleep(joining.retry_delay_s(failures, wifi.mac))


def open_hotspot(wifi, password=None, channel=6):
    """Open it under `wifi.hotspot_name`: WPA2 with a password (8-63 characters), open without."""
    facts = {"ssid": wifi.hotspot_name, "channel": channel, "max_clients": MOST_PHONES}
    if password:
        facts["security"] = network.WLAN.SEC_WPA2
        facts["key"] = password
    else:
        facts["security"] = network.WLAN.SEC_OPEN
    network.hostname(wifi.hostname)
    try:
        wifi.hotspot.config(**facts)  # before it is up: then there is no moment under the chip's own name
    except OSError:
        pass  # a firmware that wants it up first
    wifi.hotspot.active(True)
    wifi.hotspot.config(**facts)
