"""MicroPython's side of board_on_a_terminal: boots a littlefs image as an ESP32 does and answers as its REPL does.

Runs on the unix port: `BOARD_FACTS=JSON micropython board_repl.py IMAGE WRITES_LEFT|all`. What the chip would do to itself goes to
standard error, one line each: "busy" (Ctrl-C has to come as a signal), "prompt" (it has to come as a byte), "reset",
"watchdog MILLISECONDS", "feed", "power cut".
"""

import io
import json
import os
import sys
import time
import vfs
from collections import namedtuple

BLOCK_BYTES = 4096
PASTE_WINDOW = 128
SEARCH_PATH = ["", "/lib"]
LONGEST_SLEEP_S = 0.1  # a test need not wait for a sensor to settle
CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"

Implementation = namedtuple("Implementation", ("name", "version", "_machine", "_mpy"))
stdin, stdout = sys.stdin.buffer, sys.stdout.buffer


class FlashChip:
    """The image file as a block device; stops in the middle of a write when `writes_left` runs out."""

    def __init__(self, path, writes_left):
        self._file = open(path, "r+b")
        self._writes_left = writes_left

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=None):
        if offset is None:
            self.ioctl(6, block)
            offset = 0
        self._file.seek(block * BLOCK_BYTES + offset)  # every call seeks: nothing depends on where an interrupted one stopped
        if self._writes_left is not None:
            self._writes_left -= 1
            if self._writes_left < 0:
                if self._writes_left == -1:
                    self._file.write(memoryview(buffer)[: len(buffer) // 2])
                happen("power cut")
        self._file.write(buffer)

    def ioctl(self, operation, argument):
        if operation == 4:
            return self._file.seek(0, 2) // BLOCK_BYTES
        if operation == 5:
            return BLOCK_BYTES
        if operation == 6:
            self._file.seek(argument * BLOCK_BYTES)
            self._file.write(b"\xff" * BLOCK_BYTES)
            return 0


class Module:
    """A stand-in module: whatever attributes it is given."""

    def __init__(self, **attributes):
        for name, value in attributes.items():
            setattr(self, name, value)


def tell(line):
    sys.stderr.write(line + "\n")


def happen(event):
    """Tell what ends this process, and end it; a Ctrl-C at this moment changes nothing."""
    while True:
        try:
            tell(event)
            os.system("kill -9 $PPID")
            time.sleep(1)
        except KeyboardInterrupt:
            pass


class Watchdog:
    """machine.WDT."""

    def __init__(self, id=0, timeout=5000):
        tell("watchdog %d" % timeout)

    def feed(self):
        tell("feed")


class RTC:
    """machine.RTC."""

    def memory(self, content=None):
        return b""


class Wlan:
    """network.WLAN of a station among `networks`: (name, password, dBm); the password is "" where the network is open."""

    def __init__(self, networks):
        self._networks = networks
        self._status = 1000

    def scan(self):
        return [(name.encode(), b"\0" * 6, 6, rssi, 3, False) for name, _, rssi in self._networks]

    def connect(self, ssid, password=""):
        known = [network for network in self._networks if network[0].encode() == ssid]
        if not known:
            self._status = 201
        elif known[0][1] == password:
            self._status = 1010
        else:
            self._status = 202 if known[0][1] else 211

    def status(self):
        return self._status

    def isconnected(self):
        return self._status == 1010

    def ifconfig(self):
        return ("192.168.1.57", "255.255.255.0", "192.168.1.1", "192.168.1.1")

    def active(self, on):
        pass

    def config(self, **settings):
        pass

    def disconnect(self):
        self._status = 1000


class Dht:
    """dht.DHT22 and dht.DHT11; `frame` is its bytes without the checksum, or what goes wrong."""

    def __init__(self, frame):
        self._frame = frame

    def measure(self):
        if self._frame == "silent":
            raise OSError(116)
        if self._frame == "checksum":
            raise Exception("checksum error")
        self.buf = bytearray(self._frame + [sum(self._frame) & 0xFF])


def put_surroundings(facts):
    """Make `import network`, `import dht` and `import socket` meet what `facts` says."""
    import socket

    station = Wlan(facts["networks"])
    sys.modules["network"] = Module(WLAN=Callable(lambda interface: station, IF_STA=0))
    sensor = Callable(lambda pin: Dht(facts["sensor"]))
    sys.modules["dht"] = Module(DHT22=sensor, DHT11=sensor)

    def getaddrinfo(host, port):
        if host not in facts["servers"]:
            raise OSError(-202)
        return socket.getaddrinfo(*facts["servers"][host])

    sys.modules["socket"] = Module(socket=socket.socket, getaddrinfo=getaddrinfo)


class Callable(Module):
    """A stand-in class: constants, and a function that makes its objects."""

    def __init__(self, function, **attributes):
        Module.__init__(self, **attributes)
        self._function = function

    def __call__(self, *arguments):
        return self._function(*arguments)


def put_stand_ins(facts):
    """Make `import machine`, `import esp` and `sys` look as on the board that `facts` describes."""
    machine = Module(reset=lambda: happen("reset"), reset_cause=lambda: 1, unique_id=lambda: bytes.fromhex(facts["mac"]),
                     WDT=Watchdog, RTC=RTC, Pin=lambda number: number)
    sys.modules["machine"] = machine
    sys.modules["time"] = Module(sleep=lambda seconds: time.sleep(min(seconds, LONGEST_SLEEP_S)), sleep_ms=time.sleep_ms)
    sys.modules["esp"] = Module(flash_size=lambda: facts["flash_bytes"])
    implementation = ("micropython", tuple(facts["version"]), facts["machine"], facts["mpy"])
    sys.modules["sys"] = Module(platform=facts["platform"], implementation=Implementation(*implementation), path=sys.path,
                                modules=sys.modules, stdout=sys.stdout, stdin=sys.stdin, print_exception=sys.print_exception)


def put_app(source):
    """Make `import app` meet this source, whatever the image has."""
    namespace = {}
    exec(source, namespace)
    sys.modules["app"] = Module(**namespace)


def run(code, namespace):
    """Execute `code` and return the traceback, empty when it went well."""
    try:
        exec(code, namespace)
        return ""
    except BaseException as error:
        text = io.StringIO()
        sys.print_exception(error, text)
        return text.getvalue()


def read_paste():
    """Read one program in raw-paste mode, granting window after window."""
    stdout.write(b"R\x01" + bytes((PASTE_WINDOW & 0xFF, PASTE_WINDOW >> 8)) + b"\x01")
    code = bytearray()
    while True:
        byte = stdin.read(1)
        if byte == CTRL_D:
            stdout.write(CTRL_D)
            return bytes(code)
        code += byte
        if len(code) % PASTE_WINDOW == 0:
            stdout.write(b"\x01")


def raw_repl(namespace):
    """Answer in raw mode until it is left; returns True for a soft reset."""
    stdout.write(b"raw REPL; CTRL-B to exit\r\n>")
    code = b""
    while True:
        byte = stdin.read(1)
        if byte == CTRL_E and stdin.read(2) == b"A\x01":
            execute(read_paste(), namespace)
        elif byte == CTRL_A:
            stdout.write(b"raw REPL; CTRL-B to exit\r\n>")
            code = b""
        elif byte == CTRL_B:
            stdout.write(b"\r\n")
            return False
        elif byte == CTRL_C:
            code = b""
        elif byte == CTRL_D and not code.strip():
            stdout.write(b"OK\r\nMPY: soft reboot\r\n")
            return True
        elif byte == CTRL_D:
            stdout.write(b"OK")
            execute(code, namespace)
            code = b""
        elif byte:
            code += byte
        else:
            happen("power cut")


def execute(code, namespace):
    tell("busy")
    error = run(code, namespace)
    tell("prompt")
    stdout.write(CTRL_D + error.encode() + CTRL_D + b">")


def friendly_repl():
    """The prompt a person sees; only control characters count. Returns when raw mode is wanted."""
    stdout.write(b"\r\nMicroPython on a terminal\r\n>>> ")
    while True:
        byte = stdin.read(1)
        if byte == CTRL_A:
            return
        if byte == CTRL_C:
            stdout.write(b"\r\n>>> ")
        if not byte:
            happen("power cut")


def main(image, writes_left):
    facts = json.loads(os.getenv("BOARD_FACTS"))  # an argument may have 255 bytes only
    put_stand_ins(facts)
    put_surroundings(facts)
    if "app" in facts:
        put_app(facts["app"])
    chip = FlashChip(image, int(writes_left) if writes_left != "all" else None)
    vfs.umount("/")
    vfs.mount(chip, "/")
    os.chdir("/")
    stdout.write(b"ets Jul 29 2019 12:21:46\r\nrst:0x1 (POWERON_RESET)\r\n")
    sys.path[:] = SEARCH_PATH
    tell("busy")
    stdout.write(run("exec(open('/main.py').read())", {"__name__": "__main__"}).encode())
    tell("prompt")
    while True:
        try:
            friendly_repl()
            while raw_repl({"__name__": "__main__"}):
                sys.path[:] = SEARCH_PATH
        except KeyboardInterrupt:  # a signal that came just as the program ended
            tell("prompt")


main(*sys.argv[1:])
