"""How it is now: GET /api/readings, and the same document as a live event."""

import asyncio
import json
import math

from core.calendar import iso
from core.timestamps import stamped
from microdot.microdot import Response


def dew_point_c(temperature_c, humidity_pct):
    """The temperature in °C at which this air would be saturated with water; None at 0 %.

    Magnus formula with the constants of Sonntag (1990) for water, 17.62 and 243.12 °C, good to 0.35 °C from -45 to 60 °C
    (WMO Guide to Instruments and Methods of Observation, WMO-No. 8, annex 4.B).
    """
    if humidity_pct <= 0:
        return None
    saturation = math.log(humidity_pct / 100) + 17.62 * temperature_c / (243.12 + temperature_c)
    return round(243.12 * saturation / (17.62 - saturation), 1)


def problem_of(device):
    """The code of what is wrong now, the most urgent first, or None."""
    return device.logger.problem() if device.logger else device.thermometer.problem


def quality_of(thermometer, uptime_s):
    """How far to trust `latest`: "ok", "stale" (the last reads failed) or "missing" (there is none, or too many failed)."""
    if not thermometer.latest or thermometer.in_a_row >= 8:
        return "missing"
    return "stale" if thermometer.in_a_row or uptime_s - thermometer.latest.uptime_s > 30 else "ok"


def upload_of(device):
    """The member `upload`; before there are settings nothing is kept or sent."""
    delivery, upload = {"sent": 0}, {"state": "offline", "waiting": 0, "dropped": 0}
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


def document(device):
    """A dict, named as in the API. What is not known is None; temperatures are degrees Celsius whatever the setting says."""
    thermometer, clock, wifi = device.thermometer, device.clock, device.wifi
    settings = device.settings or {"name": wifi.hotspot_name, "ssid": b"", "interval_s": 60, "units": "C"}
    uptime_s = clock.uptime_s()
    quality, latest, raw, problem = quality_of(thermometer, uptime_s), thermometer.latest, thermometer.raw, problem_of(device)
    temperature_c = humidity_pct = dew_c = None
    if latest and quality != "missing":
        temperature_c, humidity_pct = round(latest.temperature_c, 1), round(latest.humidity_pct, 1)
        dew_c = dew_point_c(latest.temperature_c, latest.humidity_pct)
    ssid = settings["ssid"]
    if min(ssid or b" ") > 31 and max(ssid or b" ") < 127:
        ssid = ssid.decode()
    else:
        from core.settings import shown

        ssid = shown(ssid)
    upload = upload_of(device)
    return {
        "name": settings["name"],
        "time": iso(latest and stamped(latest, clock).time_s),
        "temperature_c": temperature_c,
        "humidity_pct": humidity_pct,
        "dew_point_c": dew_c,
        "age_s": latest and max(0, uptime_s - latest.uptime_s),
        "quality": quality,
        "problem": problem,
        "raw": raw and {"temperature_c": round(raw[0], 1), "humidity_pct": round(raw[1], 1)},
        "mode": device.mode,
        "settings": {"interval_s": settings["interval_s"], "units": settings["units"]},
        "upload": upload,
        "sensor": {
            "type": raw and raw[2],
            "reads": thermometer.reads,
            "failures": thermometer.failures,
            "rejected": thermometer.rejected,
            "problem": thermometer.problem,
        },
        "device": {
            "version": device.version,
            "uptime_s": uptime_s,
            "rssi_dbm": wifi.rssi_dbm(),
            "ssid": ssid,
            "address": wifi.address(),
            "hostname": wifi.hostname + ".local",
            "heap_free": device.heap_free,
            "idf_heap_free": device.idf_heap_free,
            "idf_heap_largest": device.idf_heap_largest,
            "flash_free": device.flash_free,
            "reset_cause": device.reset_cause,
            "restarts": device.restarts,
            "time_source": clock.source,
        },
    }


def stream(device, request):
    """GET /api/events: one `reading` event a measurement, without end. The server limits how many are open."""
    return Response(Viewer(request.app, device), 200, {"Content-Type": "text/event-stream"})


class Viewer:
    """The body of one stream: the reading of this moment, then one event a measurement. (MicroPython has no async generators.)

    The event of a moment is made once for all viewers, and kept at `shared`, the app. Nothing is queued: who wakes late sends what is
    newest then.
    """

    def __init__(self, shared, device):
        self._shared = shared
        self._device = device
        self._is_new = True

    def __aiter__(self):
        return self

    async def __anext__(self):
        shared, device = self._shared, self._device
        if not self._is_new:
            try:
                await asyncio.wait_for(device.thermometer.changed.wait(), 10)
            except asyncio.TimeoutError:
                pass  # the same reading again: a page then knows that the device is there
        self._is_new = False
        moment = device.clock.uptime_s(), device.thermometer.reads
        if moment != getattr(shared, "moment", None):
            shared.event = None  # two of them at once would need twice the memory
            shared.event = b"".join((b"event: reading\ndata: ", json.dumps(document(device)).encode(), b"\n\n"))
            shared.moment = moment
        return shared.event
