"""The time of day, once it is known, and an uptime that never wraps."""

import asyncio
import struct
import sys
import time

import hardware.clock
from core.on_demand import Borrowed
from core.reading import Reading
from core.timestamps import from_iso, stamped
from hardware.clock import Clock
from hardware.flash import remove

PATH = "sessions_test.json"
POWER_ON_S = 946684800  # the chip counts from 2000-01-01
NOW_S = 1795377903
YEAR_S = 366 * 86400


class Chip:
    """Stands for the modules `time` and `machine` of a chip whose clock runs through resets."""

    def __init__(self):
        self.now_s = POWER_ON_S
        self.moves = 0

    def time(self):
        return self.now_s

    def gmtime(self, seconds):
        return time.gmtime(seconds)

    def RTC(self):
        return self

    def datetime(self, parts):
        self.now_s = from_iso("%04d-%02d-%02dT%02d:%02d:%02d" % (parts[:3] + parts[4:7]))
        self.moves += 1


class Memory:
    """Memory that survives a reset."""

    def __init__(self):
        self.values = {}

    def get(self, name):
        return self.values.get(name, 0)

    def set(self, name, value):
        self.values[name] = value


class TimeServer:
    """Stands in for the background thread that asks NTP."""

    def __init__(self):
        self.answers = []

    def pause(self):
        """Of the device's server, which it is as well."""

    go_on = pause

    async def run(self, _):
        answer = self.answers.pop(0) if self.answers else OSError(110)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Board:
    """A board to switch on, run, reset and cut off."""

    def __init__(self):
        remove(PATH)
        self.cut_power()

    def cut_power(self):
        self.chip, self.memory = Chip(), Memory()
        self.reset()

    async def make_room(self, wanted):
        return True

    def reset(self):
        self.server = TimeServer()
        hardware.clock.time = sys.modules["machine"] = self.chip
        self.clock = Clock(self.memory, self.server, PATH)

    def run(self, seconds):
        self.chip.now_s += seconds


def offset(clock, session):
    """The Unix time of that session's power-on, or None."""
    return clock.starts[session][0] if session in clock.starts else None


def test_a_fresh_clock_knows_the_uptime_and_not_the_time():
    board = Board()
    board.run(10)
    assert board.clock.now() is None
    assert board.clock.uptime_s() == 10
    assert board.clock.source == "none"
    assert offset(board.clock, board.clock.session) is None


def test_setting_the_clock_does_not_move_the_uptime():
    board = Board()
    board.run(100)
    assert board.clock.set(NOW_S, "ntp")
    assert board.clock.now() == NOW_S
    assert board.clock.uptime_s() == 100
    board.run(50)
    assert board.clock.now() == NOW_S + 50
    assert board.clock.uptime_s() == 150


def test_readings_taken_before_get_their_time_afterwards():
    board = Board()
    board.run(100)
    taken_at_s, session = board.clock.uptime_s(), board.clock.session
    board.run(500)
    board.clock.set(NOW_S, "ntp")
    assert offset(board.clock, session) + taken_at_s == NOW_S - 500


def test_uptime_and_session_go_on_over_a_restart():
    board = Board()
    board.run(100)
    session = board.clock.session
    board.reset()
    board.run(20)
    assert board.clock.uptime_s() == 120
    assert board.clock.session == session
    board.clock.set(NOW_S, "ntp")
    board.reset()
    assert board.clock.now() == NOW_S
    assert board.clock.uptime_s() == 120
    assert board.clock.source == "ntp"


def test_a_power_cut_begins_a_new_session_and_forgets_the_time():
    board = Board()
    session = board.clock.session
    board.clock.set(NOW_S, "ntp")
    board.cut_power()
    assert board.clock.session == (session + 1) % 256
    assert board.clock.now() is None
    assert board.clock.uptime_s() == 0
    assert offset(board.clock, session) == NOW_S


def test_the_last_sixteen_sessions_are_remembered():
    board = Board()
    sessions = []
    for number in range(300):
        sessions.append(board.clock.session)
        board.clock.set(NOW_S + number, "ntp")
        board.cut_power()
    for age in range(1, 16):
        assert offset(board.clock, sessions[-age]) == NOW_S + 300 - age
    assert offset(board.clock, sessions[-40]) is None


