"""Soak: virtual days of router outages, power cuts, broken sensors and bad servers, and then the count: not one reading lost."""

import argparse
import collections
import contextlib
import email.utils
import http.client
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

if __name__ == "__main__":
    from environment import enter

    enter("check")

import soak_ledger
from soak_troubles import DAY_S, GARDEN, HOUR_S, KINDS, schedule, server_fault, tells_time, weather, world

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "host"))

SPEED = 250
"""The simulator leaves any wait for another program 2 s of real time. At this speed those are 500 s, which an upload may still take: its
loop is watched for 600 s. A computer with other work to do needs less: measuring is watched for 300 s, which are 1.2 s of real time."""
HICCUP_S = 1.0
"""Real seconds that this computer may be late by when it takes a reading, or notices one, besides what was seen of its lateness."""
OFF_S = 60
SET_UP = (214, 990)
"""The weather of the set-up, which never comes again: nothing of it counts."""
PROVEN = "New settings are stored"
ASKED_TIMES = 5
TICK_S = 0.015
LOOK_S, END_LOOK_S = 125, 0.5
"""Of the world, on average: now and then nobody looks for six minutes, and the device may seek a better access point. Real, at the end."""
AWAY_LOOKS = 3
"""So many times as long while the hotspot is open: who looks there keeps the device from joining."""
AWAY_S = 300
"""No longer may the device be without Wi-Fi while a network that it knows is there."""
START_S = 120
ANSWER_S, END_S = 30, 120
SETTLED_S = 60
ENOUGH_TO_KNOW_S = 15 * 60
PUT_RIGHT_S, BACKLOG_S = 3 * HOUR_S, 12 * HOUR_S
SHOWN = 20


class Failed(Exception):
    """The soak cannot go on; its text is the sentence for the person at the keyboard."""


class WorldClock:
    """The simulated world's time, read off the local ThingSpeak's replies: the device's own clock is among what is to be proven."""

    def __init__(self, device, speed):
        self._device, self._speed = device, speed
        self._readings = []
        """[(real time from which it holds, real time, the world's time then)]: with each power-on the world jumps on."""
        self.off_s = 0
        """What a reading may be off by, in real seconds."""

    def read(self, since_s):
        """To be called after each power-on, which came at the real time `since_s`."""
        took_s, real_s, world_s = min(filter(None, (self._asked() for _ in range(ASKED_TIMES))))
        self.off_s = max(self.off_s, took_s)
        self._readings.append((since_s, real_s, world_s))

    def _asked(self):
        """(how long the answer took, the real time, the world's time), None without one: the quickest answer is the truest."""
        connection = http.client.HTTPConnection(self._device.host, self._device.thingspeak_port, timeout=ANSWER_S)
        with contextlib.closing(connection):
            asked_s = time.time()
            try:
                connection.request("GET", "/_faults")
                date = connection.getresponse().headers["Date"]
            except ConnectionError:  # of a server whose queue is full
                return None
            answered_s = time.time()
        return answered_s - asked_s, (asked_s + answered_s) / 2, email.utils.parsedate_to_datetime(date).timestamp()

    def at(self, real_s):
        """The world's time at a real time."""
        _, then_s, world_s = next(reading for reading in reversed(self._readings) if reading[0] <= real_s)
        return world_s + (real_s - then_s) * self._speed

    def now(self):
        return self.at(time.time())


