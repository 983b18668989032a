"""The link to one board: mpremote's serial transport, with sentences for its failures."""

import base64
import contextlib
import io
import json
import re
import struct
import time
from pathlib import Path

import serial_ports
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport
from terminal import printable

ON_BOARD = Path(__file__).with_name("on_board.py")
PIECE_BYTES = 1536
READ_TIMEOUT_S = 5
WORK_TIMEOUT_S = 60
LARGEST_READ_BYTES = 256 * 1024
"""No file that a tool reads from a board is larger."""
ATTEMPTS = 3
REPL_TIMEOUT_S = 5
LINK_FAILURES = (TransportError, OSError, struct.error)
"""What mpremote raises when the board is gone or talks nonsense; struct.error when it falls silent in the middle of a handshake."""

LONG_WATCHDOG = "import machine; machine.WDT(timeout=%d)" % (30 * 60 * 1000)
"""The app's watchdog cannot be stopped and would bite in the middle of a copy, but on an ESP32 it can be started anew with
more time (https://github.com/micropython/micropython/pull/10901). The restart at the end takes it away."""
RESTART = "import machine, time; time.sleep_ms(100); machine.reset()"
"""The pause lets the REPL's own reply out: mpremote would wait for it, and swallow the first lines of the console."""


def _is_count(value):
    return type(value) is int and 0 <= value < 1 << 40


FACTS = {
    "platform": lambda value: isinstance(value, str),
    "version": lambda value: isinstance(value, list) and len(value) == 3 and all(map(_is_count, value)),
    "machine": lambda value: isinstance(value, str),
    "mpy": _is_count,
    "mac": lambda value: isinstance(value, str) and re.fullmatch("[0-9a-f]{12}", value),
    "flash_bytes": lambda value: value is None or _is_count(value),
    "littlefs": lambda value: value in (True, False, None),
    "block_bytes": lambda value: _is_count(value) and value > 0,
    "total_bytes": _is_count,
    "free_bytes": _is_count,
    "active": lambda value: value is None or isinstance(value, str),
    "files": lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
}
"""What on_board.facts() must tell for the tools to go by it."""


class BoardProblem(Exception):
    """Something between this computer and the board; its text is the sentence for the person at the keyboard."""


class BoardGone(BoardProblem):
    """The board does not answer any more: cable pulled, power gone, or the watchdog has bitten."""


class BoardFull(BoardProblem):
    """The board's filesystem has no room for what was to be written."""


class _Transport(SerialTransport):
    """mpremote's, which would listen for ever to a board that talks for ever."""

    def read_until(self, min_num_bytes, ending, timeout=10, data_consumer=None, timeout_overall=None):
        last_s = time.monotonic()
        end_s = last_s + (timeout_overall or WORK_TIMEOUT_S)
        received = bytearray()
        while not received.endswith(ending) and time.monotonic() < end_s:
            byte = self.serial.read(1) if self.is_pty or self.serial.in_waiting else b""
            if byte:
                received += byte
                last_s = time.monotonic()
            elif timeout is not None and time.monotonic() > last_s + timeout:
                break
            else:
                time.sleep(0.002)
        return bytes(received)


