"""The way of Dewlog onto a real board: MicroPython if asked, the app, the label."""

import argparse
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    from environment import enter

    enter("deploy")

import board_update
import firmware
import label
import over_wifi
import slots
import terminal
import web_installer
from board_choice import choose
from board_link import BoardLink, BoardProblem
from build import BUILD, BuildFailed, build, read
from console import painted
from device_identity import read_identity
from flasher import Flasher
from rich.text import Text

FIRST_LINES_S = 60
FIRST_START_S = 8
"""What MicroPython takes at most to format its filesystem after it was written to the chip."""
SAYS_WHERE = "http://"
"""In the console line with which the app has arrived: the hotspot is open, or it has joined the Wi-Fi."""
FAILED_WORDS = ("Traceback", "MemoryError", "Guru Meditation")
FAILURE_LINES = 20


class AppSilent(BoardProblem):
    """The app was copied, but does not run."""


class Deployment:
    """One run of the command: what to bring to the boards, and the screen that shows it."""

    def __init__(self, options, screen, contents, main_py):
        self.options, self.screen = options, screen
        self.contents, self.main_py = contents, main_py

    def to_board(self, device):
        """Bring one board up to date, start it, and make its label. Raises BoardProblem and FirmwareProblem."""
        if self.options.flash and self.options.dry_run:  # a new board has no MicroPython that could be asked
            sizes = [len(content) for content in self.contents.values()]
            with BoardLink(device):  # opened only
                self._say("Would erase %s, write MicroPython, and send all %d files, %d bytes." % (device, len(sizes), sum(sizes)))
            return
        if self.options.flash:
            self._flash(device)
        self._say(device, "bold")
        with BoardLink(device, self._trace) as link:
            link.interrupt()
            try:
                facts = link.facts()
                identity = self._update(link, facts)
            finally:
                link.restart()  # also after a failure: the board must not wait at the REPL
            if self.options.dry_run:
                return
            self._follow(link)
            if identity is None:
                identity = self._identity_after_first_start(link, facts)
        if identity:
            label.show_and_write(identity, self.options.labels)
        else:
            self._say("No label yet: the app has not made its password. `python3 tools/label.py` makes it later.", "yellow")

    def _flash(self, device):
        with Flasher(device) as chip:
            wanted = firmware.chip_named(chip.chip_name)
            path = self.options.firmware or firmware.find_or_fetch(wanted)
            loaded = firmware.load(path)
            if loaded.chip != wanted:
                raise firmware.FirmwareProblem("%s is for %s, this board is %s." % (path, loaded.chip.name.upper(), chip.chip_name))
            self._say("Writing %s" % path)
            chip.write(loaded)
        time.sleep(FIRST_START_S)

    def _update(self, link, facts):
        """Copy what differs; returns the Identity if the board has one already."""
        for warning in board_update.check(facts):
            self._say(warning, "yellow")
        if self.options.wipe and not self.options.dry_run:
            self._say("Erasing settings, readings and label.")
            facts = board_update.wipe(link, facts)
        update = board_update.prepare(link, facts, self.contents, self.main_py)
        self._say(summary(update, facts))
        if self.options.dry_run:
            for path in update.plan.send:
                self._say("  would send %s" % path)
            return None
        self._carry_out(link, update)
        return read_identity(link, facts["mac"])

    def _carry_out(self, link, update):
        moved = board_update.bytes_to_move(update)
        with terminal.transfer(self.screen) as bars:
            task = bars.add_task("Copying", total=moved or None, visible=bool(moved))
            board_update.carry_out(link, update, self.main_py, lambda count: bars.advance(task, count))

    def _follow(self, link):
        """Show the console until the app says where it is. Raises AppSilent when it says nothing at all, or that it is broken."""
        has_spoken = False
        told_of_failure = 0
        for line in link.lines(FIRST_LINES_S):
            if line:
                self.screen.print("  ", painted(line))
                has_spoken = True
            if SAYS_WHERE in line:
                return
            if told_of_failure or any(word in line for word in FAILED_WORDS):
                told_of_failure += 1
            if told_of_failure and (not line or told_of_failure > FAILURE_LINES):  # all of it has been shown
                raise AppSilent("The app on %s did not start well. `python3 tools/console.py` shows more." % link.device)
        if not has_spoken:
            raise AppSilent("The app on %s was copied, but says nothing for %d s: press its RESET button." % (link.device, FIRST_LINES_S))
        self._say("It runs, but has no address yet: is its Wi-Fi in reach? `python3 tools/console.py` shows what it does.", "yellow")

    def _identity_after_first_start(self, link, facts):
        """The app has made its hotspot password just now: fetch it, and start the app again."""
        link.interrupt()
        identity = read_identity(link, facts["mac"])
        link.restart()
        return identity

    def _say(self, sentence, style=""):
        self.screen.print(Text(sentence, style))  # a Text: what stands in brackets is no markup

    def _trace(self, line):
        if self.options.verbose:
            self._say(line, "dim")


def summary(update, facts):
    """Return what will be done, in a sentence."""
    version = ".".join(str(number) for number in facts["version"])
    who = "%s, MicroPython %s" % (facts["machine"] or facts["platform"], version)
    if not update.new_app and not update.new_main:
        return "%s: the app is up to date." % who
    plan = update.plan
    sent = sum(len(update.contents[path]) for path in plan.send)
    return "%s: %d of %d files differ, %d bytes to send." % (who, len(plan.send), len(update.contents), sent)


