"""A device made of small fakes, for tests of its web app; and a visitor who asks it without sockets."""

import asyncio
import io
import json

from core.reading import RECORD_BYTES, Reading, pack, unpack
from core.networks import listed
from core.settings import DEFAULTS
from portal.site import Site
from visitor import Answer, Visitor

NOW_S = 1_795_000_000
UPTIME_S = 3_000_000
PASSWORD = "device-password"
KEY = "SECRETKEY0123456"
SECRETS = ("correct horse battery", KEY, PASSWORD)


def reading(age_s, temperature_c=20.0, humidity_pct=50.0):
    return Reading(NOW_S - age_s, UPTIME_S - age_s, 7, temperature_c, humidity_pct, 0)


class Clock:
    source = "ntp"
    session = 7
    told = None

    def __init__(self):
        self.now_s = NOW_S
        self.up_s = UPTIME_S
        self.starts = {7: (NOW_S - UPTIME_S, 3, ())}

    def now(self):
        return self.now_s

    def uptime_s(self):
        return self.up_s

    def set(self, unix_s, source):
        self.told = (unix_s, source)


class Journal:
    """Readings in memory, with the walks of the one on flash. A None in `readings` is a damaged record."""

    damaged = dropped = first = 0

    def __init__(self, readings):
        self.records = b"".join(bytes(pack(one)) if one else bytes(RECORD_BYTES) for one in readings)
        self.end = len(readings)
        self.largest_read = 0

    def batches(self, position, buffer):
        size = len(bytes(buffer))
        self.largest_read = max(self.largest_read, size)
        while position < self.end:
            records = io.BytesIO(self.records[position * RECORD_BYTES :]).readinto(buffer) // RECORD_BYTES
            yield position, records
            position += records

    def walk(self, position, batch=16):
        for place in range(position, self.end):
            yield place, unpack(self.records, place * RECORD_BYTES)

    def waiting(self):
        return 0


class Thermometer:
    raw = [21.0, 48.0, "dht22"]
    reads, failures, rejected = 120, 2, 1
    in_a_row = 0
    problem = None

    def __init__(self):
        self.latest = Reading(NOW_S - 3, UPTIME_S - 3, 7, 21.43, 48.04, 0)
        self.changed = asyncio.Event()


class Logger:
    code = None

    def __init__(self):
        self.delivery = {"state": "ok", "last_entry_id": 42, "last_time": NOW_S - 20, "sent": 40, "channel_id": 1, "problem": None}

    def problem(self):
        return self.code


class Wifi:
    hostname = "dewlog-a1b2c3"
    hotspot_name = "Dewlog-A1B2C3"
    scanning = held = False
    losses = resets = 0
    ssid = b""
    station = property(lambda self: self)
    networks = listed(
        [
            (b"Home", b"\x02\0\0\0\0\x01", 6, -50, 3, False),
            (b"Cafe", b"\x02\0\0\0\0\x02", 6, -60, 0, False),
            (b"Office", b"\x02\0\0\0\0\x03", 6, -65, 5, False),
            (b"Caf\xe9", b"\x02\0\0\0\0\x04", 6, -80, 3, False),
        ]
    )

    def rssi_dbm(self):
        return -54

    def ifconfig(self):
        return "192.168.1.57", "255.255.255.0", "192.168.1.1", "192.168.1.1"

    def address(self):
        return self.ifconfig()[0]

    def hotspot_address(self):
        return "192.168.4.1"

    def begin_scan(self):
        self.scanning = True

    def connected(self):
        return True


class Memory:
    """What is to survive the restart."""

    def __init__(self):
        self.values = {}
        self.set = self.values.__setitem__

    def get(self, name, default=0):
        return self.values.get(name, default)


class Log:
    def __init__(self):
        self.lines = []

    def __call__(self, line):
        self.lines.append(line)


class Board:
    OPEN_HOTSPOT = False
    CHANNEL_URL = None
    SENSOR_PIN, SENSOR_PINS = 23, (23, 4, 22)
    pin = 23  # and the sensor that is read there

    @staticmethod
    def url(address):
        return "http://%s/" % address


