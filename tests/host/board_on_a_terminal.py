"""A board without hardware: a pseudo-terminal, and behind it MicroPython with a littlefs image."""

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import threading
import time
import tty
from pathlib import Path

import chosen_micropython
from simulator.flash_image import FlashImage

SOON_S = 0.15
LONGEST_END_S = 120
REPL = Path(__file__).with_name("board_repl.py")
FACTS = {"platform": "esp32", "version": [1, 28, 0], "machine": "Generic ESP32 module with ESP32", "mpy": 0x2B06,
         "mac": "246f28a1b2c3", "flash_bytes": 4 << 20,
         "networks": [["Home", "correct horse", -54]], "sensor": [1, 224, 0, 214], "servers": {}}
"""What the board says about itself, and its surroundings: networks (name, password, dBm), the DHT's bytes (or "silent", "checksum")
without their checksum, and the address that a host name stands for. "app", if there, is source that runs in place of the app."""


class BoardOnATerminal:
    """Plug in with `with`; `device` is then its serial port. The image file survives.

    facts: what differs from FACTS. writes_left: the flash write in whose middle the power goes. bytes_left: the number of bytes from the
    computer after which the cable is pulled. Both end in `is_powered` False and a dead terminal, as a pulled cable does. `slow_s` delays
    whatever the computer sends. `restarts` lists why the board started again: "reset", "watchdog".
    """

    def __init__(self, image, facts=(), writes_left=None, bytes_left=None):
        self.image = Path(image)
        self.facts = dict(FACTS, **dict(facts))
        self.writes_left, self.bytes_left = writes_left, bytes_left
        self.restarts = []
        self.slow_s = 0
        self.is_powered = False
        self._watchdog_s = None
        if not self.image.exists():
            add_files(self.image, {})

    def __enter__(self):
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)  # kept open: a terminal that nobody has open would end the relay
        self.device = os.ttyname(self._slave)
        self.is_powered = True
        self._start()
        self._relay = threading.Thread(target=self._work, daemon=True)
        self._relay.start()
        return self

    def __exit__(self, *_):
        self.unplug()
        self._relay.join(LONGEST_END_S)
        assert not self._relay.is_alive(), "the board on the terminal does not end"

    def unplug(self):
        """Pull the cable: the power is gone at once."""
        self.is_powered = False
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def has_restarted(self, count, timeout_s=120):
        """Wait until the board has started again `count` times; whether it has."""
        end = time.monotonic() + timeout_s
        while len(self.restarts) < count and time.monotonic() < end:
            time.sleep(0.01)
        return len(self.restarts) == count

    def _start(self):
        command = [chosen_micropython.path(), "-X", "heapsize=256k", str(REPL), str(self.image),
                   "all" if self.writes_left is None else str(self.writes_left)]
        self._process = subprocess.Popen(command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         env=dict(os.environ, BOARD_FACTS=json.dumps(self.facts)))
        self._is_at_prompt = None
        self._unsent = None
        self._notes = b""

    def _work(self):
        """Relay bytes both ways, act on what the chip does to itself, until the power is gone."""
        try:
            while self.is_powered:
                sources = [self._process.stderr, self._process.stdout]
                if self._unsent is None and self._is_at_prompt is not None:
                    sources.append(self._master)
                for source in select.select(sources, [], [], 0.05)[0]:
                    self._relay_from(source)
                if self._unsent is not None and time.monotonic() > self._interrupt_at:
                    self._interrupt()
                if self._watchdog_s and time.monotonic() > self._watchdog_s[1]:
                    self._restart("watchdog")
        except OSError:
            pass  # unplugged in the middle of it
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                stream.close()
        os.close(self._slave)
        os.close(self._master)

    def _relay_from(self, source):
        if source is self._master:
            self._to_board(os.read(self._master, 256))
        elif source is self._process.stdout:
            self._to_computer(self._process.stdout.read(4096))
        else:
            notes = self._process.stderr.read(4096)
            if not notes:
                self.is_powered = False
            *lines, self._notes = (self._notes + notes).split(b"\n")
            for line in lines:
                self._note(*line.decode().split())

    def _to_computer(self, said):
        """A terminal whose other end reads nothing takes nothing more; that must not keep anybody from pulling the cable."""
        while said and self.is_powered:
            if select.select([], [self._master], [], 0.05)[1]:
                said = said[os.write(self._master, said[:256]) :]

    def _to_board(self, received):
        time.sleep(self.slow_s)
        if self.bytes_left is not None:
            self.bytes_left -= len(received)
            if self.bytes_left < 0:
                self.unplug()
                return
        if b"\x03" in received:  # is it at the prompt meanwhile?
            while select.select([self._process.stderr], [], [], 0)[0] and self.is_powered:
                self._relay_from(self._process.stderr)
        if b"\x03" in received and not self._is_at_prompt:
            self._unsent = received
            self._interrupt_at = time.monotonic() + SOON_S
        else:
            self._process.stdin.write(received)

    def _interrupt(self):
        """What runs is not about to end by itself: stop it the unix port's way. The bytes behind the Ctrl-C wait for the prompt."""
        self._unsent = self._unsent[self._unsent.index(b"\x03") + 1 :]
        self._interrupt_at = float("inf")
        self._process.send_signal(signal.SIGINT)

    def _note(self, word="", argument="", *_):
        if word in ("busy", "prompt"):
            self._is_at_prompt = word == "prompt"
            if self._is_at_prompt and self._unsent is not None:
                self._process.stdin.write(self._unsent)
                self._unsent = None
        elif word == "reset":
            self._restart("reset")
        elif word == "power":
            self.is_powered = False
        elif word == "watchdog":
            self._watchdog_s = (int(argument) / 1000, time.monotonic() + int(argument) / 1000)
        elif word == "feed" and self._watchdog_s:
            self._watchdog_s = (self._watchdog_s[0], time.monotonic() + self._watchdog_s[0])

    def _restart(self, cause):
        self.restarts.append(cause)
        self._watchdog_s = None
        self._process.kill()
        os.write(self._master, self._process.stdout.read(4096))  # what was on the wire already
        self._process.wait()
        self._start()


def files(path):
    """Return {path: bytes} of everything in the image."""
    image = FlashImage(Path(path))
    return {name: image.read(name) for name in image.names()}


def add_files(path, contents):
    """Put {path: bytes} into the image; a missing one is made, as a new board has it."""
    image = FlashImage(Path(path))
    for name, content in contents.items():
        image.write(name, content)
    image.save()
