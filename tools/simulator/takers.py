"""Who takes the chip's memory: the radio, sockets, threads, TLS sessions and Python, as the stand-ins tell."""

import json
import os

from .chip_memory import DEFAULT_STACK, LEAST_STACK, NO_MEMORY, TAKES, ChipMemory, NoMemory
from .radio import RadioError

CERTIFICATE = "The certificate is not correctly signed by the trusted CA"
DIGEST = (-20864, "MBEDTLS_ERR_MD_ALLOC_FAILED")


class Takers:
    """Keeps ChipMemory's account of one virtual board, whose state is in `folder`."""

    def __init__(self, folder, heap_bytes):
        self.memory = ChipMemory(heap_bytes)
        self._summary, self._orders = folder / "memory.json", folder / "chip.json"
        self.start(None)

    def start(self, process_id):
        """A chip starts, as the process of this number."""
        self.memory.start()
        self.process_id = process_id
        self._sockets = {}
        self._threads = 0
        self._leave = self._leave_python = None

    def look(self, station, access_point):
        """Take what the radio needs now, and back what ended sockets had."""
        for number, is_open in list(self._sockets.items()):
            if is_open != self._identity(number):
                self._close(number)
        self.memory.hold("station", station.is_active)
        self.memory.hold("joined", station.is_connected())
        self.memory.hold("hotspot", access_point.is_active)
        self.memory.leave(self._leave)

    def keep(self):
        """Write memory.json, and do what chip.json asks for: {"grow": true} or {"forget_lowest": true} once; {"leave": bytes} leaves no
        more of ESP-IDF's heap and {"leave_python": bytes} no more of Python's, until the next order or the chip's next start."""
        if self._orders.exists():
            try:
                order = json.loads(self._orders.read_text())
            except ValueError:
                order = {}
            if order.get("grow"):
                self.memory.grow()
            if order.get("forget_lowest"):
                self.memory.forget_lowest()
            self._leave, self._leave_python = order.get("leave"), order.get("leave_python")
            self._orders.unlink()
        unfinished = self._summary.with_suffix(".new")
        unfinished.write_text(json.dumps(self.memory.summary()))
        unfinished.replace(self._summary)

    # what the stand-ins ask; `live` is what Python cannot do without

    def ask_radio(self):
        for what in ("network", "radio"):
            if not self.memory.has(what):
                self.take(what)

    def ask_heap(self, live):
        """(bytes of Python's heap, largest block of ESP-IDF's)."""
        self.memory.see_python(live)
        return self.memory.python_bytes(), self.memory.largest()

    def ask_heap_info(self, live):
        self.memory.see_python(live)
        return self.memory.regions()

    def ask_python(self, live):
        """The bytes that are to be left of Python's heap, or None."""
        self.memory.see_python(live)
        return self._leave_python

    def ask_thread(self, stack, live):
        """A thread starts. Returns its number."""
        self.memory.see_python(live)
        self._threads += 1
        self.take("thread %d" % self._threads, max(stack or DEFAULT_STACK, LEAST_STACK) + TAKES["thread"], "thread")
        return self._threads

    def note_thread_ended(self, number):
        self.memory.give_back("thread %d" % number)

    def ask_socket(self, number, kind):
        """A socket with the file number `number` becomes an "udp", "tcp", "listening" or "accepted" one."""
        self._close(number)
        self.take("socket %d" % number, None, kind)
        self._sockets[number] = self._identity(number)

    def ask_tls(self, number, live):
        """A session begins on the socket `number`. Returns None when the handshake may go on, "timeout" or "panic"."""
        self.memory.see_python(live)
        outcome = self.memory.handshake("session %d" % number)
        if outcome == "memory":
            raise RadioError(NO_MEMORY)
        if outcome == "digest":
            raise RadioError(*DIGEST)
        if outcome == "certificate":
            raise ValueError(CERTIFICATE)
        return outcome if outcome != "passes" else None

    def note_tls_settled(self, number):
        self.memory.settled("session %d" % number)

    def take(self, what, size=None, kind=None):
        """As ChipMemory.take(); what does not fit is RadioError(12), which the chip's drivers raise as OSError."""
        try:
            self.memory.take(what, size, kind=kind)
        except NoMemory:
            raise RadioError(NO_MEMORY) from None

    def _close(self, number):
        self._sockets.pop(number, None)
        self.memory.give_back("socket %d" % number)
        self.memory.end_session("session %d" % number)

    def _identity(self, number):
        """What the process has under a file number; None where that cannot be seen: there a socket ends when its number comes again."""
        try:
            return os.readlink("/proc/%d/fd/%d" % (self.process_id, number))
        except (OSError, TypeError):
            return None