class Server:
    answered, busy = 12, 1

    def __init__(self):
        self.visits = []

    async def wait_for_room(self, visit, wanted):
        pass

    async def be_alone(self):
        pass


class Records:
    """hardware/records.py without a flash."""

    @staticmethod
    def crashes():
        return [{"error": "OSError", "message": "about " + KEY, "where": ["in " + PASSWORD]}]

    @staticmethod
    def last_update():
        return {"version": Device.version, "state": "good", "previous": None, "why": None}


class Slots:
    """hardware/slots.py without a flash: what begins with "bad" and a code up to a full stop is refused by that."""

    @staticmethod
    async def receive(device, request):
        taken, size = b"", request.content_length
        while len(taken) < size:
            taken += await request.stream.readexactly(min(300, size - len(taken)))
        if taken.startswith(b"bad"):
            return {"error": taken[3 : taken.find(b".")].decode()}, 400
        device.done.append("update of %d bytes" % size)
        return {"state": "restarting"}, 202


class Device:
    """One in use, in station mode; `Device(settings=None)` is new, in set-up mode."""

    version = "1.2.3 3f2a9c01"
    reset_cause = "power"
    restarts = 0
    notice = draft = updating = None
    board = sensor = Board
    heap_free, idf_heap_free, idf_heap_largest, flash_free = 20_000, 90_000, 88_000, 900_000

    def __init__(self, readings=(), settings=True):
        self.settings = None
        if settings:
            self.settings = dict(DEFAULTS, ssid=b"Home", password=SECRETS[0], api_key=KEY, name="Cellar", channel_id=1, sensor="dht22")
        self.mode = "station" if settings else "setup"
        self.memory = Memory()
        self.state = {"hotspot_password": PASSWORD}
        self.clock = Clock()
        self.journal = Journal(readings)
        self.thermometer = Thermometer()
        self.logger = Logger() if settings else None
        self.wifi = Wifi()
        self.trial, self.tasks, self.heap = None, {"measuring": None}, self
        self.log = Log()
        self.server = Server()
        self.sessions, self.wrong_passwords = [], []
        self.random_bytes = lambda count: bytes(range(count))
        self.done = []
        self.site = Site(self)

    def has_room(self, *_):
        return True

    def hold(self):
        """Of its heap, for TLS."""

    def open_journal(self):
        return self.journal

    def go_on(self, name, coroutine):
        """It never gets its turn."""
        coroutine.close()

    def records(self):
        return Records

    def slots(self):
        return Slots

    def save_settings(self, settings):
        self.settings = settings
        self.done.append("saved")

    def restart_soon(self, reason, erased=None):
        self.done.append("erase " + erased if erased else "setup" if self.memory.get("setup_wanted") else "restart")


def request_of(method, path, body=None, headers=None):
    """The bytes of a request. body: a dict is sent as JSON, a text as a form; None for no body."""
    sent = {"Host": "192.168.1.57"}
    if isinstance(body, dict):
        body = json.dumps(body)
        sent["Content-Type"] = "application/json"
    elif body is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    if isinstance(body, str):
        body = body.encode()
    if body is not None:
        sent["Content-Length"] = str(len(body))
    sent.update(headers or {})
    lines = ["%s %s HTTP/1.1" % (method, path)] + ["%s: %s" % header for header in sent.items()] + ["", ""]
    return "\r\n".join(lines).encode() + (body or b"")


def attend(device, visitor):
    """Let the site answer this visitor, as the server does. Raises OSError, MemoryError."""

    async def visit():
        device.server.visits.append(visitor)
        try:
            await device.site.attend(visitor, await visitor.read(512))
        finally:
            device.server.visits.remove(visitor)

    asyncio.run(visit())


def ask(device, method, path, body=None, headers=None, door="home"):
    """The Answer to one request."""
    visitor = Visitor(request_of(method, path, body, headers), address="192.168.4.2" if door == "hotspot" else "192.168.1.9")
    attend(device, visitor)
    return Answer(visitor.received)


def log_in(device):
    """The headers by which a visitor is known who has logged in."""
    answer = ask(device, "POST", "/login", {"password": PASSWORD})
    assert answer.status == 200, answer.text
    return {"Cookie": answer.headers["Set-Cookie"].split(";")[0], "Accept": "application/json"}