class Console:
    """Follows the serial console in a thread and stamps each line with the real time, which the world's can be told from later."""

    def __init__(self, path):
        self._path = path
        self._offset, self._rest = 0, b""
        self._lock = threading.Lock()
        self._ends = threading.Event()
        self.lines = []
        """[(real time, text)]"""
        self.longest_pause_s = 0
        """Real seconds between two looks: so late may a line have been seen."""
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join(END_S)
        self.end_of_power()

    def end_of_power(self):
        """Take what there is as it is: the line that was being printed has ended."""
        with self._lock:
            self._read()
            if self._rest:
                self._keep([self._rest])
            self._rest = b""

    def _follow(self):
        looked_s = time.monotonic()
        while not self._ends.wait(TICK_S):
            with self._lock:
                self._read()
            self.longest_pause_s = max(self.longest_pause_s, time.monotonic() - looked_s)
            looked_s = time.monotonic()

    def _read(self):
        with contextlib.suppress(FileNotFoundError), open(self._path, "rb") as file:
            if self._path.stat().st_size < self._offset:
                self._offset = 0  # a long log is begun anew
            file.seek(self._offset)
            content = file.read()
            self._offset += len(content)
            *lines, self._rest = (self._rest + content).split(b"\n")
            self._keep(lines)

    def _keep(self, lines):
        now_s = time.time()
        self.lines += [(now_s, line.decode("utf-8", "replace").rstrip()) for line in lines]


class Visitor:
    """Somebody who looks at the readings now and then, in a thread: a page that is slow to come must not stop the weather."""

    def __init__(self, device, speed):
        self._device, self.pause_s = device, LOOK_S / speed
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.latest = None
        """What was seen last; the soak forgets it when power goes."""
        self.heap = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join(END_S)

    def _look(self):
        patience = 1
        while not self._ends.wait(random.expovariate(1 / self.pause_s) * patience):
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
                readings = self._device.get("/api/readings", timeout=ANSWER_S).json()
                patience = 1 if readings["device"]["address"] else AWAY_LOOKS
                if readings["device"]["heap_free"] is not None:  # it is told after the first look
                    self.heap.append(readings["device"]["heap_free"])
                self.latest = readings


