"""How it is now: the document of /api/readings, of every live event and of /metrics. Loaded on demand."""

from json import dumps

from core.memory import can_allocate, free
from core.on_demand import load, paged

PIECE_CHARACTERS, FEW_CHARACTERS = 400, 60


def pieces(document):
    """The document as JSON, in pieces: in one text it would need a kilobyte at one place."""
    longest = PIECE_CHARACTERS if can_allocate(4 * PIECE_CHARACTERS) else FEW_CHARACTERS
    text = ""
    for part in _members(document):
        if len(text) > longest:
            yield text
            text = ""
        text += part
    yield text


def _members(document):
    separator = "{"
    for name, value in document.items():
        yield '%s"%s": ' % (separator, name)
        if isinstance(value, dict):
            yield from _members(value)
        else:
            yield dumps(value)
        separator = ", "
    yield "}"


def document(station, problem, upload_problem):
    """A dict, named as in the API. What is not known is None; temperatures are degrees Celsius whatever the setting says.

    problem, upload_problem: sentences or None.
    """
    logger, clock = station.logger, station.clock
    uptime_s = clock.uptime_s()
    quality = logger.quality(uptime_s)
    latest = logger.latest
    facts = _values(latest, quality)
    iso = load("core.calendar").iso
    facts["name"] = station.settings["name"]
    facts["time"] = iso(time_of(latest, clock)) if latest else None
    facts["age_s"] = logger.age_s(uptime_s)
    facts["quality"] = quality
    facts["problem"] = problem
    facts["upload"] = upload = logger.upload_state
    upload["last_time"] = iso(upload["last_time"])
    upload["problem"] = upload_problem
    facts["sensor"] = {"reads": logger.reads, "failures": logger.failures, "rejected": logger.rejected}
    facts["device"] = _device(station, uptime_s)
    return facts


def time_of(reading, clock):
    """Unix seconds, or None: a reading from before the clock was known gets its time from the start of its session."""
    if reading.time_s is not None:
        return reading.time_s
    start_s = clock.offset(reading.session)
    return None if start_s is None else start_s + reading.uptime_s


@paged
def _values(latest, quality):
    if latest is None or quality == "missing":
        return {"temperature_c": None, "humidity_pct": None, "dew_point_c": None, "heat_index_c": None, "comfort": None}
    temperature_c, humidity_pct = latest.temperature_c, latest.humidity_pct
    comfort = load("core.comfort")
    return {
        "temperature_c": round(temperature_c, 1),
        "humidity_pct": round(humidity_pct, 1),
        "dew_point_c": comfort.dew_point_c(temperature_c, humidity_pct),
        "heat_index_c": comfort.heat_index_c(temperature_c, humidity_pct),
        "comfort": comfort.comfort_word(temperature_c, humidity_pct),
    }


@paged
def _device(station, uptime_s):
    wifi = station.wifi
    idf_free, idf_largest = station.idf_heap()
    return {
        "version": station.version,
        "uptime_s": uptime_s,
        "rssi_dbm": wifi.rssi_dbm(),
        "ssid": load("core.ssid").shown(station.settings["ssid"]),
        "address": wifi.address(),
        "hostname": wifi.hostname + ".local",
        "heap_free": free(),
        "idf_heap_free": idf_free,
        "idf_heap_largest": idf_largest,
        "flash_free": station.flash_free(),
        "reset_cause": station.reset_cause,
        "restarts": station.restarts,
    }
