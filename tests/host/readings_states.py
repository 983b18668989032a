"""What the readings page can be in: the documents of a device in each state.

`python3 tests/host/readings_states.py --port 18600` serves them; `/preview` there lists them.
"""

import functools
import json
import math
import sys
import time

from page_preview import Preview, readings_document, serve

SPANS = {"1h": 3600, "24h": 86400, "7d": 7 * 86400, "30d": 30 * 86400}
MOST_POINTS = 360
MONTH_S = 30 * 86400
SETTINGS = {
    "ssid": "Home",
    "name": "Cellar",
    "interval_s": 60,
    "units": "C",
    "sensor": "auto",
    "pin": 0,
    "temperature_slope": 1.0,
    "humidity_slope": 1.0,
    "https": True,
    "temperature_offset_c": 0.0,
    "humidity_offset_pct": 0.0,
    "channel_id": 123456,
    "has_password": True,
    "has_api_key": True,
    "networks": [
        {"ssid": "Home", "has_password": True},
        {"ssid": "Caf\ufffd", "ssid_hex": "436166e9", "has_password": True},
        {"ssid": "A Garden House With A Long Name!", "has_password": False},
    ],
    "static": None,
    "pins": [23, 4, 13, 14, 18, 19, 21, 22, 25, 26, 27, 32, 33],
    "lease": ["192.168.1.57", "255.255.255.0", "192.168.1.1", "9.9.9.9"],
}


class LivePreview(Preview):
    """A viewer is told the reading of this moment first, as by the device."""

    def listen(self):
        parts = super().listen()
        yield next(parts)
        yield ("event: reading\ndata: %s\n\n" % json.dumps(self.documents["/api/readings"])).encode()
        yield from parts


def weather(time_s):
    """(°C, %) of a made-up autumn: warm afternoons, a passing front every five days, a window opened now and then."""
    day = 2 * math.pi * (time_s % 86400) / 86400
    front = math.sin(2 * math.pi * time_s / (5.3 * 86400))
    aired = 1.6 if time_s % 86400 // 600 == 45 else 0
    temperature_c = 20.6 - 2.2 * math.cos(day - 0.6) + 1.7 * front - aired + 0.12 * math.sin(time_s / 400)
    humidity_pct = 51 + 6 * math.cos(day - 0.4) - 5 * front - 3 * aired + 0.6 * math.sin(time_s / 700)
    return temperature_c, humidity_pct


@functools.cache
def history_document(span, now_s, seconds, gaps=(), has_time=True):
    """`GET /api/history` of a device that took a reading a minute for the last `seconds`; gaps: (from, to) in seconds before now."""
    step_s = max(60, SPANS[span] // MOST_POINTS)
    count = SPANS[span] // step_s
    start_s = now_s - count * step_s
    points = [[] for _ in range(count)]
    for time_s in range(max(start_s, now_s - seconds), now_s, 60):
        if not any(latest <= now_s - time_s <= earliest for earliest, latest in gaps):
            points[(time_s - start_s) // step_s].append(weather(time_s))
    document = {"span": span, "step_s": step_s, "start": iso(start_s) if has_time else None}
    for n, (name, low, high) in enumerate(
        (("temperature_c", "temperature_min_c", "temperature_max_c"), ("humidity_pct", "humidity_min_pct", "humidity_max_pct"))
    ):
        columns = [[reading[n] for reading in point] for point in points]
        document[name] = [round(sum(column) / len(column), 2) if column else None for column in columns]
        document[low] = [round(min(column), 2) if column else None for column in columns]
        document[high] = [round(max(column), 2) if column else None for column in columns]
    return document


def iso(time_s):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_s))


def state(seconds=86400, gaps=(), has_time=True, **changes):
    """A state in which the device has readings of the last `seconds`; changes: of `readings_document`."""

    def show(preview):
        now_s = int(time.time()) // 60 * 60
        celsius, percent = weather(now_s)
        told = dict({"temperature_c": round(celsius, 1), "humidity_pct": round(percent, 1)}, **changes)
        told["upload"] = dict({"last_time": iso(now_s - 20)}, **told.get("upload", {}))
        preview.documents["/api/readings"] = readings_document(**told)
        preview.documents["/api/history"] = lambda query: history_document(query["span"], now_s, seconds, gaps, has_time)
        preview.documents["/api/settings"] = dict(SETTINGS)
        preview.documents["/api/update"] = {"version": "1.1.0 3f2a9c01", "state": "good", "previous": None, "why": None}
        return "/readings"

    return show


TWO_DAYS_AGO = iso(time.time() - 2 * 86400)
NONE_YET = {"last_entry_id": None, "last_time": None, "channel_id": None, "sent": 0}
UNKNOWN = {"temperature_c": None, "humidity_pct": None, "dew_point_c": None, "quality": "missing"}

STATES = {
    "live": state(gaps=((5 * 3600, 3.5 * 3600),)),
    "fresh": state(0, age_s=None, upload={"state": "waiting", **NONE_YET}, **UNKNOWN),
    "first-hour": state(900, device={"uptime_s": 900}),
    "stale": state(quality="stale", age_s=40),
    "sensor-missing": state(gaps=((1800, 0),), age_s=1800, problem="sensor_silent", **UNKNOWN),
    "key-refused": state(problem="key_refused", upload={"state": "key_refused", "problem": "key_refused", "waiting": 37}),
    "offline-backlog": state(
        problem="thingspeak_error",
        upload={"state": "offline", "problem": "thingspeak_error", "waiting": 2880, "dropped": 12, "last_time": TWO_DAYS_AGO},
    ),
    "wifi-lost": state(
        problem="wifi_lost", upload={"state": "offline", "problem": "wifi_lost", "waiting": 30}, device={"rssi_dbm": None, "address": None}
    ),
    "clock-unknown": state(
        5400, has_time=False, time=None, problem="clock_unknown", upload={"state": "waiting", "waiting": 90, **NONE_YET}
    ),
    "memory": state(problem="memory", upload={"state": "error", "problem": "memory", "waiting": 2}),
    "month": state(MONTH_S, gaps=((9 * 86400, 7.2 * 86400), (16 * 3600, 15 * 3600)), device={"uptime_s": MONTH_S}),
    "not-set-up": state(
        0, age_s=1, mode="setup", name="Dewlog-A1B2C3", upload={"state": "waiting", **NONE_YET}, device={"ssid": "", "rssi_dbm": None}
    ),
}


if __name__ == "__main__":
    sys.exit(serve(STATES, "Serve the readings page in forced states, to look at them."))