def test_a_session_that_was_given_its_time_later_keeps_it():
    board = Board()
    session = board.clock.session
    board.cut_power()
    board.clock.set(NOW_S, "ntp")
    board.clock.place(session, NOW_S - 500)
    board.cut_power()
    assert offset(board.clock, session) == NOW_S - 500
    assert board.clock.now() is None


def test_a_session_that_never_knew_the_time_stays_unknown_when_its_number_returns():
    board = Board()
    board.clock.set(NOW_S, "ntp")
    session = board.clock.session
    for _ in range(256):
        board.cut_power()
    assert board.clock.session == session
    assert offset(board.clock, session) is None


def test_uptime_counts_on_for_years():
    board = Board()
    board.clock.set(NOW_S, "ntp")
    board.run(5 * YEAR_S)
    assert board.clock.uptime_s() == 5 * YEAR_S
    board.reset()
    assert board.clock.uptime_s() == 5 * YEAR_S


def test_implausible_times_are_refused():
    board = Board()
    for unix_s in (0, 946684800, 1700000000, 4200000000, -1):
        assert not board.clock.set(unix_s, "ntp"), unix_s
    assert board.clock.now() is None


def test_a_better_source_corrects_a_worse_one_and_not_the_other_way_round():
    board = Board()
    assert board.clock.set(NOW_S + 1000, "server")
    assert board.clock.set(NOW_S + 500, "phone")
    assert board.clock.set(NOW_S, "ntp")
    assert not board.clock.set(NOW_S + 500, "phone")
    assert not board.clock.set(NOW_S + 1000, "server")
    assert (board.clock.now(), board.clock.source) == (NOW_S, "ntp")
    assert offset(board.clock, board.clock.session) == NOW_S


def test_a_reading_keeps_its_time_when_a_better_source_says_almost_the_same():
    board = Board()
    board.run(100)
    board.clock.set(NOW_S, "server")
    before_s = offset(board.clock, board.clock.session)
    board.clock.set(NOW_S + 2, "ntp")  # a reading from before may be in the channel already, its yes lost on the way
    assert offset(board.clock, board.clock.session) == before_s
    assert (board.clock.now(), board.clock.source) == (NOW_S + 2, "ntp")


def test_a_reading_keeps_its_time_while_the_clock_is_corrected_daily():
    board = Board()
    board.clock.set(NOW_S, "ntp")
    start_s = offset(board.clock, board.clock.session)
    for day in range(1, 30):
        board.run(86400)
        board.clock.set(NOW_S + day * 86400 + day, "ntp")
    assert offset(board.clock, board.clock.session) == start_s
    assert board.clock.now() == NOW_S + 29 * 86400 + 29


def test_a_damaged_file_of_sessions_does_not_stop_the_start():
    for damage in (
        "", "{", "[]", "[1]", '["x", []]', "[3, [[1]]]", "null", '{"a": 1}', "[3, [[1, null, 9, []]]]", '[3, [["x", 1, 2]]]', "[1e999, []]",
    ):  # fmt: skip
        board = Board()
        with open(PATH, "w") as file:
            file.write(damage)
        board.cut_power()
        assert board.clock.uptime_s() == 0, damage
        assert 0 <= board.clock.session < 256, damage


def test_memory_that_makes_no_sense_begins_a_new_session():
    board = Board()
    board.memory.set("uptime_base_s", NOW_S)
    board.reset()
    assert board.clock.uptime_s() == 0


def test_a_time_server_that_does_not_answer_is_no_drama():
    board = Board()
    board.server.answers = [OSError(110), ValueError("buffer too small"), 12345, NOW_S]  # the second: half an answer
    for _ in range(2):
        assert asyncio.run(board.clock.synchronise()) is False
    assert asyncio.run(board.clock.synchronise()) is False
    assert board.clock.now() is None
    assert asyncio.run(board.clock.synchronise()) is True
    assert (board.clock.now(), board.clock.source) == (NOW_S, "ntp")


