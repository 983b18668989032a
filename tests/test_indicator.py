import asyncio
import sys


class Machine:
    """What hardware/indicator.py uses of the module machine: pins that remember their levels."""

    class Pin:
        IN, OUT, PULL_UP = 0, 1, 2
        level = 1

        def __init__(self, pin, mode, pull=None, value=None):
            self.levels = [] if value is None else [value]

        def value(self, level=None):
            if level is None:
                return Machine.Pin.level
            self.levels.append(level)


def indicator():
    before = sys.modules.get("machine")
    sys.modules["machine"] = Machine
    from hardware import indicator

    if before:
        sys.modules["machine"] = before
    else:
        del sys.modules["machine"]
    indicator.Pin = Machine.Pin
    return indicator


def shown(light, seconds, measured=False):
    async def run():
        event = asyncio.Event()
        task = asyncio.create_task(light.run(event))
        await asyncio.sleep(0.01)
        if measured:
            event.set()
            event.clear()
        await asyncio.sleep(seconds)
        task.cancel()

    asyncio.run(run())
    return light._pin.levels


def test_the_led_is_dark_at_first():
    assert indicator().Indicator(2)._pin.levels == [0]


def test_a_pattern_goes_on_and_off():
    light = indicator().Indicator(2)
    light.show("holding_setup")
    levels = shown(light, 0.35)
    assert levels[:4] == [0, 1, 0, 1]


def test_an_led_wired_the_other_way_round():
    light = indicator().Indicator(2, lit=0)
    light.show("holding_setup")
    assert shown(light, 0.15)[:3] == [1, 0, 1]


def test_a_reading_blinks_while_all_is_well():
    light = indicator().Indicator(2)
    light.show("ok")
    assert shown(light, 0.2, measured=True)[-2:] == [1, 0]


def test_every_pattern_takes_time():
    for name, seconds in indicator().PATTERNS.items():
        assert sum(seconds) > 0 and len(seconds) % 2 == 0, name


def test_patterns_can_be_told_apart():
    lit = [seconds for seconds in indicator().PATTERNS.values() if seconds[0]]
    assert len(lit) > 4 and len(set(lit)) == len(lit)


def test_the_button_is_pressed_while_its_pin_is_low():
    button = indicator().Button(0)
    Machine.Pin.level = 1
    assert not button.pressed()
    Machine.Pin.level = 0
    assert button.pressed()


class Device:
    """What a button that is held does to the device; the clock jumps a second at each look."""

    def __init__(self, light):
        self.indicator = light
        self.clock = self
        self.asked = []
        self.now_s = 0

    def uptime_s(self):
        self.now_s += 1
        return self.now_s

    def ask(self, what):
        self.asked.append(what)


def test_holding_the_button_shows_and_asks():
    module = indicator()
    module.LOOK_S = 0.001
    levels = [1] * 2 + [0] * 6 + [1] * 3
    light = module.Indicator(2)
    light.show("ok")
    device = Device(light)
    seen = []

    class Pin:
        def value(self):
            seen.append(light.pattern)
            return levels.pop(0) if levels else 1

    button = module.Button(0)
    button._pin = Pin()

    async def run():
        task = asyncio.create_task(button.watch(device))
        while len(seen) < 15:
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(run())
    assert device.asked == ["setup"]
    assert "holding_setup" in seen and light.pattern == "ok"
