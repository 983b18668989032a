"""Dewlog beside its peers: bare Microdot with the same document, and the loop that tutorials teach. One run, one interpreter, ratios."""

import argparse
import contextlib
import http.client
import json
import platform
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

if __name__ == "__main__":
    from environment import enter

    enter("check")

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "host"))

import build  # noqa: E402
import interpreters  # noqa: E402
import terminal  # noqa: E402
from rich import box  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402
from rich.text import Text  # noqa: E402

APPS = ROOT / "tools" / "bench_apps"
DEWLOG, MICRODOT, TUTORIAL = "Dewlog", "bare Microdot", "tutorial's loop"
PEERS = {MICRODOT: "bare_microdot.py", TUTORIAL: "tutorial_loop.py"}
PATHS = ("/api/readings", "/readings")
PAGES = ("/setup", "/readings")
INTERVAL_S = 15
ASKS_EVERY_S = 0.1
LOOK_EVERY_S = 1  # as the page of the proof does
TRIES = 3
BUSY_S = 1  # as the pages wait at a 503
LONGEST_ANSWER_S = 10
WIDTH = 120
PATIENCE_S = 60
VISITORS = 4
LONG_START_S = 12  # power that goes away sooner, three times, asks for set-up
NOTHING_YET = {"device": {"uptime_s": 0}}
AS_A_BROWSER = {"Accept-Encoding": "gzip, deflate"}
BACKLOG = 2880
BACKFILL_SPEED = 60
FAILURES = (AssertionError, OSError, http.client.HTTPException)


