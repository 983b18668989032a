"""The time of day, once it is known, and an uptime that never wraps."""

import asyncio

from hardware.clock import Clock
from hardware.flash import remove

PATH = "sessions_test.json"
POWER_ON_S = 946684800  # the chip counts from 2000-01-01
NOW_S = 1795377903
YEAR_S = 366 * 86400


class Chip:
    """A clock that runs through resets."""

    def __init__(self):
        self.now_s = POWER_ON_S

    def seconds(self):
        return self.now_s

    def set_seconds(self, unix_s):
        self.now_s = unix_s

    def from_time_server(self):
        raise AssertionError("only the background may ask")


class Memory:
    """Memory that survives a reset."""

    def __init__(self):
        self.values = {}

    def get(self, name):
        return self.values.get(name, 0)

    def set(self, name, value):
        self.values[name] = value


class Board:
    """A board to switch on, run, reset and cut off."""

    def __init__(self):
        remove(PATH)
        self.cut_power()

    def cut_power(self):
        self.chip, self.memory = Chip(), Memory()
        self.reset()

    def reset(self):
        self.clock = Clock(self.memory, PATH, self.chip)

    def run(self, seconds):
        self.chip.now_s += seconds


def test_a_fresh_clock_knows_the_uptime_and_not_the_time():
    board = Board()
    board.run(10)
    assert board.clock.now() is None
    assert board.clock.uptime_s() == 10
    assert board.clock.source == "none"
    assert board.clock.offset(board.clock.session) is None


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
    assert board.clock.offset(session) + taken_at_s == NOW_S - 500


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
    assert board.clock.offset(session) == NOW_S


def test_the_last_sixteen_sessions_are_remembered():
    board = Board()
    sessions = []
    for number in range(300):
        sessions.append(board.clock.session)
        board.clock.set(NOW_S + number, "ntp")
        board.cut_power()
    for age in range(1, 16):
        assert board.clock.offset(sessions[-age]) == NOW_S + 300 - age
    assert board.clock.offset(sessions[-40]) is None


def test_a_session_that_was_given_its_time_later_keeps_it():
    board = Board()
    session = board.clock.session
    board.cut_power()
    board.clock.set(NOW_S, "ntp")
    board.clock.place(session, NOW_S - 500)
    board.cut_power()
    assert board.clock.offset(session) == NOW_S - 500
    assert board.clock.now() is None


def test_a_session_that_never_knew_the_time_stays_unknown_when_its_number_returns():
    board = Board()
    board.clock.set(NOW_S, "ntp")
    session = board.clock.session
    for _ in range(256):
        board.cut_power()
    assert board.clock.session == session
    assert board.clock.offset(session) is None


def test_uptime_counts_on_for_years():
    board = Board()
    board.clock.set(NOW_S, "ntp")
    board.run(5 * YEAR_S)
    assert board.clock.uptime_s() == 5 * YEAR_S
    board.reset()
    assert board.clock.uptime_s() == 5 * YEAR_S


def test_implausible_times_are_refused():
    board = Board()
    for unix_s in (0, 946684800, 1700000000, 4200000000, -1, 2085978496):  # the last is an NTP reply of zero, as stock ntptime reads it
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
    assert board.clock.offset(board.clock.session) == NOW_S


def test_a_reading_keeps_its_time_when_a_better_source_says_almost_the_same():
    board = Board()
    board.run(100)
    board.clock.set(NOW_S, "server")
    before_s = board.clock.offset(board.clock.session)
    board.clock.set(NOW_S + 2, "ntp")  # a reading from before may be in the channel already, its yes lost on the way
    assert board.clock.offset(board.clock.session) == before_s
    assert (board.clock.now(), board.clock.source) == (NOW_S + 2, "ntp")


def test_a_reading_keeps_its_time_while_the_clock_is_corrected_daily():
    board = Board()
    board.clock.set(NOW_S, "ntp")
    start_s = board.clock.offset(board.clock.session)
    for day in range(1, 30):
        board.run(86400)
        board.clock.set(NOW_S + day * 86400 + day, "ntp")
    assert board.clock.offset(board.clock.session) == start_s
    assert board.clock.now() == NOW_S + 29 * 86400 + 29


def test_a_damaged_file_of_sessions_does_not_stop_the_start():
    for damage in ("", "{", "[]", "[1]", '["x", []]', "[3, [[1]]]", "null", '{"a": 1}'):
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


class TimeServer:
    """Stands in for the background thread that asks NTP."""

    def __init__(self, *answers):
        self.answers = list(answers)

    async def run(self, _):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_time_server_that_does_not_answer_is_no_drama():
    board = Board()
    assert asyncio.run(board.clock.synchronise(TimeServer(OSError(110)))) is False
    assert asyncio.run(board.clock.synchronise(TimeServer(12345))) is False
    assert board.clock.now() is None
    assert asyncio.run(board.clock.synchronise(TimeServer(NOW_S))) is True
    assert (board.clock.now(), board.clock.source) == (NOW_S, "ntp")


def test_without_a_time_server_the_date_of_a_web_server_has_to_do():
    board = Board()
    asked = []

    async def server_time():
        asked.append(1)
        return NOW_S

    async def keep_for_a_moment():
        keeping = asyncio.create_task(board.clock.keep(TimeServer(OSError(110)), server_time))
        for _ in range(5):
            await asyncio.sleep(0)
        keeping.cancel()

    asyncio.run(keep_for_a_moment())
    assert (board.clock.now(), board.clock.source, len(asked)) == (NOW_S, "server", 1)


class Enough(Exception):
    """The test has seen what it wanted."""


def test_the_time_server_is_asked_soon_again_until_it_answers_and_then_daily():
    board, pauses, real_sleep = Board(), [], asyncio.sleep

    async def nobody():
        return None

    async def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 5:
            raise Enough

    asyncio.sleep = sleep
    try:
        asyncio.run(board.clock.keep(TimeServer(OSError(110), OSError(110), NOW_S, NOW_S + 1, OSError(110)), nobody))
        raise AssertionError("it is kept for ever")
    except Enough:
        pass
    finally:
        asyncio.sleep = real_sleep
    assert pauses == [4, 8, 86400, 86400, 4]