def keep(board, seconds, web=None):
    """Let the clock be kept for that long. Returns the uptimes at which a time server was asked, and those for the web server."""
    until_s = board.clock.uptime_s() + seconds
    asked_ntp, asked_web = [], []
    answer = board.server.run

    async def run(function):
        asked_ntp.append(board.clock.uptime_s())
        return await answer(function)

    async def send(request, deadline_s):
        asked_web.append(board.clock.uptime_s())
        board.clock.set(web and web() or 0, "server")

    board.send, board.server.run = send, run
    while board.clock.uptime_s() < until_s:
        if board.clock.due_s <= board.clock.uptime_s():
            with Borrowed():
                from hardware.time_sources import ask
            asyncio.run(ask(board))
        board.run(4)
    board.server.run = answer
    return asked_ntp, asked_web


class World:
    """The true time, which passes with the uptime, and a time server that is wrong by `ntp_s`."""

    def __init__(self, board, ntp_s=0):
        self.board, self.ntp_s = board, ntp_s
        self.began_s = board.clock.uptime_s()
        board.server.answers = self  # it never runs out

    def __bool__(self):
        return True

    def pop(self, _):
        return self.now() + self.ntp_s

    def now(self):
        return NOW_S + self.board.clock.uptime_s() - self.began_s


def test_without_a_time_server_the_date_of_a_web_server_has_to_do():
    board = Board()
    world = World(board)
    board.server.answers = []
    _, asked_web = keep(board, 20, world.now)
    assert (board.clock.now(), board.clock.source, len(asked_web)) == (world.now(), "server", 1)


def test_the_time_server_is_asked_soon_again_until_it_answers_and_then_daily():
    board = Board()
    board.server.answers = [OSError(110), OSError(110), NOW_S, NOW_S + 1, OSError(110)]
    asked_ntp, _ = keep(board, 3 * 86400)
    pauses_s = [later - earlier for earlier, later in zip(asked_ntp, asked_ntp[1:])]
    assert pauses_s[:5] == [4, 8, 86400, 86400, 3600], pauses_s


class Sockets:
    """Stands for the module `socket`: one socket, and the time server's `reply`, None for no answer."""

    AF_INET = SOCK_DGRAM = 2

    def __init__(self, reply):
        self.reply, self.sent, self.is_open = reply, [], False

    def socket(self, *_):
        self.is_open = True
        return self

    def getaddrinfo(self, name, port):
        return [(2, 2, 0, "", (name, port))]

    def settimeout(self, seconds):
        assert 0 < seconds < 10

    def sendto(self, question, address):
        self.sent.append((question, address))

    def recv(self, size):
        if self.reply is None:
            raise OSError(110)
        return self.reply[:size]

    def close(self):
        self.is_open = False


def asked(reply):
    """What `ask_server` returns, or the type of what it raises."""
    with Borrowed():
        from hardware import time_sources

    time_sources.socket = sockets = Sockets(reply)
    try:
        return time_sources.ask_server()
    except (OSError, ValueError) as failure:
        return type(failure)
    finally:
        assert not sockets.is_open and sockets.sent == [(b"\x1b" + bytes(47), ("pool.ntp.org", 123))]


def test_a_time_server_is_believed_only_where_it_knows_the_time():
    def reply(first=0x24, stratum=2, seconds=NOW_S + 2208988800):
        return bytes((first, stratum)) + bytes(38) + struct.pack("!II", seconds, 0)

    for content, found in (
        (reply(), NOW_S),
        (reply(0x1C, 15), NOW_S),
        (reply(seconds=5), 2085978501),  # 2036-02-07: the count has begun anew
        (reply(seconds=0), ValueError),
        (reply(stratum=0), ValueError),  # told to stay away
        (reply(stratum=16), ValueError),
        (reply(0xE4), ValueError),  # not synchronised
        (reply()[:47], ValueError),
        (b"", ValueError),
        (None, OSError),
    ):
        assert asked(content) is found or asked(content) == found, (content, found)


