"""An update over the home network: sends the bundle to devices, and waits until each runs it."""

import getpass
import http.client
import json
import os
import time

import slots
import terminal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

PASSWORD = "DEWLOG_PASSWORD"
ANSWER_S = 30
BACK_S = 240
"""A restart, the minute on trial, and a router that lets the device wait."""
LOOK_S = 2
PIECE_BYTES = 4096
WORDS = {
    "wrong_password": "this is not its device password (on the label, under the QR code)",
    "too_many_tries": "too many wrong passwords: wait a minute",
    "busy": "another update is under way",
    "not_a_bundle": "it does not understand this bundle",
    "other_mpy": "its MicroPython takes no .mpy files of this version: update MicroPython over the cable (deploy.py --flash)",
    "damaged": "the bundle arrived damaged; try again",
    "flash_full": "its flash is full or damaged",
    "not_found": "its version knows no update over Wi-Fi yet: bring it up to date over the cable, once",
}


class UpdateFailed(Exception):
    """The device still runs what it ran; the text says why, in a sentence without the device's name."""


def update_all(hosts, contents, screen, is_dry_run):
    """Bring the devices at `hosts` up to date with {path: content}. Returns the exit status: 0 all done, 1 one of them not."""
    failed = 0
    for host in hosts:
        try:
            Device(host, screen).update(contents, is_dry_run)
        except (UpdateFailed, OSError, http.client.HTTPException) as problem:
            terminal.complain("%s: %s." % (host, _reason(problem)))
            failed += 1
        except KeyboardInterrupt:
            terminal.complain("Stopped. The device goes on with what it runs.")
            return 1
    return 1 if failed else 0


def _reason(problem):
    if isinstance(problem, UpdateFailed):
        return str(problem)
    return "it cannot be reached (%s)" % (getattr(problem, "strerror", None) or problem or type(problem).__name__)


class Device:
    """One device, by its name or address, with its port behind a colon if it is not 80."""

    def __init__(self, host, screen):
        self._host, self._screen = host, screen
        self._cookie = self._password = None

    def update(self, contents, is_dry_run=False):
        """Send {path: content} unless it runs that already; returns when it has proven itself. Raises UpdateFailed and OSError."""
        new = contents["version"].decode().strip()
        self._log_in()
        old = self._ask("GET", "/api/update")["version"]
        if old == new:
            self._say("%s runs %s already." % (self._host, new))
            return
        bundle = slots.bundle(contents)
        self._say("%s: %s becomes %s, %d kB to send." % (self._host, old, new, len(bundle) >> 10))
        if is_dry_run:
            return
        self._send(bundle)
        self._say("It restarts, and has a minute to prove itself.")
        self._wait_for(new)

    def _log_in(self):
        self._password = self._password or os.environ.get(PASSWORD) or getpass.getpass("Device password of %s: " % self._host)
        self._ask("POST", "/login", json.dumps({"password": self._password}).encode(), {"Content-Type": "application/json"})

    def _send(self, bundle):
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._screen, transient=True) as bars:
            task = bars.add_task("Sending", total=len(bundle))

            def pieces():
                for start in range(0, len(bundle), PIECE_BYTES):
                    yield bundle[start : start + PIECE_BYTES]
                    bars.advance(task, PIECE_BYTES)

            self._ask("POST", "/api/update", pieces(), {"Content-Type": "application/octet-stream", "Content-Length": str(len(bundle))})

    def _wait_for(self, new):
        ends_s = time.monotonic() + BACK_S
        while time.monotonic() < ends_s:
            time.sleep(LOOK_S)
            try:
                told = self._ask("GET", "/api/update")
            except UpdateFailed:  # sessions do not outlive a restart
                self._try_log_in()
                continue
            except (OSError, http.client.HTTPException):
                continue
            if told["version"] == new and told["state"] == "good":
                self._say("%s runs %s." % (self._host, new), "green")
                return
            if told["state"] == "taken_back":
                raise UpdateFailed("the new version was taken back: %s. It runs %s" % (told["why"], told["version"]))
        raise UpdateFailed("it has not said within %d minutes that the new version runs well" % (BACK_S // 60))

    def _try_log_in(self):
        try:
            self._log_in()
        except (UpdateFailed, OSError, http.client.HTTPException):
            pass

    def _ask(self, method, path, body=None, headers={}):  # noqa: B006 (only read)
        """The JSON document of the answer. Raises UpdateFailed for what the device refuses."""
        connection = http.client.HTTPConnection(self._host, timeout=ANSWER_S)
        headers = {"Accept": "application/json", **headers}
        if self._cookie:
            headers["Cookie"] = self._cookie
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            self._cookie = (answer.getheader("Set-Cookie") or self._cookie or "").partition(";")[0] or None
            text = answer.read()
        finally:
            connection.close()
        try:
            document = json.loads(text)
        except ValueError:
            document = {}
        if not isinstance(document, dict) or answer.status >= 400:
            code = document.get("error", "") if isinstance(document, dict) else ""
            raise UpdateFailed(WORDS.get(code, "it refuses (%d %s)" % (answer.status, code)))
        return document

    def _say(self, sentence, style=""):
        self._screen.print(Text(sentence, style))