class Soak:
    """One device, the world around it, and what was seen of both."""

    def __init__(self, device, days, seed, speed, form, density, announce):
        self.device, self.announce = device, announce
        self.days, self.speed, self.form, self.interval_s = days, speed, form, form["interval_s"]
        self.troubles = schedule(days, seed, density)
        self.clock = WorldClock(device, speed)
        self.console = Console(device.state / "serial.log")
        self.weather = soak_ledger.Weather()
        self.sessions = []
        """[(begin, end, whether the console showed a time)] in the world's time: from the first word on it to the end of power."""
        self.said = collections.Counter()
        self.heap_lows = []
        self.cuts = 0
        self._lines_before = 0
        self._air = []
        self._begins_s = 0
        self._values = self._world = self._fault = None
        self._is_over = False
        self._visitor = Visitor(device, speed)

    def run(self):
        """Raises Failed and AssertionError."""
        self.clock.read(0)
        self._begins_s = self.clock.now()
        with self.console, self._visitor:
            self.device.set_up(**self.form)
            headers = self.device.log_in()
            self.device.unless_busy(lambda: self.device.post("/api/settings", json_body=GARDEN, headers=headers))
            self.device.wait_for(lambda: self.device.serial().count(PROVEN) == 2)
            self._live_through()
            self._put_right()
        self._end_of_power()

    # days

    def _live_through(self):
        cuts = [trouble for trouble in self.troubles if trouble.kind == "power cut"]
        while self._elapsed() < self.days * DAY_S:
            self._tick()
            if not self.device.is_running():
                self._power_cycle()
            elif cuts and self._elapsed() >= cuts[0].begins_s:
                cut = cuts.pop(0)
                self._power_cycle(cut.detail if isinstance(cut.detail, int) else None)
            if self._elapsed() >= (len(self.heap_lows) + 1) * DAY_S:
                self._end_of_day()
        self._end_of_day()

    def _elapsed(self):
        return self.clock.now() - self._begins_s

    def _tick(self):
        """Let the world go on for a moment."""
        now_s = self._elapsed()
        values = weather(now_s)
        around = world([] if self._is_over else self.troubles, now_s)
        if self._is_over == "silent":
            around["sensor"] = "silent"
        if (values, around) != (self._values, self._world):
            before_s = self.clock.now()
            self.device.world_file(json.dumps(dict(around, weather=_as_weather(values))))
            self._air.append((before_s, bool(around["networks"])))
            if values != self._values:
                self.weather.note(values, before_s, self.clock.now())
            self._values, self._world = values, around
        fault = server_fault([] if self._is_over else self.troubles, now_s)
        if fault != self._fault:
            with contextlib.suppress(OSError, http.client.HTTPException):  # the simulation has just ended
                self.device.thingspeak("POST", "/_faults", fault)
                self._fault = fault
        time.sleep(TICK_S)

    def _wait_for(self, what, seconds, why):
        """Tick until `what()` is true; `seconds` are the world's, and some real ones for a slow computer. Raises Failed."""
        ends = time.monotonic() + START_S + seconds / self.speed
        while not what():
            if time.monotonic() > ends:
                raise Failed("%s\n%s" % (why, self.device.serial()[-2000:]))
            self._tick()

    def _power_cycle(self, cut_after=None):
        """Pull the plug and put it back; `cut_after` so many flash writes it goes away again."""
        self.device.kill()
        self._end_of_power()
        since_s = time.time()
        self.device.start(power_cut_after=cut_after)
        self.clock.read(since_s)
        self._fault = self._visitor.latest = None
        self.cuts += 1
        # Three short moments of power in a row would open the set-up.
        with contextlib.suppress(Failed):  # the cut may come first
            self._wait_for(lambda: self._has_ended() or "started by" in self.device.serial(), 0, "")
        settled_s = self.clock.now() + SETTLED_S
        self._wait_for(lambda: self._has_ended() or self.clock.now() >= settled_s, SETTLED_S, "")

    def _has_ended(self):
        return not self.device.is_running()

    def _end_of_power(self):
        self.console.end_of_power()
        lines = self.console.lines[self._lines_before :]
        if lines:
            self.sessions.append((self.clock.at(lines[0][0]), self.clock.now(), any(soak_ledger.has_time(line) for _, line in lines)))
            self._lines_before += len(lines)
        self.said.update(line for line in self.device.said().splitlines() if "crashed" in line or "watchdog" in line)

    def _end_of_day(self):
        if not self._visitor.heap:
            return
        self.heap_lows.append(min(self._visitor.heap))
        self._visitor.heap.clear()
        self.announce("Day %d: %d readings kept, %d in the channel, heap never below %.1f kB free" % (
            len(self.heap_lows), len(self.readings()), len(self.entries()), self.heap_lows[-1] / 1024))

    def _put_right(self):
        """The end of all troubles: the device must recover and send what it has."""
        self.announce("All troubles end: the device recovers and sends what waits.")
        self._is_over, self._visitor.pause_s = True, END_LOOK_S
        self._power_cycle()
        self._wait_for(lambda: self._saw("quality") == "ok", PUT_RIGHT_S, "The device does not measure again.")
        self._is_over = "silent"  # no more readings: now they can be counted
        self._wait_for(lambda: self._saw("quality") == "missing", PUT_RIGHT_S, "The device measures for ever.")
        with contextlib.suppress(Failed):  # the account tells which ones still wait
            self._wait_for(lambda: self._saw("upload")["waiting"] == 0, BACKLOG_S, "")

    def _saw(self, name):
        return (self._visitor.latest or {}).get(name)

    # what came of it

    def readings(self):
        """[Taken], as the console told of them: what is on flash."""
        found = (soak_ledger.taken(line, self.clock.at(real_s)) for real_s, line in list(self.console.lines))
        return [one for one in found if one and one.values != SET_UP]

    def entries(self):
        """[Entry] of the channel, without those that proved the set-up."""
        path = self.device.state / "thingspeak.json"
        found = (soak_ledger.entry(json.loads(line)) for line in path.read_text().splitlines())
        return [one for one in found if one.values != SET_UP]

    def account(self):
        tolerance_s = OFF_S + (HICCUP_S + self.console.longest_pause_s + self.clock.off_s) * self.speed
        cuts_s = [ends_s for _, ends_s, _ in self.sessions]
        return soak_ledger.account(self.readings(), self.entries(), self.weather, cuts_s, tolerance_s, self.interval_s,
                                   self._nobody_told_the_time)

    def _nobody_told_the_time(self, time_s):
        """Whether power came and went again around then without anybody to ask, and the device did not say that it knew."""
        for begins_s, ends_s, knew in self.sessions:
            if not knew and begins_s - OFF_S <= time_s <= ends_s + OFF_S:
                if not tells_time(self.troubles, begins_s - self._begins_s, ends_s - self._begins_s, ENOUGH_TO_KNOW_S):
                    return True  # it may lie close to the session before, which knew
        return False

    def away(self):
        """(seconds, the world's time at their end) of the longest time with power and a network that the device knows, but out of it."""
        power = [(time_s, is_on) for begins_s, ends_s, _ in self.sessions for time_s, is_on in ((begins_s, True), (ends_s, False))]
        joins = (line.split() for line in (self.device.state / "joins.log").read_text().splitlines())
        return soak_ledger.longest(power, self._air, [(float(time_s), bssid == "-") for time_s, bssid in joins])

    def starts(self):
        """Counter of what started the device."""
        return collections.Counter(line.partition("started by ")[2] for _, line in self.console.lines if "started by " in line)

    def due(self):
        """How many readings could be taken: while there was power and the sensor well."""
        count = 0
        for begins_s, ends_s, _ in self.sessions:
            times = (begins_s - self._begins_s + number * self.interval_s for number in range(int((ends_s - begins_s) / self.interval_s)))
            count += sum(world(self.troubles, time_s)["sensor"] in ("ok", "twos_complement") for time_s in times)
        return count

    def breakdowns(self):
        """Lines that no device should print."""
        words = ("Traceback", "Crash in", "error it did not expect", "No progress in", "an answer broke off", "failed, ")
        return [line for _, line in self.console.lines if any(word in line for word in words)]

    def told(self, words):
        """How often the console told of that."""
        return sum(words in line.lower() for _, line in self.console.lines)


