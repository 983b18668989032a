"""The power supply of the virtual ESP32: starts the chip, restarts it, and takes the power away."""

import selectors
import time

from .wiring import HARD_RESET, WATCHDOG_RESET

TICK_S = 0.25
SERIAL_BYTES = 65536


class CannotStart(Exception):
    """The interpreter does not come up; its text is the sentence for the person at the keyboard."""


class Supervisor:
    """Runs the chip until the power is cut.

    `new_chip()` starts a Chip, `console` takes the bytes that the device prints, `say` a sentence for the person at the keyboard;
    `tick` is called a few times a second.
    """

    def __init__(self, new_chip, wiring, console, say, tick):
        self._new_chip, self._wiring, self._console, self._say, self._each_tick = new_chip, wiring, console, say, tick
        self._selector = selectors.DefaultSelector()
        self._chip = None
        self._next_tick = 0

    def run(self):
        """Return when the power was cut in the middle of a flash write. Raises CannotStart and KeyboardInterrupt."""
        try:
            self._start()
            while not self._is_over():
                self._serve()
                self._watch()
        finally:
            self._stop()

    def _start(self):
        self._chip = self._new_chip()
        self._wiring.takers.start(self._chip.process_id)
        self._selector.register(self._chip.serial, selectors.EVENT_READ, self._read_console)
        self._selector.register(self._chip.link, selectors.EVENT_READ, self._hear)

    def _stop(self):
        if self._chip:
            self._selector.unregister(self._chip.serial)
            self._selector.unregister(self._chip.link)
            self._console(self._chip.kill())
            self._chip = None

    def _restart(self, cause):
        self._stop()
        self._wiring.new_start(cause)
        self._start()

    def _serve(self):
        chip = self._chip
        for key, _ in self._selector.select(TICK_S):
            if chip is self._chip and not self._wiring.ended:
                key.data()

    def _hear(self):
        message = self._chip.hear()
        if not message:
            return self._restart_after_crash()
        answer = self._wiring.take(message)
        if answer is not None:
            self._chip.answer(answer)

    def _read_console(self):
        text = self._chip.serial.read(SERIAL_BYTES)
        if text:
            self._console(text)
        elif text == b"":
            self._restart_after_crash()

    def _restart_after_crash(self):
        """The interpreter itself is gone; a chip starts again after such a panic."""
        chip, was_ready = self._chip, self._wiring.is_ready
        self._stop()
        if not was_ready:
            raise CannotStart("MicroPython did not start (status %d): what it said stands above." % chip.end_status)
        self._say("The interpreter crashed (status %d): the chip restarts as after a panic." % chip.end_status)
        self._restart(HARD_RESET)

    def _watch(self):
        if not self._wiring.ended:
            self._read_console()  # what the device printed comes before what is said about it
        now = time.monotonic()
        if self._wiring.watchdog_ends and now > self._wiring.watchdog_ends:
            self._say("The watchdog was not fed in time: it resets the chip.")
            self._restart(WATCHDOG_RESET)
        if now >= self._next_tick:
            self._next_tick = now + TICK_S
            self._wiring.settle()
            self._each_tick()

    def _is_over(self):
        ended, self._wiring.ended = self._wiring.ended, None
        if ended is None:
            return False
        what, cause = ended
        if what == "panic":
            self._console(self._chip.serial.read(SERIAL_BYTES))
            self._say("TLS had no memory once and was used again: the chip panics and restarts.")
        if what in ("reset", "panic"):
            self._restart(cause)
        elif what == "main_ended":
            self._console(self._chip.serial.read(SERIAL_BYTES))
            self._say("main.py has ended: what is left is the REPL, as on a board. Ctrl-C ends the simulation.")
        return what == "power_cut"