def percentile(times, percent):
    """The time that `percent` of them do not exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def spread(values, form="%.2f"):
    """The median of some runs, and between what they were."""
    if not values:
        return "–"
    return "%s (%s–%s)" % tuple(form % value for value in (statistics.median(values), min(values), max(values)))


def visit(device, path):
    """Ask until there is an answer, at a 503 again as the pages do; or give up."""
    from virtual_device import SLOWEST  # by which a test's patience is multiplied; this one's is the figure itself

    ends = time.monotonic() + LONGEST_ANSWER_S
    with contextlib.suppress(OSError, http.client.HTTPException):
        while device.get(path, AS_A_BROWSER, LONGEST_ANSWER_S / SLOWEST).status != 200 and time.monotonic() < ends:
            time.sleep(BUSY_S)


def visits(device, path, seconds, every_s=0):
    """Milliseconds that each visit took, for so long: one after the other, or of somebody who asks `every_s`.

    To him an answer that takes long is late for all that was due meanwhile.
    """
    times, due = [], time.monotonic()
    ends = due + seconds
    while due < ends:
        time.sleep(max(0, due - time.monotonic()))
        if not every_s:
            due = time.monotonic()
        visit(device, path)
        now = time.monotonic()
        times.append((now - due) * 1000)
        while every_s and due + every_s <= now:
            due += every_s
            times.append((now - due) * 1000)
        due += every_s or now - due
    return times


@contextlib.contextmanager
def visitors(device, number=VISITORS, paths=PATHS):
    """So many people who look at one page after the other until the end."""
    done = threading.Event()

    def look():
        while not done.is_set():
            for path in paths:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    device.get(path, AS_A_BROWSER, LONGEST_ANSWER_S)
                done.wait(LOOK_EVERY_S)

    threads = [threading.Thread(target=look, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join(2 * LONGEST_ANSWER_S)


class Benchmark:
    """One run. Its parts add rows to `tables`: (title, heads, rows)."""

    def __init__(self, micropython, is_quick, announce):
        from virtual_device import VirtualDevice

        self._micropython, self._quick, self._announce = micropython, is_quick, announce
        self._device = VirtualDevice
        self.tables, self.problems = [], []

    def run(self):
        """Take every part; one that fails is a problem and keeps no other from its turn. Returns nothing."""
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
            self._folder = Path(folder)
            devices = {}
            self._part("first set-up and memory", lambda: devices.update(self._set_up(running)))
            if len(devices) == 1 + len(PEERS):
                self._part("power-on", lambda: self._power_on(devices))
                self._part("requests", lambda: self._requests(devices))
                self._part("a ThingSpeak that hangs", lambda: self._hanging(devices))
            if DEWLOG in devices and not self._quick:
                self._part("weight", lambda: self._weight(devices[DEWLOG]))
            running.close()
            if not self._quick:
                self._part("backfill", self._backfill)

    def _part(self, title, work):
        self._announce(title)
        try:
            work()
        except FAILURES as failure:
            why, _, said = str(failure).partition("--- console:\n")
            last = said.partition("--- said:")[0].strip().splitlines()[-1:]
            self.problems.append(": ".join([title, why.strip() or type(failure).__name__, *last]))

    def _new(self, name, **options):
        """A device that is switched off, with the heap of a board."""
        folder = self._folder / name.replace(" ", "-").replace("'", "")
        return self._device(folder, micropython=self._micropython, heap=None, **options)

    def _set_up(self, running):
        """{name: device at home}. The peers get the document and the page that Dewlog serves; of Dewlog it is told what memory it takes."""
        dewlog = running.enter_context(self._new(DEWLOG))
        dewlog.wait_for("Join it with a phone", PATIENCE_S)
        self._memory(dewlog)
        document = dewlog.unless_busy(lambda: dewlog.get(PATHS[0])).body
        devices = {DEWLOG: dewlog}
        for name, source in PEERS.items():
            devices[name] = running.enter_context(self._new(name, app=self._peer(source, document)))
        return devices

    def _memory(self, device):
        """Both heaps of a board after its start, and their lowest in what it goes through with visitors."""
        rows = []

        def note(title, which="lowest"):
            time.sleep(2)  # the account is written once a second, and as often Python tells what it has
            left = device.memory()
            python = "%d of %d" % (left["python"][which], left["python"]["total"])
            rows.append((title, python, str(left["idf"][which]), str(left["growths"])))
            device.chip(forget_lowest=True)

        seconds, uploads = (1, 1) if self._quick else (15, 3)
        note("free after the start", "free")
        with visitors(device, paths=("/", "/api/setup", "/api/networks")):
            time.sleep(seconds)
            note("lowest in set-up")
            tries = _proven(device)
            note("lowest in the proof over HTTPS" + (", try %d" % tries if tries > 1 else ""))
        with visitors(device):
            time.sleep(seconds)
            note("lowest in station mode")
            before = len(device.feed())
            device.wait_for(lambda: len(device.feed()) >= before + uploads, PATIENCE_S)
            note("lowest with uploads over HTTPS")
        heads = ("with %d visitors" % VISITORS, "Python's heap", "ESP-IDF's heap", "grown by itself")
        self.tables.append(("Bytes of heap free on a board", heads, rows))

    def _power_on(self, devices):
        """From the plug to the first page, in turns. The simulator's own start is part of it."""
        dewlog, found = devices[DEWLOG], {}
        rounds = 1 if self._quick else 5
        for _ in range(rounds):
            dewlog.wait_for(lambda: (dewlog.readings() or NOTHING_YET)["device"]["uptime_s"] > LONG_START_S, PATIENCE_S)
            for name, device in devices.items():
                began = time.monotonic()
                device.restart()
                device.wait_for(lambda device=device: device.get(PATHS[1], AS_A_BROWSER, LONGEST_ANSWER_S).status == 200, PATIENCE_S)
                found.setdefault(name, []).append(time.monotonic() - began)
        dewlog.wait_for(dewlog.readings_at_home, PATIENCE_S)
        rows = [(name, spread(times, "%.1f")) for name, times in found.items()]
        self.tables.append(("From power-on to the first page, median of %d and spread" % rounds, ("", "seconds"), rows))

    def _peer(self, source, document):
        """A folder for simulate.py's --app."""
        folder = self._folder / source.replace(".", "-")
        contents, _ = build.read(build.build())
        files = {name: content for name, content in contents.items() if name == "microdot.mpy"}
        files.update({"readings.html.gz": contents["static/readings.html.gz"], "readings.json": document,
                      "main.py": (APPS / source).read_bytes()})
        for name, content in files.items():
            build.write(folder / name, content)
        return folder

    def _requests(self, devices):
        """Requests a second, in turns, so that a busy moment of this computer meets all of them."""
        rounds, seconds = (2, 1) if self._quick else (5, 3)
        found = {}
        for _ in range(rounds):
            for path in PATHS:
                for name, device in devices.items():
                    found.setdefault((name, path), []).append(visits(device, path, seconds))
        rows = []
        for path in PATHS:
            bare = [1000 / statistics.mean(times) for times in found[MICRODOT, path]]
            for name in devices:
                runs = found[name, path]
                rates = [1000 / statistics.mean(times) for times in runs]
                every = sum(runs, [])
                ratios = [rate / other for rate, other in zip(rates, bare)]
                times = ["%.1f" % percentile(every, percent) for percent in (50, 99)]
                rows.append((path, name, spread(rates, "%.0f"), spread(ratios), *times))
        heads = ("", "", "requests a second", "beside bare Microdot", "p50 ms", "p99 ms")
        self.tables.append(("Answers, all well: median of %d rounds and its spread" % rounds, heads, rows))

    def _hanging(self, devices):
        """Both at once, for they are asked at a leisurely pace; with an upload in each round."""
        rounds, seconds, calm_s = (1, INTERVAL_S + 1, 3) if self._quick else (3, INTERVAL_S + 5, 5)
        both = (DEWLOG, TUTORIAL)
        calm, hung = {name: [] for name in both}, {name: [] for name in both}
        with ThreadPoolExecutor() as people:

            def ask(found, for_s):
                asking = {name: people.submit(visits, devices[name], PATHS[0], for_s, ASKS_EVERY_S) for name in both}
                for name, times in asking.items():
                    found[name].append(times.result())

            for _ in range(rounds):
                ask(calm, calm_s)
                for name in both:
                    devices[name].faults("silent")
                ask(hung, seconds)
                for name in both:
                    devices[name].faults("none")
        rows = []
        for name in both:
            p99 = [spread([percentile(times, 99) for times in found[name]], "%.0f") for found in (calm, hung)]
            rows.append((name, *p99, "%.0f" % max(sum(hung[name], []))))
        heads = ("asked ten times a second, given up after %d s" % LONGEST_ANSWER_S, "p99 ms, all well", "p99 ms", "worst ms")
        self.tables.append(("%s while ThingSpeak accepts and says nothing" % PATHS[0], heads, rows))

    def _weight(self, device):
        """What a browser fetches: requests and bytes of a first visit and of the next."""
        import browser
        from playwright.sync_api import sync_playwright

        rows = []
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=str(browser.ensure()), args=["--no-sandbox"])
            for path in PAGES:
                device.wait_for(lambda path=path: device.get(path).status == 200, PATIENCE_S)
                context = chromium.new_context()
                visited = [_fetched(context, device.url + path) for _ in range(2)]
                context.close()
                rows.append((path, *["%d, %d bytes" % one for one in visited]))
            chromium.close()
        self.tables.append(("What the browser fetches, data included", ("page", "first visit", "second visit"), rows))

    def _backfill(self):
        """A backlog on flash, until all of it is in the channel."""
        from firmware_core import reading

        device = self._new("backfill")
        with device:
            device.wait_for("Hotspot: ", PATIENCE_S)
            device.set_up(timeout=PATIENCE_S, interval_s="3600")
        image, start_s = device.image(), int(time.time()) - BACKLOG * INTERVAL_S - 60
        readings = [reading.Reading(start_s + INTERVAL_S * number, number, 200, 21.4, 48.0, 0) for number in range(BACKLOG)]
        records = [bytes(reading.pack(one)) for one in readings]
        for number, first in enumerate(range(0, BACKLOG, reading.SEGMENT_RECORDS)):
            image.write("/journal/%06d.seg" % (number + 1), b"".join(records[first : first + reading.SEGMENT_RECORDS]))
        image.save()
        device.start(speed=BACKFILL_SPEED)
        with device:
            began = time.monotonic()
            device.wait_for(lambda: len(device.feed()) >= BACKLOG, 4 * PATIENCE_S)
            minutes = (time.monotonic() - began) * BACKFILL_SPEED / 60
            calls = sum("bulk_update" in request["path"] for request in device.requests())
        heads = ("calls", "minutes of the device's time")
        self.tables.append(("A backlog of %d readings" % BACKLOG, heads, [(str(calls), "%.0f" % minutes)]))


