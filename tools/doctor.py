"""The examination of a board: cable, driver, chip, firmware, files, Wi-Fi, sensor, ThingSpeak, each in words."""

import argparse
import json
import sys
from pathlib import Path

if __name__ == "__main__":
    from environment import enter

    enter("deploy")

import board_update
import crash_records
import slots
import terminal
from board_choice import choose_one
from board_link import BoardLink, BoardProblem
from build import BUILD, BuildFailed, build, read
from device_identity import board_names
from firmware_core import networks, reading, settings, settings_store
from rich.text import Text

PROBES = Path(__file__).with_name("on_board_probes.py")
JOIN_TIMEOUT_S = 20
THINGSPEAK = ("api.thingspeak.com", 80)
WEAK_DBM = -80
SENTENCES = {
    "sensor_silent": "No answer from the sensor. Check that its data wire is on GPIO %d, with 10 kΩ to 3V3, and that it has 3.3 V.",
    "sensor_checksum": "The sensor answers, but its data arrives damaged. Use a shorter wire to GPIO %d, and 10 kΩ from it to 3V3.",
    "wrong_password": "The password does not match this network. Open the settings page and type it again.",
    "not_found": "Dewlog cannot see this network. It uses 2.4 GHz only: move it closer, or check the name.",
    "weak_signal": "The network is too weak here. Move Dewlog closer to the access point.",
    "security_not_supported": "The network wants a kind of security that this chip does not know. WPA2 works.",
    "password_not_wanted": "The network is an open one, and the settings have a password for it. Leave it out on the settings page.",
    "no_address": "The network let it in, but gave it no address. Restart the router, or look for a filter of devices there.",
    "no_internet": "The network works, but there is no way from there to the internet. Check the router's connection.",
    "browser_login_needed": "This network wants a log-in in a browser, which Dewlog cannot give. Choose another network.",
}
"""By code, with what helps."""


class Finding(Exception):
    """Something is wrong; its text says what and what to do. The examination goes on where it can."""


class NotTried(Exception):
    """A step that an earlier finding stands in the way of; its text says which."""