def test_a_time_server_that_is_wrong_is_found_out_and_what_it_stamped_is_mended():
    board = Board()
    world = World(board, 5 * YEAR_S)
    keep(board, 60)  # no web server yet
    clock = board.clock
    assert (clock.now() - world.now(), clock.source) == (5 * YEAR_S, "ntp")
    reading = Reading(clock.now(), clock.uptime_s(), clock.session, 20, 50, 0)
    clock.set(world.now(), "server")  # with the first upload
    assert (clock.now(), clock.source, offset(clock, clock.session)) == (None, "doubtful", None)
    assert stamped(reading, clock).time_s is None
    began_s = clock.uptime_s()
    asked_ntp, _ = keep(board, 2000, world.now)
    assert asked_ntp[0] - began_s <= 60 and max([later - earlier for earlier, later in zip(asked_ntp, asked_ntp[1:])]) <= 64
    assert clock.now() is None, "both stay at it"
    world.ntp_s = 0
    keep(board, 300, world.now)
    assert (clock.now(), clock.source) == (world.now(), "ntp")
    assert stamped(reading, clock).time_s == NOW_S + reading.uptime_s - world.began_s
    board.cut_power()
    board.clock.set(world.now() + 7200, "ntp")
    assert stamped(reading, board.clock).time_s == NOW_S + reading.uptime_s, "it is known on flash"


