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


def shown(light, seconds, then=None):
    async def run():
        task = asyncio.create_task(light.run())
        await asyncio.sleep(seconds)
        if then:
            await then
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
    assert shown(light, 0.01, light.blink())[-2:] == [1, 0]


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
