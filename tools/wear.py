"""The flash write budget: what a day of logging writes and erases, and how many years a flash chip takes it."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    from environment import enter

    enter("check")

sys.path.insert(0, str(ROOT / "tests" / "host"))

ERASES_A_BLOCK_LASTS = 100_000
"""What makers of such SPI NOR flash promise for a block (Winbond W25Q32JV: "min. 100K program-erase cycles per sector")."""
DAY_S = 86400
YEAR_DAYS = 365.25
BLOCK_BYTES = 4096


def measured(hours, speed, interval_s=60):
    """Run a virtual device for `hours` of its time after set-up. Returns what it wrote then, as a dict like wear.json's."""
    from virtual_device import VirtualDevice

    with tempfile.TemporaryDirectory() as folder, VirtualDevice(folder, speed=speed) as device:
        device.set_up(interval_s=interval_s)
        time.sleep(2)  # wear.json follows once a second
        before = device.wear()
        ends = before["uptime_s"] + hours * 3600
        while device.wear()["uptime_s"] < ends:
            time.sleep(0.5)
        after = device.wear()
        free_blocks = device.image().free_bytes() // BLOCK_BYTES
    used = {name: after[name] - before[name] for name in ("uptime_s", "writes", "written_bytes", "erases")}
    return {**used, "free_blocks": free_blocks, "most_erases_of_a_block": after["most_erases_of_a_block"]}


def per_day(wear, name):
    """The count `name` of a measurement, for a day."""
    return wear[name] * DAY_S / wear["uptime_s"]


def years(wear):
    """(even, worst): years until a block has had all its erases. even: littlefs spreads them over the free blocks, as it does.
    worst: they go on falling as unevenly as on the block that had most of them in the measurement."""
    even_a_day = per_day(wear, "erases") / wear["free_blocks"]
    worst_a_day = per_day(wear, "most_erases_of_a_block")
    return tuple(ERASES_A_BLOCK_LASTS / max(a_day, 1e-9) / YEAR_DAYS for a_day in (even_a_day, worst_a_day))


def report(wear, interval_s):
    """Lines for a person."""
    even, worst = years(wear)
    yield "One reading every %d s, measured over %.1f hours:" % (interval_s, wear["uptime_s"] / 3600)
    yield "  written a day     %8.0f kB" % (per_day(wear, "written_bytes") / 1024)
    yield "  block writes a day %7.0f" % per_day(wear, "writes")
    yield "  block erases a day %7.0f, spread over %d free blocks" % (per_day(wear, "erases"), wear["free_blocks"])
    yield "  the flash lasts   %8.0f years; %.0f if all erases fell as unevenly as on the busiest block" % (even, worst)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=6, metavar="N", help="virtual hours to measure (default %(default)s)")
    parser.add_argument("--interval", type=int, default=60, metavar="SECONDS", help="seconds between readings (default %(default)s)")
    parser.add_argument("--speed", type=float, default=200, metavar="X", help="virtual seconds per second (default %(default)s)")
    options = parser.parse_args()
    if options.hours <= 0:
        parser.error("--hours must be more than 0")
    try:
        wear = measured(options.hours, options.speed, options.interval)
    except (AssertionError, OSError) as failure:
        print("The virtual device did not run: %s" % str(failure).splitlines()[0], file=sys.stderr)
        return 1
    print("\n".join(report(wear, options.interval)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