def test_a_phone_that_is_years_off_gives_way_to_a_time_server_that_stays_at_it():
    for phone_s in (NOW_S - 6 * 366 * 86400 // 4, NOW_S + 9 * YEAR_S):
        board = Board()
        assert board.clock.set(phone_s, "phone")
        reading = Reading(phone_s + 30, 30, board.clock.session, 20, 50, 0)
        board.run(60)
        world = World(board)
        keep(board, 1000)
        assert (board.clock.now(), board.clock.source) == (world.now(), "ntp")
        assert abs(stamped(reading, board.clock).time_s - (NOW_S - 30)) <= 2
        board.run(86400)
        keep(board, 100)
        assert board.clock.now() == world.now(), "the phone is not asked again"


def test_a_doubt_outlasts_a_restart_and_ends_when_two_agree():
    board = Board()
    board.clock.set(NOW_S + 5 * YEAR_S, "ntp")
    board.run(60)
    board.clock.set(NOW_S + 60, "server")
    board.reset()
    assert (board.clock.now(), board.clock.source) == (None, "doubtful")
    assert not board.clock.set(NOW_S + 60, "server")
    assert board.clock.set(NOW_S + 60, "phone")
    assert (board.clock.now(), board.clock.source) == (NOW_S + 60, "phone")
    assert board.clock.starts[board.clock.session][2] == (NOW_S + 5 * YEAR_S,)


def test_a_doubt_that_was_unfounded_leaves_every_stamp_as_it_was():
    board = Board()
    world = World(board)
    keep(board, 60)
    start_s = offset(board.clock, board.clock.session)
    board.clock.set(NOW_S - 3 * YEAR_S // 2, "server")  # a login page's own clock
    assert board.clock.source == "doubtful"
    keep(board, 200, world.now)
    assert (board.clock.now(), offset(board.clock, board.clock.session)) == (world.now(), start_s)
    assert board.clock.starts[board.clock.session][2] == ()


def test_a_time_that_earlier_sessions_speak_against_needs_a_second_voice():
    for wrong_s in (NOW_S - 200 * 86400, NOW_S + 3 * YEAR_S):
        board = Board()
        board.clock.newest_s = NOW_S - 1000
        assert not board.clock.set(wrong_s, "ntp")
        assert board.clock.now() is None
        assert board.clock.set(NOW_S, "server"), "this one fits"
        assert not board.clock.set(wrong_s, "ntp")
        assert (board.clock.now(), board.clock.source) == (NOW_S, "server")
    board = Board()
    board.clock.set(NOW_S, "ntp")
    board.cut_power()
    assert board.clock.newest_s == NOW_S, "the sessions know it, too"
    later_s = NOW_S + 3 * YEAR_S  # in a drawer
    assert not board.clock.set(later_s, "ntp")
    board.run(250)
    assert board.clock.set(later_s + 250, "ntp")
    assert board.clock.now() == later_s + 250


WRONG_S = NOW_S + 10 * YEAR_S


def believed(told, newest_s=None):
    """(who the clock is set by, the power-on it has) after the sources told (uptime, source, power-on) one after another."""
    board = Board()
    clock = board.clock
    clock.newest_s = newest_s
    for uptime_s, source, start_s in told:
        board.run(uptime_s - clock.uptime_s())
        clock.set(start_s + uptime_s, source)
    return clock.source, clock.now() and clock.now() - clock.uptime_s()


def test_whom_to_believe():
    for told, expected in (
        # the first to speak, as nothing speaks against it
        ([(5, "ntp", NOW_S)], ("ntp", NOW_S)),
        ([(5, "ntp", NOW_S), (6, "server", NOW_S + 40000)], ("ntp", NOW_S)),
        # two that contradict each other, until a third or a second word of one of them
        ([(5, "ntp", WRONG_S), (60, "server", NOW_S)], ("doubtful", None)),
        ([(5, "ntp", WRONG_S), (60, "server", NOW_S), (200, "ntp", NOW_S)], ("ntp", NOW_S)),
        ([(5, "phone", WRONG_S), (60, "ntp", NOW_S), (61, "server", NOW_S)], ("server", NOW_S)),
        ([(5, "ntp", WRONG_S), (60, "server", NOW_S), (61, "phone", NOW_S + 9)], ("phone", NOW_S + 9)),
        # one that stays at it while the other is silent
        ([(5, "phone", WRONG_S), (60, "ntp", NOW_S), (200, "ntp", NOW_S)], ("doubtful", None)),
        ([(5, "phone", WRONG_S), (60, "ntp", NOW_S), (200, "ntp", NOW_S), (340, "ntp", NOW_S)], ("ntp", NOW_S)),
        # both stay at it: nobody is believed
        ([(s, "server", NOW_S) if s % 2 else (s, "ntp", WRONG_S) for s in range(6, 4000, 71)], ("doubtful", None)),
        # a second opinion that was itself mistaken once
        ([(5, "ntp", NOW_S), (60, "server", WRONG_S), (200, "ntp", NOW_S), (201, "server", NOW_S)], ("server", NOW_S)),
        # one that changes its mind has to say it twice
        ([(5, "ntp", NOW_S), (60, "ntp", WRONG_S)], ("doubtful", None)),
        ([(5, "ntp", NOW_S), (60, "ntp", WRONG_S), (120, "ntp", NOW_S)], ("ntp", NOW_S)),
    ):
        assert believed(told) == expected, told


def test_what_earlier_sessions_know_is_held_against_it():
    drawer_s = NOW_S + 800 * 86400
    for told, expected in (
        ([(5, "ntp", NOW_S)], ("ntp", NOW_S)),
        ([(5, "ntp", WRONG_S)], ("none", None)),
        ([(5, "ntp", NOW_S - 2000000)], ("none", None)),
        ([(5, "ntp", WRONG_S), (6, "server", NOW_S)], ("server", NOW_S)),  # the journal seconds it
        ([(5, "server", NOW_S), (6, "ntp", WRONG_S)], ("server", NOW_S)),
        ([(5, "server", NOW_S), (6, "ntp", WRONG_S), (3000, "ntp", WRONG_S)], ("server", NOW_S)),
        # two years in a drawer
        ([(5, "ntp", drawer_s), (6, "server", drawer_s)], ("server", drawer_s)),
        ([(5, "ntp", drawer_s), (60, "ntp", drawer_s)], ("none", None)),
        ([(5, "ntp", drawer_s), (250, "ntp", drawer_s)], ("ntp", drawer_s)),
    ):
        assert believed(told, NOW_S - 3600) == expected, told


def test_an_upload_that_tells_the_time_it_is_changes_nothing():
    board = Board()
    board.clock.set(NOW_S, "server")
    moves = board.chip.moves
    for _ in range(100):
        board.run(60)
        assert board.clock.set(board.clock.now() + 1, "server")
    assert board.chip.moves == moves