def write_image(options, screen, contents, main_py):
    """Write the file for `--image`: MicroPython and the app for a whole flash. Raises FirmwareProblem."""
    path = options.firmware or firmware.find_or_fetch(options.chip)
    loaded = firmware.load(path)
    image = firmware.complete_image(loaded, slots.whole_board(contents, main_py))
    try:
        options.image.write_bytes(image)
    except OSError as problem:
        raise firmware.FirmwareProblem("%s cannot be written: %s." % (options.image, problem.strerror)) from None
    screen.print(Text("%s: %d MB for %s. Write it with: esptool write-flash 0 %s"
                      % (options.image, len(image) >> 20, loaded.chip.name.upper(), options.image)))


def write_web(options, screen, contents, main_py):
    """Write the folder for `--web`. Raises FirmwareProblem and InstallerProblem."""
    loaded = [firmware.load(path) for path in firmware.find_or_fetch_all()]
    images = {found.chip: firmware.complete_image(found, slots.whole_board(contents, main_py)) for found in loaded}
    web_installer.write(options.web, images, contents["version"].decode().strip())
    for line in (
        "%s: a page that installs Dewlog on %s." % (options.web, ", ".join(chip.name.upper() for chip in images)),
        "Try it here: python3 -m http.server --directory %s 8000, then http://localhost:8000 in Chrome or Edge." % options.web,
        "For others, any web server with HTTPS will do.",
    ):
        screen.print(Text(line))


def parse(arguments):
    """Return the command line's options; wrong usage ends the process with status 2."""
    parser = argparse.ArgumentParser(
        description="Bring Dewlog onto the connected board: build it, copy what changed, start it, make its label. "
                    "Settings and readings stay. A cable pulled at any time leaves a board that starts.")
    parser.add_argument("--port", action="append", default=[], metavar="PORT", help="the board's serial port; may be given several times")
    parser.add_argument("--all", action="store_true", help="every board that is connected")
    parser.add_argument("--over-wifi", action="append", default=[], metavar="HOST", help="no cable: a device on the home network, such as "
                        "dewlog-xxxxxx.local; may be given several times (the device password comes from DEWLOG_PASSWORD or is asked for)")
    parser.add_argument("--flash", action="store_true", help="first erase the chip and write MicroPython")
    parser.add_argument("--firmware", type=Path, metavar="FILE", help="MicroPython for --flash or --image (default: from micropython.org)")
    parser.add_argument("--image", type=Path, metavar="FILE", help="write no board, but one image of a whole flash into FILE")
    parser.add_argument("--web", type=Path, metavar="DIR", help="write no board, but a web page into DIR from which Chrome flashes one")
    parser.add_argument("--chip", default="esp32", metavar="NAME", help="for --image without --firmware: esp32, esp32s3 or esp32c3")
    parser.add_argument("--wipe", action="store_true", help="erase settings, readings and hotspot password, too")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done")
    parser.add_argument("--labels", type=Path, default=label.LABELS, metavar="DIR", help="where labels go (default: .build/labels)")
    parser.add_argument("--verbose", action="store_true", help="show each step")
    options = parser.parse_args(arguments)
    if options.firmware and not (options.flash or options.image):
        parser.error("--firmware goes with --flash or --image")
    if sum(map(bool, (options.over_wifi, options.image, options.web, options.flash or options.port or options.all))) > 1:
        parser.error("--over-wifi, --image and --web each stand for themselves; --port, --all and --flash are for boards on a cable")
    try:
        options.chip = firmware.chip_named(options.chip)
    except firmware.FirmwareProblem as problem:
        parser.error(str(problem))
    return options


def main(arguments=None, screen=None, build_folder=None):
    """Returns the exit status: 0 all boards done, 1 one of them not."""
    options = parse(arguments)
    screen = screen or terminal.screen()
    try:
        if options.firmware:
            firmware.load(options.firmware)  # what is wrong with it is said before any board is touched
        contents, main_py = read(build_folder or build(BUILD))
        if options.image or options.web:
            (write_image if options.image else write_web)(options, screen, contents, main_py)
            return 0
        if options.over_wifi:
            return over_wifi.update_all(options.over_wifi, contents, screen, options.dry_run)
        devices = choose(options.port, options.all)
    except (BuildFailed, BoardProblem, firmware.FirmwareProblem, web_installer.InstallerProblem) as problem:
        terminal.complain(problem)
        return 1
    except KeyboardInterrupt:
        return _stopped()
    deployment = Deployment(options, screen, contents, main_py)
    failed = 0
    for device in devices:
        try:
            deployment.to_board(device)
        except (BoardProblem, firmware.FirmwareProblem, label.LabelProblem) as problem:
            terminal.complain(problem)
            failed += 1
        except KeyboardInterrupt:
            return _stopped()
    if len(devices) > 1:
        screen.print("%d of %d boards are ready." % (len(devices) - failed, len(devices)))
    return 1 if failed else 0


def _stopped():
    terminal.complain("Stopped. The board starts what it had; the next run goes on from here.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
