"""How it is now: the document of /api/readings, of every live event and of /metrics."""

import gc

from core.calendar import iso
from core.on_demand import load
from core.ssid import shown


FLASH_LOOK_S = 600
"""How old the free flash may be: littlefs walks all its blocks to tell."""


class Now:
    """The document of one device."""

    def __init__(self, station):
        self._station = station
        self._flash_free = None
        self._flash_seen_s = 0
        self._sentences = {}

    def document(self):
        """A dict, named as in the API. What is not known is None; temperatures are degrees Celsius whatever the setting says."""
        station = self._station
        logger, clock = station.logger, station.clock
        uptime_s = clock.uptime_s()
        quality = logger.quality(uptime_s)
        latest = logger.latest
        facts = _values(latest, quality)
        facts["name"] = station.settings["name"]
        facts["time"] = iso(time_of(latest, clock)) if latest else None
        facts["age_s"] = logger.age_s(uptime_s)
        facts["quality"] = quality
        facts["problem"] = self._sentence(logger.problem())
        facts["upload"] = upload = logger.upload_state
        upload["last_time"] = iso(upload["last_time"])
        upload["problem"] = self._sentence(upload["problem"])
        facts["sensor"] = {"reads": logger.reads, "failures": logger.failures, "rejected": logger.rejected}
        facts["device"] = _device(station, uptime_s)
        facts["device"]["flash_free"] = self._free(uptime_s)
        return facts

    def _free(self, uptime_s):
        if self._flash_free is None or uptime_s - self._flash_seen_s >= FLASH_LOOK_S:
            self._flash_free = self._station.flash_free()
            self._flash_seen_s = uptime_s
        return self._flash_free

    def _sentence(self, code):
        """What a person reads about the problem `code`, and what to do; None for None. Kept: a document is made every 5 s."""
        if code is None:
            return None
        if code not in self._sentences:
            if len(self._sentences) > 1:
                self._sentences.clear()
            self._sentences[code] = load("core.advice").sentence(code, self._station.board.SENSOR_PIN)
        return self._sentences[code]


def time_of(reading, clock):
    """Unix seconds, or None: a reading from before the clock was known gets its time from the start of its session."""
    if reading.time_s is not None:
        return reading.time_s
    start_s = clock.offset(reading.session)
    return None if start_s is None else start_s + reading.uptime_s


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


def _device(station, uptime_s):
    wifi = station.wifi
    return {
        "version": station.version,
        "uptime_s": uptime_s,
        "rssi_dbm": wifi.rssi_dbm(),
        "ssid": shown(station.settings["ssid"]),
        "address": wifi.address(),
        "hostname": wifi.hostname + ".local",
        "heap_free": gc.mem_free() if hasattr(gc, "mem_free") else None,
        "reset_cause": station.reset_cause,
        "restarts": station.restarts,
    }
