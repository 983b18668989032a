"""One MicroPython process: the chip between a power-on or reset and the next."""

import ctypes
import os
import signal
import socket
import subprocess
import sys

PR_SET_PDEATHSIG = 1
MESSAGE_BYTES = 8192
REPLY_BYTES = 640
"""As in stand_ins/link.py."""
START = "import asyncio, gc; gc.collect(); before = gc.mem_alloc(); from stand_ins import boot; boot.start(before)"
"""asyncio comes first: its heap belongs to the app, and its own ticks must stay real."""

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Chip:
    """A running interpreter in a process group of its own, its serial console and its link.

    `stand_ins` is the folder that holds stand_ins/*.mpy, `state` the folder it runs in. The process dies with this one.
    """

    def __init__(self, micropython, heap_bytes, stand_ins, state):
        kind = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_DGRAM
        self.link, far_end = socket.socketpair(socket.AF_UNIX, kind)
        environment = {**os.environ, "MICROPYPATH": "%s:.frozen" % stand_ins, "DEWLOG_LINK": str(far_end.fileno()), "TZ": "UTC"}
        try:
            self._process = subprocess.Popen(
                [micropython, "-X", "heapsize=%d" % heap_bytes, "-c", START], cwd=state, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=(far_end.fileno(),), start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        finally:
            far_end.close()
        self.serial = self._process.stdout
        os.set_blocking(self.serial.fileno(), False)

    @property
    def process_id(self):
        return self._process.pid

    def hear(self):
        """One message of the stand-ins; b"" when the process is gone."""
        try:
            return self.link.recv(MESSAGE_BYTES)
        except OSError:
            return b""

    def answer(self, message):
        try:
            self.link.send(message.ljust(REPLY_BYTES))
        except OSError:
            pass  # it is gone; the serial console says so

    def kill(self):
        """Take the power away at once. Returns what was still on the serial line."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.end_status = self._process.wait()
        rest = self.serial.read() or b""
        self.serial.close()
        self.link.close()
        return rest


def _die_with_parent():
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