def _as_weather(values):
    return {"temperature_c": values[0] / 10, "humidity_pct": values[1] / 10}


def soaked(folder, days, seed=1, speed=SPEED, interval_s=60, https=True, density=1, announce=print, **options):
    """Run it in `folder`; `options` are those of tools/simulate.py. Returns the Soak. Raises Failed and AssertionError."""
    from virtual_device import VirtualDevice

    device = VirtualDevice(folder, speed=speed, **options)
    device.world(**world([], 0), weather=_as_weather(SET_UP))
    with device:
        form = {"interval_s": interval_s, "https": "yes" if https else "no"}
        soak = Soak(device, days, seed, speed, form, density, announce)
        soak.run()
    return soak


def summary(soak, account):
    """Lines for a person."""
    kinds = collections.Counter(trouble.kind for trouble in soak.troubles)
    yield "Troubles: " + ", ".join("%d x %s" % (kinds[kind], kind) for kind in KINDS)
    yield "Starts: " + ", ".join("%d by %s" % (count, cause) for cause, count in soak.starts().most_common())
    kept = len(soak.readings()) + len(account.unsaid)
    farthest_s = max((abs(off_s) for _, off_s in account.untimed), default=0)
    rows = (
        ("kept", kept, "of about %d that were due; the console line of %d was cut off with the power" % (soak.due(), len(account.unsaid))),
        ("sent", len(soak.entries()), "entries in the channel"),
        ("duplicates", len(account.duplicates), ""),
        ("lost", len(account.lost), ""),
        ("never kept", len(account.strays), "entries that the device told nothing of"),
        ("wrong time", len(account.wrong), "the others are right within %d s of %d" % (account.worst_s, OFF_S + HICCUP_S * soak.speed)),
        ("unknown time", len(account.untimed), "power went again before anybody could tell; at most %d s off" % farthest_s),
        ("power cuts", soak.cuts, "each may have cost the record that was being written, of which nothing tells"),
    )
    for name, count, remark in rows:
        yield "%-13s %6d  %s" % (name, count, remark)
    yield "Without Wi-Fi for %d s at most while a known network was there, until %s" % (soak.away()[0], _when(soak.away()[1]))
    lows = ", ".join("%.1f kB" % (low / 1024) for low in soak.heap_lows)
    yield "Heap, low-water mark of each day: %s; something had to wait for memory %d times" % (lows, soak.told("short of memory"))