class Doctor:
    """One examination. Each step returns a sentence about what is well, or raises Finding or NotTried."""

    def __init__(self, link, contents, main_py):
        self._link = link
        self._contents, self._main_py = contents, main_py
        self._facts = self._settings = None
        self._joined = False

    def steps(self):
        """Yield (name, step) in the order in which things depend on each other."""
        yield "MicroPython", self.micropython
        yield "Files", self.files
        yield "Crashes", self.crashes
        yield "Settings", self.settings
        yield "Sensor", self.sensor
        yield "Wi-Fi", self.wifi
        yield "ThingSpeak", self.thingspeak

    def micropython(self):
        """Chip, flash, version, filesystem."""
        self._facts = self._link.facts()
        try:
            warnings = board_update.check(self._facts)
        except BoardProblem as problem:
            raise Finding(str(problem)) from None
        version = ".".join(map(str, self._facts["version"]))
        free = "%d of %d kB free" % (self._facts["free_bytes"] >> 10, self._facts["total_bytes"] >> 10)
        return "; ".join(["%s on %s, %s" % (version, self._facts["machine"], free)] + warnings)

    def files(self):
        """Whether the slot that starts is complete."""
        active = self._facts["active"]
        if active not in slots.SLOTS or self._link.read("/main.py") != self._main_py:
            raise Finding("Dewlog is not installed: python3 tools/deploy.py")
        found = self._link.hashes("/" + active)
        wanted = slots.manifest(self._contents)
        version = self._link.read("/%s/version" % active).decode("utf-8", "replace").strip()
        if found == wanted:
            return "Dewlog %s, complete" % version
        if version == self._contents.get("version", b"").decode().strip():
            raise Finding("Dewlog %s is damaged: python3 tools/deploy.py repairs it" % version)
        return "Dewlog %s; this folder has another one: python3 tools/deploy.py brings it" % version

    def crashes(self):
        """What the device has recorded about itself."""
        try:
            records = crash_records.parsed(self._link.read("/crashes.json"))
        except ValueError:
            raise Finding("The crash records cannot be read") from None
        if not records:
            return "none"
        return "the last of %d: %s" % (len(records), crash_records.described(records[-1]))

    def settings(self):
        """Whether set-up has been done."""
        content = self._link.read("/settings.json")
        if not content:
            raise Finding("None yet: join the hotspot on the label with a phone (python3 tools/label.py shows it)")
        try:
            self._settings = settings_store.from_json(content.decode())
        except ValueError as problem:
            raise Finding("Damaged (%s): the device uses its last good ones, or opens its hotspot" % problem.args[-1]) from None
        return "%s, every %d s" % (self._settings["name"], self._settings["interval_s"])

    def sensor(self):
        """Whether it answers, and sensibly."""
        names = board_names(self._overrides(), self._facts["machine"])
        if type(names.SENSOR_PIN) is not int:
            raise Finding("/board.json names no pin for the sensor but %r" % names.SENSOR_PIN)
        pin = self._settings["pin"] if self._settings else 0
        pin = pin if pin in names.SENSOR_PINS else names.SENSOR_PIN
        outcome, found = self._answer("measure(%d)" % pin, (str, (str, type(None))))
        if outcome != "ok":
            raise Finding(SENTENCES["sensor_checksum" if outcome == "checksum" else "sensor_silent"] % pin)
        frame = _from_hex(found)
        kind = (self._settings or settings.DEFAULTS)["sensor"]
        measured = reading.decode(frame, kind) if len(frame) >= 4 else "sensor_checksum"
        if measured == "sensor_other_type":
            raise Finding("A %s is connected, the settings say another one: choose \"auto\" there" % reading.decode(frame)[2].upper())
        if isinstance(measured, str):
            raise Finding("It says %s, which no sensor can measure: check its wires and its supply" % frame.hex(" "))
        return "%.1f °C, %.1f %% from a %s on GPIO %d" % (*measured[:2], measured[2].upper(), pin)

    def wifi(self):
        """Whether the network is in reach and takes the password."""
        if not self._settings:
            raise NotTried("Cannot be tried without settings")
        ssid = self._settings["ssid"]
        heard = [entry[1] for entry in self._answer("scan()", None) if _is_like(entry, (str, int)) and _from_hex(entry[0]) == ssid]
        status, address = self._answer("join(%d)" % JOIN_TIMEOUT_S, (int, (str, type(None))))
        if not address:
            verdict = networks.verdict(status, self._settings["password"], None)
            code = "no_address" if verdict in (None, "joined") else verdict
            raise Finding(SENTENCES.get(code, "It could not be joined (%s)." % code))
        self._joined = True
        signal = " at %d dBm%s" % (max(heard), ", which is weak" if max(heard) < WEAK_DBM else "") if heard else ", a hidden network"
        return "joined %s%s as %s" % (ssid.decode("utf-8", "replace"), signal, address)

    def thingspeak(self):
        """Whether it can be reached; only a real write could prove the key, and would be an entry in the channel."""
        if not self._joined:
            raise NotTried("Cannot be tried without Wi-Fi")
        line = self._link.ask("reach(%r, %d)" % THINGSPEAK)
        if line is None:
            raise Finding(SENTENCES["no_internet"])
        if not str(line).startswith("HTTP/"):
            raise Finding(SENTENCES["browser_login_needed"])
        return "reached (the key shows at the next upload)"

    def _answer(self, call, types):
        """The list that the board answers, with these types in it (None: any)."""
        found = self._link.ask(call)
        if not isinstance(found, list) or types and not _is_like(found, types):
            raise Finding("The board's answer makes no sense: %.80r" % (found,))
        return found

    def _overrides(self):
        content = self._link.read("/board.json")
        try:
            json.loads(content or b"{}")
        except (ValueError, RecursionError):
            raise Finding("/board.json on the board is damaged: python3 tools/deploy.py --wipe removes it") from None
        return content


def _is_like(found, types):
    return isinstance(found, list) and len(found) == len(types) and all(map(isinstance, found, types))


def _from_hex(text):
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def well(sentence):
    """Return a line about what is as it should be. Texts, since names of networks and the like may look like markup."""
    return Text.assemble(("✓ ", "green"), sentence)


def wrong(sentence):
    """Return a line about what is not."""
    return Text.assemble(("✗ ", "red"), sentence)


def examine(doctor, screen):
    """Take every step and print what it finds. Returns the number of findings."""
    findings = 0
    for name, step in doctor.steps():
        try:
            screen.print(well("%-12s %s" % (name, step())))
        except NotTried as reason:
            screen.print(Text("· %-12s %s" % (name, reason), "dim"))
        except Finding as finding:
            screen.print(wrong("%-12s %s" % (name, finding)))
            findings += 1
            if name == "MicroPython":
                break
    return findings


def main(arguments=None, screen=None, build_folder=None):
    """Returns the exit status: 0 when all is well, 1 when something was found."""
    parser = argparse.ArgumentParser(description="Examine the connected board step by step and say what is wrong, in words.")
    parser.add_argument("--port", metavar="PORT", help="the board's serial port (default: the only one found)")
    options = parser.parse_args(arguments)
    screen = screen or terminal.screen()
    try:
        contents, main_py = read(build_folder or build(BUILD))
        device = choose_one(options.port)
        with BoardLink(device) as link:
            screen.print(well("%-12s %s" % ("Cable", device)))
            link.interrupt()
            try:
                link.send(PROBES.read_bytes())
                findings = examine(Doctor(link, contents, main_py), screen)
            finally:
                link.restart()
    except (BoardProblem, BuildFailed) as problem:
        screen.print(wrong(str(problem)))
        return 1
    except KeyboardInterrupt:
        terminal.complain("Stopped.")
        return 1
    screen.print("All is well." if not findings else "Things to look at: %d." % findings)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
