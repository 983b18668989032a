"""The live page as it stands before its script runs, and for browsers without one."""

from pages import escape

_UNKNOWN = "–"


async def get(station, request):
    """The page."""
    return station.pages.render(request, "readings.html", values(station, request.document))


def values(station, document):
    """What stands in the placeholders of readings.html."""
    settings = station.settings
    units = settings["units"]
    known = document["temperature_c"] is not None
    name = escape(settings["name"])
    temperature = temperature_text(document["temperature_c"], units)
    return {
        "title": temperature + " · " + name if known else name,
        "name": name,
        "units": units,
        "interval_s": str(settings["interval_s"]),
        "seen": _seen(document),
        "problem": escape(document["problem"] or ""),
        "problem_hidden": "" if document["problem"] else " hidden",
        "quality": document["quality"],
        "temperature": temperature.split("\u202f")[0],
        "humidity": "%.1f" % document["humidity_pct"] if known else _UNKNOWN,
        "comfort": escape(document["comfort"] or _UNKNOWN),
        "dew_point": temperature_text(document["dew_point_c"], units),
        "heat_index": temperature_text(document["heat_index_c"], units),
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
