"""The LED and the button on pins that remember, with time that moves by a tenth of a second at each look."""

import asyncio
import sys


class Pin:
    IN, OUT, PULL_UP = 0, 1, 2

    def __init__(self, number, mode, pull=None, value=None):
        self.device = Device.current
        if mode == Pin.OUT:
            self.device.levels = [value]

    def value(self, level=None):
        if level is not None:
            self.device.levels.append(int(level))
        else:
            return 0 if self.device.pressed() else 1


class Machine:
    Pin = Pin


class Board:
    LED_PIN, LED_LIT, BUTTON_PIN = 2, 1, 0


sys.modules["machine"], _real = Machine, sys.modules.get("machine")
from hardware import indicator  # noqa: E402

indicator.Pin = Pin
if _real:
    sys.modules["machine"] = _real
else:
    del sys.modules["machine"]


class Device:
    """steps: (whether the button is held, seconds) one after the other; afterwards it ends."""

    current = None

    def __init__(self, *steps, pattern="ok", lit=1):
        self.board = Board()
        self.board.LED_LIT = lit
        self.pattern = pattern
        self.looks = []
        for held, seconds in steps:
            self.looks += [held] * int(seconds * 10)
        self.asked = []
        self.clock = self.thermometer = self.memory = self
        self.reads = self.tenths = 0

    def uptime_s(self):
        self.tenths += 1
        return self.tenths / 10

    def pressed(self):
        if not self.looks:
            raise StopIteration  # enough seen
        return self.looks.pop(0)

    def set(self, name, value):
        self.asked.append((name, value))

    def restart_soon(self, *why):
        self.asked.append(why)


async def at_once(seconds):
    pass


def run(device):
    """What it asked for."""
    Device.current = device

    async def watch():
        try:
            await indicator.run(device)
        except (StopIteration, RuntimeError):  # CPython makes the one the other
            pass

    real, asyncio.sleep = asyncio.sleep, at_once
    try:
        asyncio.run(watch())
    finally:
        asyncio.sleep = real
    return device.asked


def shown(pattern, seconds=4):
    """The levels of the LED, a tenth of a second each."""
    device = Device((False, seconds), pattern=pattern)
    run(device)
    return device.levels[1:]


def test_a_pattern_goes_on_and_off_over_and_over():
    assert shown("joining", 1) == [1, 1, 0, 0, 1, 1, 0, 0, 1, 1]
    assert shown("hotspot") == ([1] * 10 + [0] * 10) * 2


def test_an_led_wired_the_other_way_round():
    device = Device((False, 0.4), pattern="joining", lit=0)
    run(device)
    assert device.levels == [1, 0, 0, 1, 1]


def test_each_reading_blinks_once_while_all_is_well():
    device = Device((False, 1), pattern="ok")
    look = device.pressed

    def pressed():
        device.reads += len(device.looks) == 6
        return look()

    device.pressed = pressed
    run(device)
    assert sum(device.levels) == 1


def test_patterns_can_be_told_apart():
    seen = [shown(pattern) for pattern in indicator.PATTERNS]
    assert len(seen) == 7
    assert all(one not in seen[:place] for place, one in enumerate(seen))


def test_a_tap_asks_for_nothing():
    assert run(Device((False, 0.2), (True, 1), (False, 1))) == []


SETUP = [("setup_wanted", 1), ("set-up was asked for",)]
ERASED = [("erased", "everything")]


def test_three_seconds_ask_for_set_up_when_let_go():
    assert run(Device((False, 0.2), (True, 4), (False, 1))) == SETUP
    assert run(Device((False, 0.2), (True, 4))) == []


def test_ten_seconds_ask_for_erasing_once():
    assert run(Device((False, 0.2), (True, 30), (False, 1))) == ERASED


def test_two_short_presses_are_not_one_long():
    assert run(Device((False, 0.2), (True, 2), (False, 0.2), (True, 2), (False, 1))) == []


def test_a_button_that_is_down_from_the_start_is_ignored_until_let_go():
    assert run(Device((True, 30), (False, 1))) == []
    assert run(Device((True, 30), (False, 0.2), (True, 4), (False, 1))) == SETUP


def test_the_led_tells_what_is_asked_for_while_the_button_is_held():
    device = Device((False, 0.2), (True, 12), (False, 1))
    run(device)
    assert device.levels[3:30] == [0] * 27 and device.levels[45:49] in ([0, 1, 0, 1], [1, 0, 1, 0])
    assert device.levels[105:120] == [1] * 15 and device.levels[-5:] == [0] * 5
