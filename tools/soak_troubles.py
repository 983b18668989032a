"""The troubles of a soak: what goes wrong in the world, and when; and the weather, in which every half minute has values of its own."""

import random
from collections import namedtuple

from simulator.world import DEFAULT

DAY_S = 86400
MINUTE_S, HOUR_S = 60, 3600

Trouble = namedtuple("Trouble", ("kind", "begins_s", "ends_s", "detail"))
"""kind: a name of KINDS. begins_s, ends_s: seconds since the start of the soak."""

Kind = namedtuple("Kind", ("per_day", "shortest_s", "longest_s", "details"))

SERVER_FAULTS = tuple({"mode": mode} for mode in "silent drip reset zero html redirect truncate refuse chunked handshake".split())
REPLY_LOST = tuple({"mode": mode, "stored": True} for mode in ("silent", "reset", "html", "status"))
"""The worst: ThingSpeak has the reading and the device does not know."""
STATUSES = tuple({"mode": "status", "status": status} for status in (400, 401, 402, 404, 413, 421, 422, 429, 500, 503))
"""Not 409: with it ThingSpeak says that it has the reading, and whoever says so falsely cannot be helped."""
PULLED, IN_A_WRITE = "pulled", "in a write"
GARDEN = {"ssid": "Garden", "password": "sea and sand"}
NETWORKS = [dict(DEFAULT["networks"][0], bssid="02:00:00:00:00:%02d" % channel, channel=channel, rssi_dbm=rssi_dbm, **other)
            for channel, rssi_dbm, other in ((1, -54, {}), (6, -66, {}), (11, -82, GARDEN))]
"""What the device knows: a home with two access points, and another network, so faint that it goes home when nobody looks."""
ALL = len(NETWORKS)


def _of_the_mesh(*changes):
    return tuple((number, change) for number in (0, 1) for change in changes)


KINDS = {
    "router outage": Kind(5, 20, 3 * HOUR_S, (2, ALL)),
    "access point away": Kind(6, 20, 3 * HOUR_S, _of_the_mesh({"gone": True})),
    "moving router": Kind(6, 20, 3 * HOUR_S, _of_the_mesh({"channel": 3}, {"channel": 9}, {"rssi_dbm": -84})),
    "new router": Kind(4, 20, 3 * HOUR_S, _of_the_mesh({"bssid": "02:00:00:00:00:99"})),
    "other sensor": Kind(3, 3 * HOUR_S, 12 * HOUR_S, ("dht11",)),
    "internet outage": Kind(5, MINUTE_S, 2 * HOUR_S, (False, "no_name_server", "login")),
    "no time server": Kind(4, 10 * MINUTE_S, 8 * HOUR_S, (None,)),
    "sensor failure": Kind(6, 20, 30 * MINUTE_S, ("silent", "checksum", "zeros", "twos_complement")),
    "server fault": Kind(12, 30, HOUR_S, SERVER_FAULTS + REPLY_LOST + STATUSES),
    "power cut": Kind(5, 0, 0, (PULLED, IN_A_WRITE)),
}
MOST_WRITES = 1500
"""Flash writes of some hours."""
ROUTER_AWAY_S = (10 * MINUTE_S, 20 * MINUTE_S)
"""After a power cut that took it along. (A restart of the simulator takes up to 9 virtual minutes at a speed of 250.)"""
STORM_S = (12 * MINUTE_S, 15 * MINUTE_S)
"""From one power cut to the next in a storm: what is measured between them has no time, for there is nobody to ask."""


def schedule(days, seed, density=1):
    """The troubles of so many days, by the time they begin; `density` times as many as in KINDS, and as much shorter.

    Each kind comes and goes by itself, and two of one kind do not overlap; only half of the power cuts take the router along, and half of
    those are followed by a second one before it is back.
    """
    chance = random.Random("%s/%s/%s" % (days, seed, density))
    found = []
    for name, kind in KINDS.items():
        found += _of_a_kind(name, kind, days * DAY_S, density, chance)
    for cut in [trouble for trouble in found if trouble.kind == "power cut"]:
        if chance.random() < 0.5:
            found += _storm(cut.begins_s, chance)
    return sorted(found, key=lambda trouble: (trouble.begins_s, trouble.kind))


def _storm(begins_s, chance):
    ends_s = begins_s
    if chance.random() < 0.5:
        ends_s += chance.uniform(*STORM_S)
        yield Trouble("power cut", ends_s, ends_s, PULLED)
    yield Trouble("router outage", begins_s, ends_s + chance.uniform(*ROUTER_AWAY_S), ALL)


def _of_a_kind(name, kind, length_s, density, chance):
    now_s = 0
    while True:
        now_s += chance.expovariate(kind.per_day * density / DAY_S)
        if now_s >= length_s:
            return
        lasts_s = kind.shortest_s and kind.shortest_s * (kind.longest_s / kind.shortest_s / density) ** chance.random()
        detail = chance.choice(kind.details)
        if detail == IN_A_WRITE:
            detail = chance.randint(1, max(1, int(MOST_WRITES / density)))
        yield Trouble(name, now_s, min(now_s + lasts_s, length_s), detail)
        now_s += lasts_s


def world(troubles, now_s):
    """What world.json says at that time, beside the weather."""
    now = {trouble.kind: trouble.detail for trouble in troubles if trouble.begins_s <= now_s < trouble.ends_s}
    networks = [dict(network) for network in NETWORKS]
    for kind in ("moving router", "new router", "access point away"):
        number, change = now.get(kind, (0, {}))
        networks[number].update(change)
    return {
        "networks": [network for network in networks[now.get("router outage", 0) :] if "gone" not in network],
        "internet": now.get("internet outage", True),
        "ntp": "no time server" not in now,
        "sensor": now.get("sensor failure", "ok"),
        "sensor_type": now.get("other sensor", "dht22"),
    }


def server_fault(troubles, now_s):
    """What the local ThingSpeak's `/_faults` is told at that time."""
    for trouble in troubles:
        if trouble.kind == "server fault" and trouble.begins_s <= now_s < trouble.ends_s:
            return trouble.detail
    return {"mode": "none"}


def tells_time(troubles, begins_s, ends_s, patience_s):
    """Whether there was a stretch of `patience_s` in which a device with Wi-Fi could have asked a time server."""
    since_s = None
    now_s = begins_s
    while now_s < ends_s:
        around = world(troubles, now_s)
        if around["networks"] and around["internet"] is True and around["ntp"]:
            since_s = now_s if since_s is None else since_s
            if now_s - since_s >= patience_s:
                return True
        else:
            since_s = None
        now_s += 20
    return False


SLOT_S = 30
COLDEST, WARMEST, DRIEST, MOISTEST, STEP = -200, 600, 200, 950, 10
"""Tenths: the temperature wanders between two of them by one a slot; at each end the humidity takes a step. Both sensors tell all of it: a
DHT11 knows whole percents only."""


def weather(now_s):
    """(tenths of a degree, tenths of a percent) of the slot that `now_s` falls in. They come again only after three weeks."""
    sweep, step = divmod(int(now_s // SLOT_S), WARMEST - COLDEST + 1)
    temperature = WARMEST - step if sweep % 2 else COLDEST + step
    return temperature, DRIEST + sweep * STEP % (MOISTEST - DRIEST + STEP)
