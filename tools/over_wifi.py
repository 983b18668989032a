"""An update over the home network: sends the bundle to devices, and waits until each runs it well."""

import getpass
import http.client
import io
import json
import os
import time
from pathlib import Path

import slots
import terminal
from rich.text import Text

PASSWORD = "DEWLOG_PASSWORD"
ANSWER_S = 30
BACK_S = 240
"""A restart, the minute on trial, and a router that lets the device wait."""
LOOK_S = 2
CODES = Path(__file__).resolve().parent.parent / "web" / "words" / "en.json"
OWN_WORDS = {"wrong_password": "This is not its device password: that stands on the label, under the QR code.",
             "not_found": "Its version knows no update over Wi-Fi yet: bring it up to date over the cable, once."}


class UpdateFailed(Exception):
    """The device goes on with what it runs; the text says why, in sentences without its name."""


def update_all(hosts, contents, screen, is_dry_run):
    """Bring the devices at `hosts` up to date with {path: content}. Returns the exit status: 0 all done, 1 one of them not."""
    failed = 0
    for host in hosts:
        try:
            Device(host, screen).update(contents, is_dry_run)
        except (UpdateFailed, OSError, http.client.HTTPException, UnicodeError) as problem:  # a name that cannot be one
            terminal.complain("%s: %s" % (host, problem if isinstance(problem, UpdateFailed) else "It cannot be reached: %r." % problem))
            failed += 1
    return 1 if failed else 0


class Device:
    """One device, by its name or address, with its port behind a colon if it is not 80."""

    def __init__(self, host, screen):
        self._host, self._screen = host, screen
        self._cookie = self._password = None

    def update(self, contents, is_dry_run=False):
        """Send {path: content} unless it runs that already; returns when it runs well. Raises UpdateFailed, OSError, HTTPException."""
        new = contents["version"].decode().strip()
        self._log_in()
        old = self._told()["version"]
        if old == new:
            return self._say("%s runs %s already." % (self._host, new))
        bundle = slots.bundle(contents)
        self._say("%s: %s becomes %s, %d kB to send." % (self._host, old, new, len(bundle) >> 10))
        if is_dry_run:
            return None
        self._send(bundle)
        self._say("It restarts, and has a minute to prove itself.")
        return self._wait_for(new)

    def _log_in(self):
        self._password = self._password or os.environ.get(PASSWORD) or getpass.getpass("Device password of %s: " % self._host)
        self._ask("POST", "/login", json.dumps({"password": self._password}).encode(), {"Content-Type": "application/json"})

    def _send(self, bundle):
        with terminal.transfer(self._screen) as bars:
            file = bars.wrap_file(io.BytesIO(bundle), len(bundle), description="Sending")
            self._ask("POST", "/api/update", file, {"Content-Type": "application/octet-stream", "Content-Length": str(len(bundle))})

    def _wait_for(self, new):
        ends_s = time.monotonic() + BACK_S
        while time.monotonic() < ends_s:
            time.sleep(LOOK_S)
            try:
                if not self._cookie:
                    self._log_in()
                told = self._told()
            except (UpdateFailed, OSError, http.client.HTTPException):
                self._cookie = None  # sessions do not outlive a restart
                continue
            if told["version"] == new and told["state"] == "good":
                return self._say("%s runs %s." % (self._host, new), "green")
            if told["state"] == "taken_back":
                raise UpdateFailed("The new version was taken back: %s. It runs %s." % (told["why"], told["version"]))
        raise UpdateFailed("It has not said within %d minutes that the new version runs well." % (BACK_S // 60))

    def _told(self):
        """GET /api/update. Raises as `_ask` does."""
        told = self._ask("GET", "/api/update")
        if not isinstance(told.get("version"), str) or not isinstance(told.get("state"), str):
            raise UpdateFailed("Its answer makes no sense: it is no Dewlog, or one that is broken.")
        return {name: terminal.printable(str(told.get(name))) for name in ("version", "state", "why")}

    def _ask(self, method, path, body=None, headers=()):
        """The JSON object of the answer. Raises UpdateFailed for what the device refuses, OSError, HTTPException."""
        connection = http.client.HTTPConnection(self._host, timeout=ANSWER_S)
        try:
            known = {"Cookie": self._cookie} if self._cookie else {}
            connection.request(method, path, body, {"Accept": "application/json", **known, **dict(headers)})
            answer = connection.getresponse()
            self._cookie = (answer.getheader("Set-Cookie") or self._cookie or "").partition(";")[0]
            text = answer.read()
        finally:
            connection.close()
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, dict) and answer.status < 400:
            return document
        code = terminal.printable(str(document.get("error"))) if isinstance(document, dict) else ""
        sentences = json.loads(CODES.read_text("utf-8"))["codes"].get(code, ["It refuses: %d %s." % (answer.status, code)])
        raise UpdateFailed(OWN_WORDS.get(code) or " ".join(sentences))

    def _say(self, sentence, style=""):
        self._screen.print(Text(sentence, style))  # a Text: what stands in brackets is no markup
