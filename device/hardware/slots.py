"""The app's two slots, /a and /b: one runs, and the other takes an update over Wi-Fi. Which one starts is main.py's."""

import os
import sys
from hashlib import sha256

from core.on_demand import ALL_BYTES
from hardware.flash import read, write_atomically
from micropython import const

_WIFI_S = const(300)  # a router that has restarted, too, is back by then
_LINE_BYTES = const(200)
_PIECE_BYTES = const(256)
_PIECE_S = const(5)
_FOLDER = const(0x4000)


def _other():
    return "/a" if sys.path[0] == "/b" else "/b"


def settled(device, age_s, members):
    """Called when this start is a minute old, until it returns True: then this slot has proven itself, if it was on trial.

    For that it takes the Wi-Fi that was there before, and what every page shows, `members`; what goes wrong there ends the app, and the
    trial. With the third start that proves nothing main.py goes back to the other slot.
    """
    active = read("/active") or b""
    if active[1:2].isdigit() and active[:1] == sys.path[0][1:].encode():  # an update may have come just now
        if active.endswith(b"w") and not device.wifi.connected():
            if age_s > _WIFI_S:
                device.restart_soon("this version has not joined the Wi-Fi")
            return False
        for _ in members:
            pass
        write_atomically("/active", sys.path[0][1:].encode())
        device.log("This version has proven itself")
    return True


async def receive(device, request):
    """POST /api/update: take the bundle that is the request's body, and restart with it. Returns (document, status).

    It is heard out whatever is wrong with it: who is still sending does not read an answer.
    """
    request.visit.done = True  # what has been taken is not there a second time
    device.has_room(ALL_BYTES)
    update, left = Update(), request.content_length
    if device.updating:
        update.problem = "busy"
    else:
        device.updating = update
    try:
        while left:
            size = min(_PIECE_BYTES, left)
            left -= size
            request.visit.left_s = _PIECE_S
            update.take(await request.stream.readexactly(size))
        update.finish(device.wifi.connected())
    finally:
        update.close()
        if device.updating is update:
            device.updating = None
    if update.problem:
        return {"error": update.problem}, {"busy": 409, "flash_full": 507}.get(update.problem, 400)
    device.restart_soon("update")
    return {"state": "restarting"}, 202


class Update:
    """A bundle (tools/build.py --bundle) on its way into the other slot. Nothing of it counts before `finish`.

    problem: None, or the code of what is wrong with it, "not_a_bundle", "other_mpy", "damaged" or "flash_full": then nothing more is taken.
    """

    problem = _file = None
    _ended = False
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
                    if self._ended or len(self._line) > _LINE_BYTES:
                        raise ValueError
                    if self._line.endswith(b"\n"):
                        self._start(self._line.decode().split())
                        self._line = b""
                if self._file and not self._left_bytes:
                    self._check()
        except OSError:
            self.problem = "flash_full"
        except (ValueError, IndexError):
            self.problem = "not_a_bundle"

    def _start(self, words):
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
            self._ended = True
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

    def finish(self, has_wifi):
        """From now on the other slot is the one that starts, on trial, if all of it is there. has_wifi: it is to join the Wi-Fi, too."""
        if not self._ended:
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
