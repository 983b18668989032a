"""How it is now: GET /api/readings, and the same document as a live event."""

import math

from core.timestamps import iso
from microdot import Response
from portal.exchange import pieces


def told(device, _, path):
    """GET /api/readings and GET /api/events."""
    if path == "api/readings":
        return pieces(members(device))
    return Response(event(device), 200, {"Content-Type": "text/event-stream"})  # the first of them; server.py goes on


def dew_point_c(temperature_c, humidity_pct):
    """The temperature in °C at which this air would be saturated with water; None at 0 %.

    Magnus formula with the constants of Sonntag (1990) for water, 17.62 and 243.12 °C, good to 0.35 °C from -45 to 60 °C
    (WMO Guide to Instruments and Methods of Observation, WMO-No. 8, annex 4.B).
    """
    if humidity_pct <= 0:
        return None
    saturation = math.log(humidity_pct / 100) + 17.62 * temperature_c / (243.12 + temperature_c)
    return round(243.12 * saturation / (17.62 - saturation), 1)


def quality_of(thermometer, uptime_s):
    """How far to trust `latest`: "ok", "stale" (the last reads failed) or "missing" (there is none, or too many failed)."""
    if not thermometer.latest or thermometer.in_a_row >= 8:
        return "missing"
    return "stale" if thermometer.in_a_row or uptime_s - thermometer.latest.uptime_s > 30 else "ok"


def upload_of(device):
    """The member `upload`; before there are settings nothing is kept or sent."""
    delivery, upload = {"sent": 0}, {"state": "offline", "waiting": 0, "dropped": 0, "channel_url": device.board.CHANNEL_URL}
    if device.logger:
        delivery, journal = device.logger.delivery, device.journal
        upload["waiting"], upload["dropped"] = journal.waiting(), journal.dropped
        if device.wifi.connected():
            upload["state"] = delivery.get("state", "ok")
            if upload["waiting"] > 1 and upload["state"] == "ok":
                upload["state"] = "waiting"
    for name in ("last_entry_id", "last_time", "sent", "channel_id", "problem"):
        upload[name] = delivery.get(name)
    upload["last_time"] = iso(upload["last_time"])
    return upload


def members(device):
    """Names and values, as in the API. What is not known is None; temperatures are degrees Celsius whatever the setting says."""
    thermometer, clock, wifi, logger = device.thermometer, device.clock, device.wifi, device.logger
    settings = device.settings or {"name": wifi.hotspot_name, "ssid": b"", "interval_s": 60, "units": "C"}
    now_s, uptime_s = clock.now(), clock.uptime_s()
    latest, raw, quality = thermometer.latest, thermometer.raw, quality_of(thermometer, uptime_s)
    age_s = latest and max(0, uptime_s - latest.uptime_s)
    temperature_c = humidity_pct = dew_c = None
    if latest and quality != "missing":
        temperature_c, humidity_pct = round(latest.temperature_c, 1), round(latest.humidity_pct, 1)
        dew_c = dew_point_c(latest.temperature_c, latest.humidity_pct)
    yield "name", settings["name"]
    yield "time", iso(latest and now_s and now_s - age_s)
    yield "temperature_c", temperature_c
    yield "humidity_pct", humidity_pct
    yield "dew_point_c", dew_c
    yield "age_s", age_s
    yield "quality", quality
    yield "problem", logger.problem() if logger else thermometer.problem
    yield "raw", raw and {"temperature_c": round(raw[0], 1), "humidity_pct": round(raw[1], 1)}
    yield "mode", device.mode
    yield "settings", {"interval_s": settings["interval_s"], "units": settings["units"]}
    yield "upload", upload_of(device)
    sensor = {"type": raw and raw[2], "problem": thermometer.problem}
    sensor["reads"], sensor["failures"], sensor["rejected"] = thermometer.reads, thermometer.failures, thermometer.rejected
    yield "sensor", sensor
    ssid = wifi.ssid or settings["ssid"]
    if min(ssid or b" ") > 31 and max(ssid or b" ") < 127:
        ssid = ssid.decode()
    else:
        from core.text import shown

        ssid = shown(ssid)
    facts = {"uptime_s": uptime_s, "time_source": clock.source, "hostname": wifi.hostname + ".local", "ssid": ssid}
    facts["address"], facts["rssi_dbm"] = wifi.address(), wifi.rssi_dbm()
    for name in ("version", "heap_free", "idf_heap_free", "idf_heap_largest", "flash_free", "reset_cause", "restarts"):
        facts[name] = getattr(device, name)
    yield "device", facts


def event(device):
    """The reading of this moment as a Server-Sent Event, in pieces."""
    yield "event: reading\ndata: "
    yield from pieces(members(device))
    yield "\n\n"