def problems(soak, account):
    """What is wrong, as sentences; none when all is well."""
    for one in account.lost:
        yield "Lost: %s, kept at %s" % (_values(one), _when(one.time_s))
    for one in account.duplicates:
        yield "Twice: %s, entry %d at %s" % (_values(one), one.number, _when(one.time_s))
    for one in account.strays:
        yield "Never kept: %s, entry %d at %s" % (_values(one), one.number, _when(one.time_s))
    for one, off_s in account.wrong:
        yield "Wrong time: %s, entry %d at %s is off by %d s" % (_values(one), one.number, _when(one.time_s), off_s)
    for line in soak.breakdowns():
        yield "Console: " + line
    for line, count in soak.said.items():
        yield "%d x %s" % (count, line)
    if soak.away()[0] > AWAY_S + soak.console.longest_pause_s * soak.speed:
        yield "Without Wi-Fi for %d s, until %s, though a known network was there." % (soak.away()[0], _when(soak.away()[1]))
    if soak.told("passed over"):
        yield "%d readings were passed over." % soak.told("passed over")
    if len(soak.readings()) < soak.due() / 2:
        yield "Only %d readings were kept where %d were due." % (len(soak.readings()), soak.due())


def _values(one):
    return "%.1f °C %.1f %%" % (one.values[0] / 10, one.values[1] / 10)


def _when(time_s):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time_s))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--days", type=float, default=7, metavar="N", help="virtual days (default %(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="which troubles (default %(default)s)")
    add("--speed", type=float, default=SPEED, metavar="X", help="virtual seconds per second (default %(default)s, and no more than 300)")
    add("--interval", type=int, default=60, metavar="SECONDS", help="between readings (default %(default)s)")
    add("--http", action="store_true", help="uploads by plain HTTP, which need no clock (default: HTTPS, which does)")
    add("--density", type=float, default=1, metavar="X", help="so many times as many troubles, each shorter (default %(default)s)")
    add("--state", type=Path, metavar="DIR", help="a new folder for all that is left (default: one that goes when all is well)")
    add("--micropython", type=Path, metavar="PATH", help="the interpreter (default: the simulator's)")
    options = parser.parse_args()
    if options.days <= 0 or options.density <= 0:
        parser.error("--days and --density must be more than 0")
    if options.state and options.state.exists():
        parser.error("%s exists: name a new folder" % options.state)
    folder = options.state or Path(tempfile.mkdtemp(prefix="dewlog-soak-"))
    minutes = options.days * DAY_S / 60 / options.speed + 1
    print("Soak of %g days from seed %d at speed %g: about %d minutes, in %s" % (
        options.days, options.seed, options.speed, minutes, folder), flush=True)
    try:
        soak = soaked(folder, options.days, options.seed, options.speed, options.interval, not options.http, options.density, _say,
                      micropython=options.micropython)
    except (AssertionError, Failed, OSError) as failure:
        print("The soak did not come to its end: %s" % failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1
    account = soak.account()
    print("\n".join(summary(soak, account)))
    wrong = list(problems(soak, account))
    for sentence in wrong[:SHOWN]:
        print(sentence)
    if wrong:
        print("%d complaints; all that is left is in %s" % (len(wrong), folder))
        return 1
    if not options.state:
        shutil.rmtree(folder, ignore_errors=True)
    print("Every reading is in the channel once, with its right time.")
    return 0


def _say(sentence):
    print(time.strftime("%H:%M:%S  ") + sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main())
