"""The set-up mode on a device of small fakes: how long it lasts."""

import asyncio
import sys

from hardware import hotspot

real_sleep = asyncio.sleep


class Device:
    """In set-up mode. `happens` is called at each step of time with the device and the second."""

    pattern = None
    answered = 0
    held = False
    restarted_at_s = None

    def __init__(self, settings, happens):
        self.settings, self.happens = settings, happens
        self.wifi = self.server = self
        self.now_s = 0

    def hotspot_address(self):
        return "192.168.4.1"

    def restart_soon(self, reason):
        self.restarted_at_s = self.now_s


class Radio:
    """Stands for hardware/radio.py."""

    @staticmethod
    async def scan(wifi):
        pass


def lasts(happens, settings="those of before", limit_s=20000):
    """For how many seconds set-up mode lasts; None: for ever."""
    device = Device(settings, happens)

    async def sleep(pause_s):
        if device.now_s > limit_s:
            raise StopIteration  # enough seen
        device.now_s += pause_s
        device.happens(device, device.now_s)

    real_radio, real_open = sys.modules.get("hardware.radio"), hotspot.open_hotspot
    sys.modules["hardware.radio"], asyncio.sleep, hotspot.open_hotspot = Radio, sleep, lambda device: None
    try:
        asyncio.run(hotspot.set_up(device))
    except (StopIteration, RuntimeError):  # CPython makes the one the other
        pass
    finally:
        asyncio.sleep, hotspot.open_hotspot = real_sleep, real_open
        del sys.modules["hardware.radio"]
        if real_radio:
            sys.modules["hardware.radio"] = real_radio
    return device.restarted_at_s


def nothing(device, now_s):
    pass


def ask(device, now_s):
    device.answered += 1


def test_a_device_with_settings_goes_home_when_nobody_asks_for_anything():
    assert 900 <= lasts(nothing) <= 960


def test_whoever_asks_for_a_page_is_given_time():
    def ask_for_a_while(device, now_s):
        device.answered += now_s <= 1200

    assert 2100 <= lasts(ask_for_a_while) <= 2160


def test_a_phone_that_asks_for_ever_keeps_no_device_from_its_work():
    assert 3600 <= lasts(ask) <= 3660


def test_a_new_device_waits_for_ever():
    assert lasts(nothing, settings=None) is None


def test_a_trial_is_waited_for():
    def ask_and_try(device, now_s):
        device.answered += 1
        device.held = 3500 <= now_s < 3800

    assert 3800 <= lasts(ask_and_try) <= 3810
