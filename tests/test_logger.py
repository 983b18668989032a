"""Keep and upload, with a thermometer that measures."""

import asyncio
import json

from core.on_demand import ALL_BYTES
from core.reading import Reading
from core.settings import DEFAULTS
from core.timestamps import iso
from logger import Logger
from portal.readings import upload_of
from thermometer import Thermometer

START_S = 1795377903
SETTINGS = dict(DEFAULTS, api_key="ABCDEFGHIJKLMNOP", https=False)
GOOD_FRAME = bytes((1, 0xE0, 0, 0xD6, 0xB7))  # 21.4 °C, 48.0 %
REAL_SLEEP = asyncio.sleep
ROOM_BYTES = 14 * 1024


class Clock:
    """A clock that tests move: sleeping moves it too."""

    def __init__(self, known=True):
        self.uptime = 0
        self.known = known
        self.session = 3
        self.step_s = 0
        self.placed = {}
        self.newest_s = None

    def uptime_s(self):
        return int(self.uptime)

    def now(self):
        return START_S + int(self.uptime) + self.step_s if self.known else None

    @property
    def starts(self):
        starts = {session: (start_s, 0, ()) for session, start_s in self.placed.items()}
        if self.known:
            starts[self.session] = START_S, 3, ()
        return starts

    def place(self, session, start_s):
        self.placed[session] = start_s


class Journal:
    """A journal in memory."""

    def __init__(self):
        self.readings = []
        self.first = self.cursor = self.damaged = self.dropped = 0
        self.is_full = False

    @property
    def end(self):
        return len(self.readings)

    def append(self, reading):
        if self.is_full:
            raise OSError(28)
        self.readings.append(reading)

    def walk(self, position, batch=16):
        for index in range(position, self.end):
            yield index, self.readings[index]

    def waiting(self):
        return self.end - self.cursor

    def move_cursor(self, position):
        self.cursor = position


class ThingSpeak:
    """Takes requests like the uploader; `replies` come first, then everything is stored."""

    def __init__(self, clock):
        self.clock = clock
        self.replies = []
        self.requests = []
        self.stored = []
        self.times_s = []
        self.channel_id = 77

    async def send(self, request, deadline_s):
        _, url, headers, body = request
        if not isinstance(body, bytes):
            body = b"".join(body)
            assert len(body) == int(headers["Content-Length"])
        self.requests.append((url, body))
        self.times_s.append(self.clock.uptime_s())
        if self.replies:
            return self.replies.pop(0)
        if "bulk" in url:
            self.stored += [update.get("created_at") for update in json.loads(body)["updates"]]
            return 202, b'{"success":true}', ""
        created_at = body.decode().partition("created_at=")[2] or iso(START_S + self.clock.uptime_s())
        self.stored.append(created_at)
        reply = '{"channel_id":%d,"entry_id":%d,"created_at":"%s"}' % (self.channel_id, len(self.stored), created_at)
        return 200, reply.encode(), ""


class Log:
    """What was said, events and the rest, in `lines`."""

    def __init__(self, lines):
        self.say = self.append = lines.append

    def __call__(self, sentence):
        self.append(sentence)


class Sensor:
    """The stock driver: gives `frames` one after the other, then good ones. Instead of one may stand what it raises."""

    pin = None

    def __init__(self, clock):
        self.clock = clock
        self.frames = []
        self.read_at_s = []
        self.buf = bytearray(5)

    def measure(self):
        self.read_at_s.append(self.clock.uptime)
        frame = self.frames.pop(0) if self.frames else GOOD_FRAME
        if not isinstance(frame, bytes):
            raise frame
        self.buf[:] = frame


