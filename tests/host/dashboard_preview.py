"""A preview of the station's pages: the device's own web app and server on this computer, in states that are forced.

`python3 tests/host/dashboard_preview.py --port 18600` serves it; `/preview` there lists the states.
"""

import asyncio
import functools
import math
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [
        str(Path(__file__).parents[2] / folder) for folder in ("device", "tools", "tests", "tests/host", "tests/host/on_cpython")
    ]
    from environment import enter

    enter("check")

import dashboard
from core.reading import Reading
from page_preview import Preview, serve
from portal_preview import ForcedTrial
from test_dashboard import PASSWORD, FakeClock, FakeStation

MEASURE_S = 1.0
MONTH_S = 30 * 86400
SESSION = 7


def weather(time_s):
    """(°C, %) of a made-up autumn: warm afternoons, a passing front every five days, a window opened now and then."""
    day = 2 * math.pi * (time_s % 86400) / 86400
    front = math.sin(2 * math.pi * time_s / (5.3 * 86400))
    aired = 1.6 if time_s % 86400 // 600 == 45 else 0
    temperature_c = 20.6 - 2.2 * math.cos(day - 0.6) + 1.7 * front - aired + 0.12 * math.sin(time_s / 400)
    humidity_pct = 51 + 6 * math.cos(day - 0.4) - 5 * front - 3 * aired + 0.6 * math.sin(time_s / 700)
    return temperature_c, humidity_pct


def readings(now_s, seconds, uptime_s, gaps=()):
    """One reading every ten minutes for the last `seconds`, one a minute for the last day; gaps: (from, to) in seconds before now."""
    times = [*range(now_s - seconds, now_s - 86400, 10 * 60), *range(max(now_s - seconds, now_s - 86400), now_s, 60)]
    return [
        Reading(time_s, max(0, uptime_s - (now_s - time_s)), SESSION, *weather(time_s), 0)
        for time_s in times
        if not any(latest <= now_s - time_s <= earliest for earliest, latest in gaps)
    ]


class RunningClock(FakeClock):
    """The time of this computer; power-on was `uptime_s` before the preview began."""

    def __init__(self, uptime_s):
        super().__init__(int(time.time()), uptime_s)
        self._started = time.monotonic()

    def passed_s(self):
        return int(time.monotonic() - self._started)

    def now(self):
        return None if self.now_s is None else self.now_s + self.passed_s()

    def uptime_s(self):
        return self.up_s + self.passed_s()


class DashboardPreview(Preview):
    """The dashboard; `station` is the device behind it."""

    def __init__(self, port=0):
        self.states = tuple(STATES)
        super().__init__(port)

    def _start_over(self, changes):
        """Serve the state that `changes` names under "state"."""
        self.station = STATES[changes.get("state", "live")](self._pages)
        self._serve_app(dashboard.make_app(self.station))

    def _serve_app(self, app):
        super()._serve_app(app)
        app.url_map[:0] = app.url_map[-2:]  # before the dashboard's own patterns, which match every path

    def _force(self, state):
        self.cut_streams()  # as a device that restarts does
        self._start_over({"state": state})
        return "/readings"

    def cut_streams(self):
        """Break every connection but the one that asks for it."""
        for visit in list(self._server._visits):
            if visit.task is not asyncio.current_task():
                visit.task.cancel()

    async def _serve(self):
        measuring = asyncio.create_task(self._measure())
        await super()._serve()
        measuring.cancel()

    async def _measure(self):
        while True:
            await asyncio.sleep(MEASURE_S)
            self.station.measure()


class PreviewStation(FakeStation):
    """A station that measures `weather` by itself while its sensor works."""

    def __init__(self, pages, seconds=86400, uptime_s=3 * 86400 + 4000, gaps=(), sensor_works=True):
        super().__init__(pages=pages)
        self.clock = RunningClock(uptime_s)
        self.journal.records = packed_readings(self.clock.now_s // 60 * 60, seconds, uptime_s, gaps)
        self.wifi.disconnect = lambda: None
        self.trial = ForcedTrial(self)
        self.sensor_works = sensor_works
        self.logger.upload.update({"last_entry_id": 4211, "last_time": self.clock.now_s - 20})
        self.logger.latest = None
        self.measure()

    def measure(self):
        """One more measurement, as the logger does it every few seconds."""
        self.logger.reads += 1
        if self.sensor_works:
            self.take(0)
        else:
            self.logger.failures += 1
        self.logger.changed.set()
        self.logger.changed.clear()

    def take(self, age_s):
        """The latest reading is `age_s` old."""
        uptime_s = self.clock.uptime_s() - age_s
        self.logger.latest = Reading(self.clock.now(), uptime_s, SESSION, *weather(time.time() - age_s), 0)


@functools.cache
def packed_readings(now_s, seconds, uptime_s, gaps):
    return FakeStation(readings(now_s, seconds, uptime_s, gaps)).journal.records


def live(pages):
    return PreviewStation(pages, gaps=((5 * 3600, 3.5 * 3600),))


def fresh(pages):
    station = PreviewStation(pages, seconds=0, uptime_s=2, sensor_works=False)
    station.logger.word = "missing"
    station.logger.upload.update({"state": "waiting", "last_entry_id": None, "last_time": None, "channel_id": None, "sent": 0})
    return station


def first_hour(pages):
    return PreviewStation(pages, seconds=900, uptime_s=900)


def stale(pages):
    station = PreviewStation(pages, sensor_works=False)
    station.take(40)
    station.logger.word = "stale"
    return station


def sensor_missing(pages):
    station = PreviewStation(pages, gaps=((1800, 0),), sensor_works=False)
    station.take(1800)
    station.logger.word, station.logger.code = "missing", "sensor_silent"
    return station


def key_refused(pages):
    station = PreviewStation(pages)
    station.logger.code = "key_refused"
    station.logger.upload.update({"state": "key_refused", "problem": "key_refused", "waiting": 37})
    return station


def offline_backlog(pages):
    station = PreviewStation(pages)
    station.logger.code = "thingspeak_error"
    two_days_ago_s = station.clock.now_s - 2 * 86400
    station.logger.upload.update({"state": "offline", "problem": "thingspeak_error", "waiting": 2880, "last_time": two_days_ago_s})
    return station


def clock_unknown(pages):
    station = PreviewStation(pages, seconds=5400, uptime_s=5400)
    station.logger.code = "clock_unknown"
    station.journal.records = FakeStation([one._replace(time_s=None) for one in readings(station.clock.now_s, 5400, 5400)]).journal.records
    station.clock.now_s, station.clock.starts = None, {}
    station.logger.upload.update({"state": "waiting", "waiting": 90, "last_entry_id": None, "last_time": None})
    station.measure()
    return station


def month(pages):
    return PreviewStation(pages, seconds=MONTH_S, uptime_s=MONTH_S, gaps=((9 * 86400, 7.2 * 86400), (16 * 3600, 15 * 3600)))


STATES = {
    "live": live,
    "fresh": fresh,
    "first-hour": first_hour,
    "stale": stale,
    "sensor-missing": sensor_missing,
    "key-refused": key_refused,
    "offline-backlog": offline_backlog,
    "clock-unknown": clock_unknown,
    "month": month,
}


if __name__ == "__main__":
    print("The device password is %s." % PASSWORD)
    sys.exit(serve(DashboardPreview, "Serve the station's pages in forced states, to look at them."))
