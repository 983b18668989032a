"""The live page as it stands before its script runs, and for browsers without one."""

import readings_api
from pages import escape

CHANNEL_URL = "https://thingspeak.mathworks.com/channels/"
YEARLY_MESSAGES = 3000000
"""ThingSpeak's free licence, for all channels of an account together."""
_UNKNOWN = "–"
_UPLOADS = {
    "ok": "Every reading is in the channel.",
    "waiting": "The next reading goes up shortly.",
    "offline": "Readings are kept on the device and follow as soon as they can.",
}


async def get(station, request):
    """The page."""
    return station.pages.render(request, "readings.html", values(station, readings_api.document(station)))


def values(station, document):
    """What stands in the placeholders of readings.html."""
    settings = station.settings
    units = settings["units"]
    known = document["temperature_c"] is not None
    name = escape(settings["name"])
    upload = document["upload"]
    device = document["device"]
    temperature = temperature_text(document["temperature_c"], units)
    return {
        "title": temperature + " · " + name if known else name,
        "name": name,
        "units": units,
        "seen": _seen(document),
        "problem": escape(document["problem"] or ""),
        "problem_hidden": "" if document["problem"] else " hidden",
        "quality": document["quality"],
        "temperature": temperature.split("\u202f")[0],
        "humidity": "%.1f" % document["humidity_pct"] if known else _UNKNOWN,
        "comfort": escape(document["comfort"] or _UNKNOWN),
        "dew_point": temperature_text(document["dew_point_c"], units),
        "heat_index": temperature_text(document["heat_index_c"], units),
        "upload": escape(_upload(upload, document["problem"])),
        "entry": str(upload["last_entry_id"]) if upload["last_entry_id"] else "none yet",
        "waiting": "1 reading" if upload["waiting"] == 1 else "%d readings" % upload["waiting"],
        "budget": _budget(settings["interval_s"]),
        "channel_url": CHANNEL_URL + str(upload["channel_id"] or ""),
        "channel_hidden": "" if upload["channel_id"] else " hidden",
        "wifi": escape(device["ssid"]) + ("" if device["rssi_dbm"] is None else ", %d dBm" % device["rssi_dbm"]),
        "address": device["address"] or _UNKNOWN,
        "uptime": span_text(device["uptime_s"]),
        "sensor": "%d reads, %d failed" % (document["sensor"]["reads"], document["sensor"]["failures"] + document["sensor"]["rejected"]),
        "version": escape(station.version),
    }


def temperature_text(temperature_c, units):
    """Such as "21.4 °C" with a thin space, in the units a person chose."""
    if temperature_c is None:
        return _UNKNOWN
    return "%.1f\u202f°%s" % (temperature_c * 1.8 + 32 if units == "F" else temperature_c, units)


def span_text(seconds):
    """A span in its largest useful unit: "40 s", "3 minutes", "26 hours", "5 days"."""
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        count = seconds // size
        if count >= 2 or (count == 1 and size < 86400):
            return "%d %s%s" % (count, word, "" if count == 1 else "s")
    return "%d s" % seconds


def _seen(document):
    if document["age_s"] is None:
        return "No reading yet"
    return "Measured %s ago" % span_text(document["age_s"])


def _upload(upload, said_on_top):
    if upload["problem"] and upload["problem"] != said_on_top:
        return upload["problem"]
    return _UPLOADS.get(upload["state"], _UPLOADS["offline"])


def _budget(interval_s):
    """How long the yearly messages last when nothing else writes to this account."""
    days = YEARLY_MESSAGES * interval_s // 86400
    share_pct = 100 * 365 * 86400 / (interval_s * YEARLY_MESSAGES)
    return "%s %% used, lasts %d days" % ("%.0f" % share_pct if share_pct >= 1 else "under 1", days)
