"""The page latency benchmark: how long pages take while an upload hangs, beside how long they take when all is well."""

import argparse
import http.client
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    from environment import enter

    enter("check")

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "host"))

PATHS = ("/readings", "/api/readings")
SITUATIONS = (
    ("idle", {}, "none"),
    ("silent", {}, "silent"),
    ("drip", {}, "drip"),
    ("reset", {}, "reset"),
    ("refuse", {}, "refuse"),
    ("TLS handshake", {}, "handshake"),
    ("dead name server", {"internet": "no_name_server"}, "none"),
    ("idle again", {}, "none"),
)
"""(name, what differs in world.json, the fault of the local ThingSpeak). The second look at idle shows how steady this computer was."""
INTERVAL_S = 15
LONGEST_S = 120
BETWEEN_S = 0.01


def measured(seconds, speed, announce):
    """{(situation, path): [milliseconds]}. Each situation takes `seconds`, or longer until an upload has come to its end in it."""
    from virtual_device import VirtualDevice

    found = {}
    with tempfile.TemporaryDirectory() as folder, VirtualDevice(folder, speed=speed) as device:
        device.set_up(interval_s=INTERVAL_S)
        for name, changes, fault in SITUATIONS:
            announce(name)
            device.wait_for(_upload_ends(device, "stored"), LONGEST_S * 6)
            device.world(**changes)
            device.faults(fault)
            is_over = _upload_ends(device, "stored" if name.startswith("idle") else "")
            found.update({(name, path): times for path, times in _visits(device, seconds, is_over).items()})
            device.faults("none")
            device.world(internet=True)
    return found


def _visits(device, seconds, is_over):
    ends, latest = time.monotonic() + seconds, time.monotonic() + LONGEST_S
    times = {path: [] for path in PATHS}
    while time.monotonic() < ends or not is_over():
        if time.monotonic() > latest:
            raise AssertionError("No upload came to its end.\n" + device.serial()[-2000:])
        for path in PATHS:
            began = time.monotonic()
            status = device.get(path, timeout=60).status
            if status == 503:  # short of memory: a visitor would ask again
                continue
            times[path].append((time.monotonic() - began) * 1000)
            assert status == 200, (path, status)
        time.sleep(BETWEEN_S)
    return times


def _upload_ends(device, word):
    """A callable: whether the console told since now of the end of an upload, with this word in it."""
    known = len(device.serial())
    return lambda: any("ThingSpeak:" in line and word in line for line in device.serial()[known:].splitlines())


def percentile(times, percent):
    """The time that `percent` of them do not exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def table(found):
    """Lines for a person."""
    heads = ("situation", "page", "visits", "median", "99 %", "worst", "as many times idle's median, 99 %, worst")
    yield "%-17s %-14s %6s %8s %8s %8s   %s" % heads
    for (name, path), times in found.items():
        figures = [percentile(times, 50), percentile(times, 99), max(times)]
        idle = found["idle", path]
        ratios = [figure / base for figure, base in zip(figures, (percentile(idle, 50), percentile(idle, 99), max(idle)))]
        yield "%-17s %-14s %6d %5.0f ms %5.0f ms %5.0f ms   %.1f  %.1f  %.1f" % (name, path, len(times), *figures, *ratios)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=50, metavar="N", help="for each situation, at least (default %(default)s)")
    parser.add_argument("--speed", type=float, default=1, metavar="X", help="virtual seconds per second (default %(default)s)")
    options = parser.parse_args()
    if options.seconds <= 0:
        parser.error("--seconds must be more than 0")
    try:
        found = measured(options.seconds, options.speed, lambda name: print("Measuring: %s" % name, file=sys.stderr, flush=True))
    except (AssertionError, OSError, http.client.HTTPException) as failure:
        print("The virtual device did not run: %s" % failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1
    print("\n".join(table(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