class Device:
    """A logger with everything around it under the test's control. It is its own Wi-Fi, server and background, too.

    rooms: (bytes that were asked for, or None when room was given back; when).
    """

    at_peak = False
    updating = None

    class board:
        CHANNEL_URL = None

    def __init__(self, **settings):
        self.settings = dict(SETTINGS, **settings)
        self.clock = Clock()
        self.journal = Journal()
        self.thingspeak = ThingSpeak(self.clock)
        self.sensor = Sensor(self.clock)
        self.frames = self.sensor.frames
        self.lines = []
        self.log = Log(self.lines)
        self.beats = []
        self.saved = []
        self.rooms = []
        self.restarts = []
        self.restart_soon = self.restarts.append
        self.is_roomy = True
        self.is_online = True
        self.held = False
        self.sensor_background = self.wifi = self.server = self.heap = self
        self.reserve = None
        self.thermometer = Thermometer(self)
        self.logger = Logger(self)

    # the parts

    async def run(self, function):
        function()

    def connected(self):
        return self.is_online

    def beat(self, loop):
        self.beats.append(loop)

    async def make_room(self, wanted):
        self.rooms.append((wanted, self.clock.uptime_s()))
        return self.is_roomy

    def has_room(self, wanted):
        return self.is_roomy

    def pause(self):
        pass

    def go_on(self):
        self.rooms.append((None, self.clock.uptime_s()))

    def save_settings(self, settings):
        self.saved.append(settings)
        self.configure(**settings)

    def hold(self):
        self.reserve = "for TLS"

    async def send(self, request, deadline_s):
        assert self.reserve or not self.settings["https"], "TLS finds its piece"
        return await self.thingspeak.send(request, deadline_s)

    # what tests do

    def configure(self, **changed):
        self.settings = dict(self.settings or SETTINGS, **changed)
        self.thermometer.values = ()
        self.logger.configure(self.settings)

    def go(self, loop, seconds):
        """Let one of the logger's loops run for that many seconds of its clock, in no time."""
        asyncio.run(self._run(loop, self.clock.uptime + seconds))

    async def _run(self, loop, until_s):
        async def sleep(seconds):
            self.clock.uptime += seconds
            await REAL_SLEEP(0)

        asyncio.sleep = sleep
        try:
            task = asyncio.create_task(loop())
            while self.clock.uptime < until_s and not task.done():
                await REAL_SLEEP(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
        finally:
            asyncio.sleep = REAL_SLEEP

    def measure(self, seconds):
        self.go(self.thermometer.measure, seconds)

    def upload(self, seconds):
        self.go(self.logger.upload, seconds)

    def fill(self, count, stamped=True, session=3):
        for number in range(count):
            time_s = START_S - 60 * (count - number) if stamped else None
            self.journal.append(Reading(time_s, 60 * number, session, 20.0, 50.0, 0))


def test_what_is_kept_is_said_in_words():
    device = Device()
    device.measure(3)
    assert device.journal.readings == [Reading(START_S + 2, 2, 3, 21.4, 48.0, 0)]
    assert device.lines == ["21.4 °C  48.0 %  kept"]


def test_a_clock_that_was_set_back_gives_no_second_twice():
    device = Device()
    device.measure(600)
    device.clock.step_s = -300
    device.measure(600)
    times_s = [reading.time_s for reading in device.journal.readings]
    assert len(set(times_s)) == len(times_s) == 20


def test_measuring_goes_on_without_clock_and_network():
    device = Device()
    device.clock.known = device.is_online = False
    device.measure(130)
    assert [reading.time_s for reading in device.journal.readings] == [None] * 3
    assert device.logger.problem() == "wifi_lost"
    device.is_online = True
    assert device.logger.problem() == "clock_unknown"


def test_a_moment_without_memory_costs_that_moment_only():
    device = Device()
    device.frames[:] = [GOOD_FRAME, MemoryError, OSError, GOOD_FRAME]
    device.measure(70)
    assert len(device.journal.readings) == 2
    assert len([line for line in device.lines if "Short of memory" in line]) == 2
    device.lines.clear()
    send = device.thingspeak.send

    async def send_short_of_memory(request, deadline_s):
        device.thingspeak.send = send
        raise MemoryError

    device.thingspeak.send = send_short_of_memory
    device.upload(60)
    assert not [line for line in device.lines if "Short of memory" in line], "it went out at once, with all room made"
    assert device.journal.waiting() == 0 and [wanted for wanted, _ in device.rooms[:3]] == [ROOM_BYTES, ALL_BYTES, None]


def test_an_upload_that_is_short_of_memory_makes_room_and_comes_again_soon():
    device = Device()
    device.measure(3)
    tries = []

    async def send_in_vain(request, deadline_s):
        tries.append(device.clock.uptime_s())
        return 0, b"", "memory"

    device.thingspeak.send = send_in_vain
    device.upload(40)
    assert device.reserve is None, "what it kept for TLS is given back"
    first_s, again_s = tries[0], tries[2]
    assert tries == [first_s, first_s, again_s, again_s] and again_s - first_s >= 30
    wanted = (ROOM_BYTES, ALL_BYTES, None)
    expected = [(room, at_s) for at_s in (first_s, again_s) for room in wanted]
    assert device.rooms == expected, "after the second try in a row the pages have their turn"
    assert device.lines.count("Short of memory: an upload had to be put off") == 2
    assert device.journal.waiting() == 1 and device.restarts == []
    device.upload(200)
    assert device.restarts == ["what is free lies in pieces"], "after the fifth in a row"


def test_room_that_was_made_in_vain_is_given_back():
    device = Device()
    device.measure(3)
    tries = []

    async def send_and_lose_the_network(request, deadline_s):
        tries.append(1)
        device.is_online = False
        return 0, b"", "memory"

    device.thingspeak.send = send_and_lose_the_network
    device.upload(10)
    assert device.rooms[-1][0] is None and len(tries) == 1


def test_a_full_flash_is_said_and_the_newest_reading_still_goes_out():
    device = Device()
    device.journal.is_full = True
    device.measure(3)
    assert device.logger.problem() == "flash_full"
    assert "not kept" in device.lines[-1]
    before, unkept = device.journal.dropped, device.logger.delivery["unkept"]
    asyncio.run(device.logger.keep(unkept))
    assert device.journal.dropped == before + 1
    device.upload(3)
    assert len(device.thingspeak.stored) == 1
    device.journal.is_full = False
    device.measure(70)
    assert device.logger.problem() is None


def test_a_live_reading_goes_up_once():
    device = Device()
    device.fill(1)
    device.upload(60)
    assert len(device.thingspeak.requests) == 1
    assert device.journal.waiting() == 0
    assert [settings["channel_id"] for settings in device.saved] == [77]
    state = upload_of(device)
    assert (state["state"], state["last_entry_id"], state["sent"], state["channel_id"], state["waiting"]) == ("ok", 1, 1, 77, 0)
    assert state["last_time"] == iso(START_S - 60)
    assert "ThingSpeak: 1 stored, 0 waiting" in device.lines
    assert set(device.beats) == {"uploading"}


def test_a_weekend_offline_is_back_within_two_minutes():
    device = Device()
    device.is_online = False
    device.fill(2880)
    device.upload(300)
    assert device.thingspeak.requests == [] and upload_of(device)["state"] == "offline"
    device.is_online = True
    device.upload(120)
    assert device.journal.waiting() == 0
    assert len(device.thingspeak.stored) == len(set(device.thingspeak.stored)) == 2880
    gaps_s = [later - earlier for earlier, later in zip(device.thingspeak.times_s, device.thingspeak.times_s[1:])]
    assert min(gaps_s) >= 15


def test_without_a_channel_id_a_backlog_goes_one_by_one():
    device = Device()
    device.thingspeak.channel_id = "null"
    device.fill(5)
    device.thingspeak.replies = [(200, b"%d" % number, "") for number in range(1, 6)]
    device.upload(100)
    assert device.journal.waiting() == 0
    assert len(device.thingspeak.requests) == 5


def test_nothing_is_lost_while_thingspeak_says_zero():
    device = Device()
    device.fill(1)
    device.thingspeak.replies = [(200, b"0", "")] * 3
    device.upload(10)
    assert device.journal.waiting() == 1
    device.upload(60)
    assert device.journal.waiting() == 0
    assert device.thingspeak.times_s[1] - device.thingspeak.times_s[0] >= 15


def test_a_refused_key_keeps_the_readings_and_a_corrected_one_sends_them_at_once():
    device = Device()
    device.fill(3)
    device.thingspeak.replies = [(401, b"", "")]
    device.upload(300)
    assert len(device.thingspeak.requests) == 1
    assert device.logger.problem() == "key_refused"
    assert upload_of(device)["state"] == "key_refused"
    device.configure(api_key="CORRECTEDKEY0000")
    device.upload(60)
    assert device.journal.waiting() == 0
    assert device.logger.problem() is None


def test_a_reading_that_is_already_there_is_not_sent_again():
    device = Device()
    device.fill(1)
    device.thingspeak.replies = [(409, b"", "")]
    device.upload(30)
    assert device.journal.waiting() == 0
    assert len(device.thingspeak.requests) == 1


def test_one_poison_reading_does_not_hold_up_the_rest():
    device = Device(channel_id=77)
    device.fill(4)
    bad = (422, b"", "")
    stored = (200, b'{"channel_id":77,"entry_id":1}', "")
    # all four, the first two, the first alone, the one behind it (taken), the first again: proven
    device.thingspeak.replies = [bad, bad, bad, stored, bad]
    device.upload(200)
    assert device.journal.waiting() == 0
    assert len(device.thingspeak.stored) >= 2
    assert "ThingSpeak: a reading was refused for good and is passed over" in device.lines
    assert upload_of(device)["dropped"] == device.journal.dropped == 1


def test_trouble_is_retried_with_longer_pauses_and_said():
    device = Device()
    device.fill(1)
    device.thingspeak.replies = [(0, b"", "timeout")] * 6
    device.upload(2000)
    times_s = device.thingspeak.times_s
    pauses_s = [later - earlier for earlier, later in zip(times_s, times_s[1:])]
    assert len(times_s) == 7 and pauses_s == sorted(pauses_s)
    assert "ThingSpeak: timeout" in device.lines
    assert device.journal.waiting() == 0


def test_a_dead_internet_is_said_once():
    device = Device()
    device.fill(1)
    device.thingspeak.replies = [(0, b"", "no_network")] * 50
    device.upload(100)
    assert len([line for line in device.lines if "no_network" in line]) == 1
    assert upload_of(device)["state"] == "offline"


def test_an_upload_waits_for_a_clock():
    for https in (True, False):
        device = Device(https=https)
        device.clock.known = False
        device.fill(1, stamped=False)
        device.upload(60)
        assert device.thingspeak.requests == []
        assert device.logger.problem() == "clock_unknown"
        device.clock.known = True
        device.upload(10)
        assert device.thingspeak.requests[0][0].startswith("https://" if https else "http://")
        assert device.thingspeak.stored == ["2026-11-22T20:05:03Z"]


def test_readings_whose_time_cannot_be_found_go_by_the_seconds_between_them():
    device = Device(channel_id=77)
    device.clock.place = lambda session, start_s: None  # so many sessions ago that it is forgotten
    device.fill(5, stamped=False, session=2)
    device.fill(3)
    device.upload(60)
    assert b'"delta_t"' in device.thingspeak.requests[0][1] and b"created_at" not in device.thingspeak.requests[0][1]
    assert b'"delta_t"' not in device.thingspeak.requests[1][1]
    assert len(device.thingspeak.stored) == 8


def test_sessions_that_power_ended_before_the_time_was_known_go_before_the_next_one_that_knows_it():
    device = Device(channel_id=77)
    device.fill(5, stamped=False, session=1)
    device.fill(3, stamped=False, session=2)
    device.fill(3, stamped=False)
    device.upload(60)
    assert b'"delta_t"' not in b"".join([body for _, body in device.thingspeak.requests])
    assert device.thingspeak.stored == sorted(set(device.thingspeak.stored)) and len(device.thingspeak.stored) == 11
    first_s = START_S - 1 - 2 * 60 - 1 - 4 * 60
    assert device.clock.placed == {1: first_s, 2: START_S - 1 - 2 * 60}
    assert device.thingspeak.stored[0] == iso(first_s)


def test_damaged_records_are_stepped_over_and_counted():
    device = Device(channel_id=77)
    device.fill(6)
    device.journal.readings[0] = device.journal.readings[3] = device.journal.readings[5] = None
    device.upload(60)
    assert len(device.thingspeak.stored) == 3
    assert (device.journal.waiting(), device.journal.damaged) == (0, 3)


def test_an_upload_waits_while_somebody_is_attended_to_whom_there_is_no_room_beside():
    device = Device()
    device.fill(1)
    device.is_roomy = False
    device.upload(10)
    assert [wanted for wanted, _ in device.rooms] == [ROOM_BYTES, ALL_BYTES, None]
    assert device.thingspeak.requests == [] and device.logger.problem() == "memory"
    device.is_roomy = True
    device.upload(60)
    assert device.journal.waiting() == 0 and device.logger.problem() is None


def test_no_upload_disturbs_a_trial():
    device = Device()
    device.fill(1)
    device.held = True
    device.upload(10)
    assert device.thingspeak.requests == [] and device.rooms == [], "the room that a trial has made stays made"
    device.held = False
    device.upload(10)
    assert len(device.thingspeak.requests) == 1


def test_a_lasting_shortage_has_its_code_and_ends_by_itself():
    device = Device()
    device.fill(1)
    send = device.thingspeak.send

    async def send_in_vain(request, deadline_s):
        return 0, b"", "memory"

    device.thingspeak.send = send_in_vain
    device.upload(10)
    state = upload_of(device)
    assert (device.logger.problem(), state["problem"], state["state"]) == ("memory", "memory", "error")
    device.thingspeak.send = send
    device.upload(60)
    assert device.journal.waiting() == 0
    assert (device.logger.problem(), upload_of(device)["problem"]) == (None, None)


def test_the_channel_that_was_learned_does_not_hurry_the_next_upload():
    device = Device()
    device.fill(3)
    device.upload(100)
    times_s = device.thingspeak.times_s
    assert device.journal.waiting() == 0
    assert min([later - earlier for earlier, later in zip(times_s, times_s[1:])]) >= 15


def test_settings_that_change_nothing_for_thingspeak_keep_its_pace():
    device = Device()
    device.fill(1)
    device.upload(3)
    device.fill(1)
    device.configure(name="Cellar")
    device.upload(10)
    assert len(device.thingspeak.requests) == 1


def test_a_time_that_becomes_doubtful_during_a_bulk_cuts_it_short():
    device = Device(channel_id=77)
    device.fill(40, stamped=False)
    send = device.thingspeak.send
    short = []

    async def send_in_doubt(request, deadline_s):
        body = iter(request[3])
        pieces = [next(body)]
        device.clock.known = False
        pieces += list(body)
        device.clock.known = True
        short.append(int(request[2]["Content-Length"]) - len(b"".join(pieces)))
        device.thingspeak.send = send
        return 0, b"", "timeout"

    device.thingspeak.send = send_in_doubt
    device.upload(60)
    assert short[0] > 0
    assert device.journal.waiting() == 0 and len(set(device.thingspeak.stored)) == 40


def test_after_a_clock_that_was_years_ahead_no_reading_searches_the_journal():
    device = Device()
    device.clock.step_s = 300 * 86400
    device.measure(130)
    device.clock.step_s = 0
    device.measure(70)
    walked = []
    walk = device.journal.walk
    device.journal.walk = lambda *where: walked.append(where) or walk(*where)
    device.measure(130)
    assert len(device.journal.readings) >= 6 and walked == []