def _proven(device):
    """Set it up, again as a person would when it was not proven. Returns how many tries it took; raises AssertionError."""
    for tries in range(1, TRIES + 1):
        try:
            device.set_up(PATIENCE_S, interval_s=str(INTERVAL_S))
            return tries
        except AssertionError:
            if tries == TRIES:
                raise


def _fetched(context, url):
    """(requests, bytes) that a visit costs the device; what the browser's cache answers costs nothing."""
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    asked, sizes, cached = set(), {}, set()

    def responded(event):
        if event["response"].get("fromDiskCache") or event["response"].get("fromPrefetchCache"):
            cached.add(event["requestId"])

    devtools.on("Network.requestWillBeSent", lambda event: event["request"]["url"].startswith("http") and asked.add(event["requestId"]))
    devtools.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    devtools.on("Network.responseReceived", responded)
    devtools.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    response = page.goto(url, wait_until="load")
    assert response.ok, "%s answered %d" % (url, response.status)
    page.wait_for_timeout(1500)
    page.close()
    fetched = asked - cached
    return len(fetched), round(sum(size for one, size in sizes.items() if one in fetched))


def shown(benchmark, interpreter, screen):
    """Print the tables, and where and when they were made."""
    for title, heads, rows in benchmark.tables:
        screen.print(Text("\n%s\n" % title, "bold"))
        table = Table(box=box.MARKDOWN)
        for head in heads:
            table.add_column(head, no_wrap=True)
        for row in rows:
            table.add_row(*map(Text, row))
        screen.print(table)
    screen.print(Text("\n%s, %s, %s; Dewlog in tools/simulate.py at speed 1" % (date.today(), interpreter.name, platform.machine())))
    for problem in benchmark.problems:
        screen.print(Text("Not measured: " + problem, "red"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="within two minutes: shorter rounds, fewer of them, no weight, no backlog")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the tables to FILE, too")
    options = parser.parse_args()
    try:
        found = interpreters.available()[0]
        if not found:
            raise AssertionError("no MicroPython can be had here")
        interpreter = min(found, key=lambda one: one.bits)  # 32 bits, as the chip has
        benchmark = Benchmark(interpreter.path, options.quick, lambda title: print("Measuring: %s" % title, file=sys.stderr, flush=True))
        benchmark.run()
    except (build.BuildFailed, *FAILURES) as failure:
        terminal.complain("The benchmark did not run: %s" % failure)
        return 1
    except KeyboardInterrupt:
        terminal.complain("Stopped.")
        return 1
    shown(benchmark, interpreter, Console(width=WIDTH, highlight=False))
    if options.json:
        tables = [dict(zip(("title", "heads", "rows"), table)) for table in benchmark.tables]
        options.json.write_text(json.dumps(tables, indent=1))
    return 1 if benchmark.problems else 0


if __name__ == "__main__":
    sys.exit(main())
