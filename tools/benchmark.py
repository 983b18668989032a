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
PAGES = ("/setup", "/readings", "/settings")
INTERVAL_S = 15
LONGEST_ANSWER_S = 10
WIDTH = 120
PATIENCE_S = 60
VISITORS = 4
QUICK_START_S = 12  # power that goes away sooner, three times, asks for set-up
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


def visits(device, path, seconds):
    """Milliseconds that each answer took, one after the other, for so long; one that did not come has the longest."""
    times, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends or not times:
        began = time.monotonic()
        try:
            reply = device.get(path, timeout=LONGEST_ANSWER_S)
            if reply.status == 503:  # "try again": a visitor would wait
                continue
            assert reply.status == 200, (path, reply.status)
        except (OSError, http.client.HTTPException):
            times.append(LONGEST_ANSWER_S * 1000)
            continue
        times.append((time.monotonic() - began) * 1000)
    return times


@contextlib.contextmanager
def visitors(device, number=VISITORS, paths=PATHS):
    """So many people who look at one page after the other until the end."""
    done = threading.Event()

    def look():
        while not done.is_set():
            for path in paths:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    device.get(path, timeout=LONGEST_ANSWER_S)

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
            self._part("power-on", lambda: devices.update(self._power_on(running)))
            if len(devices) == 1 + len(PEERS):
                self._part("requests", lambda: self._requests(devices))
                self._part("a ThingSpeak that hangs", lambda: self._hanging(devices))
            if DEWLOG in devices:
                self._part("weight", lambda: self._weight(devices[DEWLOG]))
            running.close()
            self._part("memory", self._memory)
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
        return self._device(self._folder / name.replace(" ", "-").replace("'", ""), micropython=self._micropython, **options)

    def _power_on(self, running):
        """{name: device at home}. The peers get the document and the page that Dewlog serves."""
        rows, devices = [], {}
        dewlog = running.enter_context(self._new(DEWLOG))
        dewlog.wait_for("Hotspot: ", PATIENCE_S)
        dewlog.set_up(timeout=PATIENCE_S, interval_s=str(INTERVAL_S))
        dewlog.wait_for(lambda: (dewlog.readings() or {}).get("temperature_c") is not None, PATIENCE_S)
        document = dewlog.get("/api/readings").body
        began = time.monotonic()
        dewlog.restart()
        dewlog.wait_for(lambda: dewlog.get("/api/readings", timeout=LONGEST_ANSWER_S).status == 200, PATIENCE_S)
        rows.append((DEWLOG, "%.1f s" % (time.monotonic() - began)))
        dewlog.wait_for(dewlog.readings_at_home, PATIENCE_S)
        devices[DEWLOG] = dewlog
        for name, source in PEERS.items():
            device = self._new(name, app=self._peer(source, document))
            began = time.monotonic()
            running.enter_context(device)
            device.wait_for(lambda device=device: device.get(PATHS[0], timeout=LONGEST_ANSWER_S).status == 200, PATIENCE_S)
            rows.append((name, "%.1f s" % (time.monotonic() - began)))
            devices[name] = device
        self.tables.append(("From power-on to the first answer, with the simulator's own start", ("", "time"), rows))
        return devices

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
        rounds, seconds = (3, 1) if self._quick else (7, 5)
        dewlog = devices[DEWLOG]
        dewlog.wait_for(lambda: dewlog.get(PATHS[0]).json()["device"]["uptime_s"] > QUICK_START_S, PATIENCE_S)
        dewlog.restart()
        dewlog.wait_for("Joined the Wi-Fi", PATIENCE_S)
        cold = visits(dewlog, "/readings", 0)[0]
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
        warm = percentile(sum(found[DEWLOG, "/readings"], []), 50)
        self.tables.append(("A cold page: the first after the start", ("", "cold ms", "warm ms", "ratio"),
                            [("/readings", "%.1f" % cold, "%.1f" % warm, "%.1f" % (cold / warm))]))

    def _hanging(self, devices):
        seconds = 2 * INTERVAL_S if not self._quick else INTERVAL_S + 3
        rows = []
        for name in (DEWLOG, TUTORIAL):
            device = devices[name]
            calm = visits(device, PATHS[0], 2)
            device.faults("silent")
            try:
                times = visits(device, PATHS[0], seconds)
            finally:
                device.faults("none")
            late = sum(one >= LONGEST_ANSWER_S * 1000 for one in times)
            rows.append((name, "%.1f" % percentile(calm, 99), "%.1f" % percentile(times, 99), "%.1f" % max(times), str(late)))
        heads = ("", "p99 ms, all well", "p99 ms", "worst ms", "no answer in %d s" % LONGEST_ANSWER_S)
        self.tables.append(("%s while ThingSpeak accepts and says nothing" % PATHS[0], heads, rows))

    def _weight(self, device):
        """What a browser fetches: requests and bytes of a first visit and of the next."""
        import browser
        from playwright.sync_api import sync_playwright

        rows = []
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=str(browser.ensure()), args=["--no-sandbox"])
            for path in PAGES:
                context = chromium.new_context()
                visited = [_fetched(context, device.url + path) for _ in range(2)]
                context.close()
                rows.append((path, *["%d, %d bytes" % one for one in visited]))
            chromium.close()
        self.tables.append(("What the browser fetches, data included", ("page", "first visit", "second visit"), rows))

    def _memory(self):
        """The lowest of both heaps, with visitors, in what a device goes through."""
        rows = []

        def note(title):
            left = device.memory()
            python = "%d of %d" % (left["python"]["lowest"], left["python"]["total"])
            rows.append((title, python, str(left["idf"]["lowest"]), str(left["growths"])))
            device.chip(forget_lowest=True)

        seconds, uploads = (5, 1) if self._quick else (20, 3)
        with self._new("memory") as device:
            device.wait_for(lambda: device.get("/").status == 200, PATIENCE_S)
            with visitors(device, 2, ("/", "/api/setup", "/api/networks")):
                time.sleep(seconds)
            note("set-up, 2 visitors")
            device.set_up(timeout=PATIENCE_S, interval_s=str(INTERVAL_S))
            note("proof over HTTPS")
            device.wait_for(device.feed, PATIENCE_S)
            device.chip(forget_lowest=True)
            with visitors(device):
                time.sleep(seconds)
            note("station, %d visitors" % VISITORS)
            before = len(device.feed())
            with visitors(device):
                device.wait_for(lambda: len(device.feed()) >= before + uploads, PATIENCE_S)
            note("uploads over HTTPS, %d visitors" % VISITORS)
        self.tables.append(("Bytes of heap free at the lowest", ("", "Python's", "ESP-IDF's", "grown by itself"), rows))

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
    page.goto(url, wait_until="load")
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
    parser.add_argument("--quick", action="store_true", help="within two minutes: shorter rounds, fewer of them, no backlog")
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