class BoardLink:
    """An open serial port with MicroPython behind it; use it in `with`. `trace` is called with a line for each step."""

    def __init__(self, device, trace=lambda line: None):
        self.device = device
        self._trace = trace
        self._transport = None

    def __enter__(self):
        self.open()
        return self

    def __exit__(self, *_):
        self.close()

    def open(self):
        """Open the port; nothing is sent. Raises BoardProblem."""
        try:
            self._transport = _Transport(self.device, timeout=READ_TIMEOUT_S)
        except (TransportError, OSError, ValueError):
            raise BoardProblem(serial_ports.why_not_open(self.device)) from None
        self._trace("%s: open" % self.device)

    def close(self):
        """Close the port."""
        transport, self._transport = self._transport, None
        if transport:
            with contextlib.suppress(OSError):
                transport.close()

    def interrupt(self):
        """Stop the app and get ready to work: raw REPL, a patient watchdog, a fresh heap. Raises BoardProblem."""
        for attempt in range(ATTEMPTS):
            try:
                if self._transport is None:  # a port that went away with the restart
                    self.open()
                self._enter()
                return
            except (TransportError, struct.error) as problem:
                self._trace("%s: attempt %d: %s" % (self.device, attempt + 1, problem))
            except OSError:
                raise self._gone() from None
        raise BoardProblem(
            "%s answers, but not as MicroPython does. Press the board's RESET button and try again; "
            "a board without MicroPython needs: python3 tools/deploy.py --flash" % self.device
        )

    def facts(self):
        """Return what on_board.facts() tells. Raises BoardProblem."""
        found = self.ask("facts()")
        if not isinstance(found, dict):
            raise self._nonsense(found)
        for name, is_right in FACTS.items():
            if name not in found or not is_right(found[name]):
                raise self._nonsense("%s: %s" % (name, found.get(name)))
        return found

    def hashes(self, folder):
        """Return {path: (bytes, SHA-256 in hex)} of the tree at `folder` on the board."""
        answers = self.ask_all("hashes(%r)" % folder)
        for answer in answers:
            if not isinstance(answer, list) or [type(part) for part in answer] != [str, int, str]:
                raise self._nonsense(answer)
        return {path: (size, digest) for path, size, digest in answers}

    def write(self, path, content, progress=lambda count: None):
        """Write a file in pieces; `progress` is told the number of bytes of each. Raises BoardFull and BoardGone."""
        self._trace("%s: send %s, %d bytes" % (self.device, path, len(content)))
        self.run("start(%r)" % path)
        for start in range(0, len(content), PIECE_BYTES):
            piece = content[start : start + PIECE_BYTES]
            self.run("piece(%r)" % base64.b64encode(piece))
            progress(len(piece))
        self.run("finish()")

    def read(self, path, progress=lambda count: None):
        """Return a file's bytes, empty when there is none; `progress` is told the number of bytes of each piece."""
        content = b""
        while True:
            printed = self.run("get(%r, %d)" % (path, len(content)))
            try:
                piece = base64.b64decode(printed.strip(), validate=True)
            except ValueError:  # binascii.Error is one
                raise self._nonsense(printed) from None
            if not piece:
                return content
            content += piece
            if len(content) > LARGEST_READ_BYTES:
                raise BoardProblem("%s on %s does not end." % (path, self.device))
            progress(len(piece))

    def copy(self, source, target):
        """Copy a file on the board itself."""
        self._trace("%s: copy %s to %s" % (self.device, source, target))
        self.run("copy(%r, %r)" % (source, target))

    def replace(self, path, content):
        """Write a small file so that either the old one or the new one is there, whatever happens."""
        self._trace("%s: replace %s" % (self.device, path))
        self.run("replace(%r, %r)" % (path, base64.b64encode(content)))

    def remove(self, path):
        """Remove a file or a tree; nothing happens when there is none."""
        self._trace("%s: remove %s" % (self.device, path))
        self.run("remove(%r)" % path)

    def send(self, program):
        """Run a program (bytes) whose functions ask() can call from then on."""
        self.run(program)

    def ask(self, expression):
        """Call one of on_board's functions and return what it answered."""
        answers = self.ask_all(expression)
        if len(answers) != 1:
            raise BoardProblem("%s answered %d times where one was expected." % (self.device, len(answers)))
        return answers[0]

    def ask_all(self, expression):
        """Call one of on_board's functions and return its answers, one a line."""
        printed = self.run(expression)
        try:
            return [json.loads(line) for line in printed.splitlines()]
        except (ValueError, RecursionError):  # a tower of brackets
            raise self._nonsense(printed) from None

    def run(self, code, timeout_s=WORK_TIMEOUT_S):
        """Run code on the board and return what it printed. Raises BoardFull, BoardGone, and BoardProblem with the board's own error."""
        try:
            printed, error = self._transport.exec_raw(code, timeout=timeout_s)
        except LINK_FAILURES:
            raise self._gone() from None
        text = error.decode("utf-8", "replace")
        if not text:
            return printed.decode("utf-8", "replace")
        if "ENOSPC" in text or "OSError: 28" in text:
            raise BoardFull("The filesystem of the board on %s is full." % self.device)
        raise BoardProblem("The board on %s reports: %s" % (self.device, text.strip().splitlines()[-1]))

    def restart(self):
        """Restart the board as its RESET button does; the port stays open where it can."""
        self._trace("%s: restart" % self.device)
        with contextlib.suppress(*LINK_FAILURES):
            self._transport.exec_raw_no_follow(RESTART)
        self._transport.in_raw_repl = False

    def lines(self, timeout_s):
        """Yield the console's lines as they come, for `timeout_s`; an empty one when nothing came for a moment.

        Boards with their own USB lose the port when they restart: it is opened again for as long as there is time.
        """
        end = time.monotonic() + timeout_s
        unfinished = b""
        while time.monotonic() < end:
            received = self._receive()
            unfinished += received
            *whole, unfinished = unfinished.split(b"\n")
            for line in whole:
                yield printable(line.decode("utf-8", "replace").rstrip("\r"))
            if not received:
                yield ""

    def _receive(self):
        """Return what has come, at once or within a moment."""
        try:
            if self._transport is None:
                time.sleep(0.2)
                self.open()
            serial = self._transport.serial
            serial.timeout = 0.1
            return serial.read(max(1, serial.in_waiting))
        except (OSError, BoardProblem):
            if self._transport:
                self._trace("%s: gone, waiting for it" % self.device)
            self.close()
            time.sleep(0.2)
            return b""

    def _enter(self):
        transport = self._transport
        transport.serial.timeout = READ_TIMEOUT_S
        with contextlib.redirect_stdout(io.StringIO()):  # mpremote prints what it did not understand
            transport.enter_raw_repl(soft_reset=False, timeout_overall=REPL_TIMEOUT_S)
            transport.exec_raw(LONG_WATCHDOG)
            transport.enter_raw_repl(soft_reset=True, timeout_overall=REPL_TIMEOUT_S)
            transport.exec(ON_BOARD.read_bytes())
            transport.exec("forget_quick_starts()")
        self._trace("%s: in the raw REPL" % self.device)

    def _nonsense(self, answer):
        return BoardProblem("%s gave an answer that makes no sense: %r" % (self.device, str(answer)[-80:]))

    def _gone(self):
        return BoardGone("The board on %s does not answer any more. Check the cable and start again: nothing is lost." % self.device)
