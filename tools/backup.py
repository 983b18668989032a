"""A backup of a device over its USB cable: settings without secrets, and every reading as CSV."""

import argparse
import json
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    from environment import enter

    enter("deploy")

import crash_records
import terminal
from board_choice import choose_one
from board_link import BoardLink, BoardProblem
from device_identity import hotspot_name
from firmware_core import reading, settings_store, text, timestamps
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

LATEST_S = 1 << 32
HEADER = "time,temperature_c,humidity_pct,flags\n"


class Sessions:
    """The power-ons in the device's /sessions.json, as core.timestamps asks a clock for them; none when it is missing or damaged."""

    def __init__(self, content):
        self.starts = {}  # {session: (Unix time of its power-on or None, 0, those that turned out wrong)}
        try:
            for session, start_s, _, *refuted in json.loads(content)[1]:
                is_known = start_s is not None and 0 < start_s < LATEST_S
                self.starts[int(session)] = int(start_s) if is_known else None, 0, tuple(map(int, refuted))
        except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
            self.starts.clear()

    def now(self):
        return None  # this computer's time says nothing about a device's


def csv_of(segments, sessions):
    """Return (CSV text, readings, damaged records) of the journal's segments (bytes each, oldest first); times as the device tells them."""
    lines, damaged = [HEADER], 0
    for segment in segments:
        for offset in range(0, len(segment) - reading.RECORD_BYTES + 1, reading.RECORD_BYTES):
            one = reading.unpack(segment, offset)
            if one is None:
                damaged += 1
                continue
            time_s = timestamps.stamped(one, sessions).time_s
            values = (timestamps.iso(time_s) or "", one.temperature_c, one.humidity_pct, one.flags)
            lines.append("%s,%.2f,%.2f,%d\n" % values)
    return "".join(lines), len(lines) - 1, damaged


def settings_without_secrets(content):
    """Return the settings file for the backup, or None when the device has none that can be read."""
    try:
        found = settings_store.from_json(content.decode())
    except ValueError:  # UnicodeDecodeError is one, too
        return None
    return json.dumps(text.redacted(found), indent=2) + "\n"


def save(link, folder, say, new_progress):
    """Write readings.csv, settings.json, crashes.json and crashes.txt into `folder`, in the order in which people would miss them.

    `new_progress(bytes)` gives a callable for the bytes that came.
    """
    folder.mkdir(parents=True)
    sizes = {name: size for name, (size, _) in sorted(link.hashes("/journal").items()) if name.endswith(".seg")}
    progress = new_progress(sum(sizes.values()))
    segments = [link.read("/journal/" + name, progress) for name in sizes]
    text, readings, damaged = csv_of(segments, Sessions(link.read("/sessions.json")))
    (folder / "readings.csv").write_text(text, encoding="utf-8")
    say("%d readings%s" % (readings, ", %d damaged records left out" % damaged if damaged else ""))

    content = link.read("/settings.json")
    found = settings_without_secrets(content)
    if found is None:
        say("The device has no settings." if not content else "The settings are damaged: they are not in the backup.")
    else:
        (folder / "settings.json").write_text(found, encoding="utf-8")

    content = link.read("/crashes.json") or b"[]"
    (folder / "crashes.json").write_bytes(content)
    try:
        words = "".join(crash_records.described(record) + "\n" for record in crash_records.parsed(content))
        (folder / "crashes.txt").write_text(words, encoding="utf-8")
    except ValueError:
        say("The crash records are damaged; crashes.json has them as they are.")


def main(arguments=None):
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description="Save a device's settings (without password and key) and readings over USB.")
    parser.add_argument("--port", metavar="PORT", help="the board's serial port (default: the only one found)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder (default: named after the device and the time)")
    options = parser.parse_args(arguments)
    screen = terminal.screen()
    folder = options.out
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    try:
        with BoardLink(choose_one(options.port)) as link, Progress(*columns, console=screen, transient=True) as bars:
            link.interrupt()
            try:
                folder = folder or Path(hotspot_name(link.facts()["mac"]) + time.strftime("-%Y%m%d-%H%M%S"))

                def new_progress(total):
                    task = bars.add_task("Readings", total=total or None)
                    return lambda count: bars.advance(task, count)

                save(link, folder, screen.print, new_progress)
            finally:
                link.restart()
    except FileExistsError:
        terminal.complain("%s exists: name another folder with --out." % folder)
        return 1
    except BoardProblem as problem:
        terminal.complain(problem)
        return 1
    except OSError as problem:
        terminal.complain("The backup cannot be written to %s: %s." % (folder, problem.strerror))
        return 1
    except KeyboardInterrupt:
        terminal.complain("Stopped.")
        return 1
    screen.print(Text("Saved in %s" % folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
