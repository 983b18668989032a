"""The app's two slots, /a and /b: one runs, and the other takes an update over Wi-Fi. Which one starts is main.py's."""

import asyncio
import os
import sys
from hashlib import sha256

from hardware.flash import read, write_atomically
from hardware.listener import Connection
from micropython import const

_GOOD_START_S = const(60)
_WIFI_S = const(300)  # a router that has restarted, too, is back by then
_LINE_BYTES = const(200)
_FOLDER = const(0x4000)


def told():
    """What GET /api/update tells. previous: the version in the other slot, or None. why: what made that one be taken back, or None."""
    active = (read("/active") or b"?").decode()
    state = {"": "good", "-": "taken_back"}.get(active[1:2], "on_trial")
    versions = [(read(slot + "/version") or b"").decode().strip() or None for slot in (sys.path[0], _other())]
    return {"version": versions[0], "state": state, "previous": versions[1], "why": active[2:] if state == "taken_back" else None}


def _other():
    return "/a" if sys.path[0] == "/b" else "/b"


async def prove(device):
    """While this slot is on trial: end that well after a minute, once the Wi-Fi is there if it was before, and a page can be had.

    Else the device restarts after some minutes. With the third start that proves nothing main.py goes back to the other slot.
    """
    needs_wifi = (read("/active") or b"").endswith(b"w")
    await asyncio.sleep(_GOOD_START_S)
    for _ in range(_WIFI_S):
        if (device.wifi.connected() or not needs_wifi) and await _answers(device.server):
            write_atomically("/active", sys.path[0][1:].encode())
            device.log("This version has proven itself")
            return
        await asyncio.sleep(1)
    device.restart_soon("this version has not proven itself")


async def _answers(server):
    """Whether the device gives itself a page."""
    visit = _OwnVisit()
    server.visits.append(visit)
    visit.task = asyncio.create_task(server.attend(visit))
    await visit.task
    return visit.said == b" 200"


class _OwnVisit(Connection):
    """Asks for the readings without a socket."""

    def __init__(self):
        super().__init__(None, ("127.0.0.1", 0))
        self._asks = b"GET /api/readings HTTP/1.0\r\nHost: localhost\r\n\r\n"
        self.said = b""

    async def read(self, size):
        asks, self._asks = self._asks, b""
        return asks

    async def write(self, data):
        self.begun = True
        self.said = self.said or bytes(data[8:12])

    def close(self):
        pass


class Update:
    """A bundle (tools/build.py --bundle) on its way into the other slot. Nothing of it counts before `switch`.

    problem: None, or the code of what is wrong with it, "not_a_bundle", "other_mpy", "damaged" or "flash_full": then nothing more is taken.
    """

    problem = _file = None
    _is_whole = False
    _left_bytes = 0  # of the file that is being written
    _line = b""
    _lines = None  # SHA-256 of those so far

    def take(self, piece):
        """The next bytes of it."""
        try:
            while piece and not self.problem:
                if self._left_bytes:
                    part = piece[: self._left_bytes]
                    self._file.write(part)
                    self._left_bytes -= len(part)
                    piece = piece[len(part) :]
                else:
                    end = piece.find(b"\n") + 1 or len(piece)
                    self._line += piece[:end]
                    piece = piece[end:]
                    if self._is_whole or len(self._line) > _LINE_BYTES:
                        raise ValueError
                    if self._line.endswith(b"\n"):
                        self._begin(self._line.decode().split())
                        self._line = b""
                if self._file and not self._left_bytes:
                    self._check()
        except OSError:
            self.problem = "flash_full"
        except ValueError:
            self.problem = "not_a_bundle"

    def _begin(self, words):
        """A line: first what this is, then size, SHA-256 and path before each file, at last "end" and the SHA-256 of all lines before.

        Raises ValueError, OSError.
        """
        if not self._lines:
            kind, mpy, *_ = words
            if kind != "dewlog-bundle":
                raise ValueError
            if mpy != str(sys.implementation._mpy & 255):
                self.problem = "other_mpy"
                return
            self._lines = sha256()
            if _other()[1:] in os.listdir("/"):
                _clear(_other())
        elif words[0] == "end":
            if words[1] != self._lines.digest().hex():
                self.problem = "damaged"
            self._is_whole = True
            return
        else:
            size, self._digest, path = words
            folder, _, name = path.rpartition("/")
            if not size.isdigit() or "/" in folder or "." in folder:
                raise ValueError
            self._path = "%s/%s" % (_other(), path)
            for made in (_other(), "%s/%s" % (_other(), folder)):
                try:
                    os.mkdir(made)
                except OSError:
                    pass  # it is there
            self._left_bytes = int(size)
            self._file = open(self._path, "wb")
        self._lines.update(self._line)

    def _check(self):
        """Read back what is on flash now. Raises OSError."""
        self._file.close()
        self._file = None
        digest, block = sha256(), memoryview(bytearray(256))
        with open(self._path, "rb") as file:
            while size := file.readinto(block):
                digest.update(block[:size])
        if digest.digest().hex() != self._digest:
            self.problem = "damaged"

    def switch(self, has_wifi):
        """From now on the other slot is the one that starts, on trial, if all of it is there. has_wifi: it is to join the Wi-Fi, too."""
        if not self._is_whole:
            self.problem = self.problem or ("damaged" if self._lines else "not_a_bundle")
        if not self.problem:
            try:
                write_atomically("/active", (_other()[1:] + "3" + "w" * has_wifi).encode())
            except OSError:
                self.problem = "flash_full"

    def close(self):
        """It came to an end, or broke off."""
        if self._file:
            self._file.close()


def _clear(folder):
    """Remove all that is in it. Raises OSError.

    Not by ilistdir(): a walk that is not finished can crash MicroPython later on.
    """
    for name in os.listdir(folder):
        path = "%s/%s" % (folder, name)
        if os.stat(path)[0] == _FOLDER:
            _clear(path)
        os.remove(path)
