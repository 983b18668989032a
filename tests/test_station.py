"""The station on a device of small fakes: when the hotspot opens and closes, when retries come and when they pause."""

import asyncio
import sys

import station
from fake_device import Memory
from hardware import hotspot


class SettingsStore:
    """Stands for the module."""

    good = False

    @staticmethod
    def are_good():
        return SettingsStore.good

    @staticmethod
    def mark_good():
        SettingsStore.good = True


class Hotspot:
    """Stands for the module."""

    @staticmethod
    def open_hotspot(device):
        device.hotspot = True
        device.log("open")

    @staticmethod
    def close_hotspot(device):
        device.hotspot = None
        device.log("closed")


class Wifi:
    held = False
    losses = resets = 0
    hotspot_is = "192.168.4.1"
    heard_dbm, best_dbm = -60, -60
    mac = b"\0"

    def __init__(self, *verdicts):
        self.verdicts = list(verdicts)  # of the joins to come; the last one for ever
        self.joined = False
        self.joins, self.looks = [], []
        self.station = self
        self.off_at_s = []

    def active(self, on):
        assert on is False, "joining switches it on"
        self.off_at_s.append(int(Device.now_s))

    def connected(self):
        return self.joined

    def address(self):
        return "192.168.1.57"

    def hotspot_address(self):
        return self.hotspot_is

    def rssi_dbm(self):
        return self.heard_dbm

    async def join(self, settings, if_better=False):
        if if_better:
            self.looks.append(int(Device.now_s))
            if self.best_dbm < self.heard_dbm + 8:
                return "kept"
        await real_sleep(0)
        verdict = self.verdicts.pop(0) if len(self.verdicts) > 1 else self.verdicts[0]
        self.joins.append((settings, int(Device.now_s)))
        if verdict == "memory":
            raise MemoryError
        self.joined = verdict == "joined"
        return verdict


class Device:
    """In station mode. `happens` is called at each step of time with the device and the second."""

    now_s = 0
    settings = {"ssid": b"Home", "password": "correct horse", "networks": [(b"B", "")], "country": "DE"}
    hotspot = None
    answered = holds = 0  # holds: room that was made and not given back
    idle_s = 1000
    restart_at_s = None

    def __init__(self, *verdicts, happens=lambda device, now_s: None, good=False):
        Device.now_s = 0
        SettingsStore.good = good
        self.clock = self.server = self.logger = self.board = self
        self.memory, self.delivery = Memory(), {"unkept": None}
        self.wifi = Wifi(*verdicts)
        self.happens = happens
        self.said, self.said_at_s, self.patterns = [], [], []
        self.code = None

    def uptime_s(self):
        return int(Device.now_s)

    def problem(self):
        return self.code

    def url(self, address):
        return "http://%s/" % address

    def log(self, sentence):
        self.said.append(sentence)
        self.said_at_s.append(int(Device.now_s))

    async def make_room(self, wanted):
        return True

    def pause(self):
        self.holds += 1

    def go_on(self):
        self.holds -= 1

    def restart_soon(self, reason):
        self.restart_at_s, self.reason = self.restart_at_s or int(Device.now_s), reason


real_sleep = asyncio.sleep


def run(device, seconds):
    """The station of `device` for so many seconds. Time moves when everybody sleeps."""
    names = {"hardware.settings_store": SettingsStore}
    before = {name: sys.modules.get(name) for name in names}
    sys.modules.update(names)

    async def sleep(pause_s):
        ends_s = Device.now_s + pause_s
        while Device.now_s < ends_s:
            await real_sleep(0)

    async def live():
        task = asyncio.create_task(station.stay(device))
        while Device.now_s < seconds:
            for _ in range(4):
                await real_sleep(0)
            Device.now_s += 0.5
            device.happens(device, Device.now_s)
            pattern = getattr(device, "pattern", None)
            if device.patterns[-1:] != [pattern]:
                device.patterns.append(pattern)
        task.cancel()

    opens, closes = hotspot.open_hotspot, hotspot.close_hotspot
    asyncio.sleep, hotspot.open_hotspot, hotspot.close_hotspot = sleep, Hotspot.open_hotspot, Hotspot.close_hotspot
    try:
        asyncio.run(live())
    finally:
        asyncio.sleep, hotspot.open_hotspot, hotspot.close_hotspot = real_sleep, opens, closes
        for name in names:
            sys.modules.pop(name, None)
            if before[name]:
                sys.modules[name] = before[name]
    return device


def test_once_joined_nothing_more_is_tried_and_the_settings_are_good():
    device = run(Device("joined"), 100)
    assert [settings for settings, _ in device.wifi.joins] == [device.settings]
    assert device.said == ["The readings are at http://192.168.1.57/readings"]
    assert SettingsStore.good and device.pattern == "ok" and device.wifi.losses == 0


def test_it_is_tried_again_longer_and_longer_apart():
    device = run(Device("wrong_password", "wrong_password", "not_found", "weak_signal", "joined"), 60)
    times = [at_s for _, at_s in device.wifi.joins]
    assert len(times) == 5 and times[1] - times[0] in (2, 3) and times[4] - times[3] in (16, 17)
    assert device.said[0] == "Wi-Fi: wrong_password" and device.said[1].startswith("The readings")


def test_a_lost_network_is_counted_said_shown_and_joined_again():
    def lose(device, now_s):
        if now_s == 20:
            device.wifi.joined = False

    device = run(Device("joined", "not_found", "joined", happens=lose), 60)
    assert device.wifi.losses == 1 and "The Wi-Fi is gone" in device.said
    assert len(device.wifi.joins) == 3 and device.patterns[-3:] == ["ok", "wifi_lost", "ok"]


def test_the_hotspot_opens_beside_the_retries_and_closes_when_the_network_is_back():
    def come_back(device, now_s):
        if now_s == 200:
            device.wifi.verdicts = ["joined"]

    device = run(Device("not_found", happens=come_back), 400)
    assert device.patterns[-3:] == ["joining", "hotspot", "ok"]
    assert device.said[1] == "open" and device.said[2:] == ["closed", "The readings are at http://192.168.1.57/readings"]
    assert device.hotspot is None


def test_a_hotspot_that_the_radio_has_closed_opens_anew_beside_a_trial_and_stays_away_from_a_network_that_is_back():
    def joins_the_same_subnet(device, now_s):
        device.wifi.held = now_s < 500
        device.wifi.hotspot_is = None if now_s == 400 else "192.168.5.1"

    device = run(Device("not_found", happens=joins_the_same_subnet, good=True), 450)
    assert device.said[-2:] == ["closed", "open"] and device.hotspot

    def is_back(device, now_s):
        if now_s == 400:
            device.wifi.joined, device.wifi.hotspot_is = True, None

    device = run(Device("not_found", happens=is_back, good=True), 403)
    assert device.hotspot is None and device.said[-2] == "closed", "at once: a network that is back gets %d s otherwise" % 15


def test_a_person_on_the_hotspot_is_not_disturbed():
    def use(device, now_s):
        device.answered += 150 < now_s < 400

    device = run(Device("not_found", happens=use), 500)
    times = [at_s for _, at_s in device.wifi.joins]
    assert not [at_s for at_s in times if 152 < at_s < 450] and times[-1] >= 450


def test_a_trial_is_not_disturbed_and_does_not_close_the_hotspot():
    def try_others(device, now_s):
        device.wifi.held = 100 <= now_s < 200
        device.wifi.joined = 110 <= now_s < 190

    device = run(Device("not_found", happens=try_others), 210)
    assert "closed" not in device.said and "open" in device.said
    assert not [at_s for _, at_s in device.wifi.joins if 101 < at_s < 200]


def test_a_trial_at_home_is_no_loss():
    def try_others(device, now_s):
        device.wifi.held = 20 <= now_s < 40
        if now_s == 25:
            device.wifi.joined = False
        if now_s == 35:
            device.wifi.joined = True

    device = run(Device("joined", happens=try_others), 60)
    assert device.wifi.losses == 0 and len(device.wifi.joins) == 1


def test_a_join_that_finds_no_memory_is_tried_again():
    device = run(Device("memory", "memory", "joined"), 60)
    assert device.wifi.joined and len(device.wifi.joins) == 3 and "Wi-Fi: memory" in device.said


def test_a_problem_is_shown_while_joined():
    device = Device("joined")
    device.code = "sensor_silent"
    assert run(device, 20).pattern == "problem"


def times_of(device, word):
    return [at_s for said, at_s in zip(device.said, device.said_at_s) if said == word]


def test_the_hotspot_opens_after_five_minutes_and_at_the_first_start_after_one():
    assert times_of(run(Device("not_found"), 400), "open") in ([60], [61])
    assert times_of(run(Device("not_found", good=True), 400), "open") in ([300], [301])


def test_a_network_that_flickers_does_not_close_it():
    def flicker(device, now_s):
        if now_s >= 90:
            device.wifi.joined = 90 <= now_s < 100 or 105 <= now_s < 110 or now_s >= 120

    assert times_of(run(Device("not_found", happens=flicker), 200), "closed")[0] in range(134, 138)


def test_a_short_outage_opens_nothing():
    def lose(device, now_s):
        if 10 < now_s < 250:
            device.wifi.joined = False

    device = run(Device("joined", "not_found", happens=lose), 240)
    assert "open" not in device.said


def test_a_page_that_is_left_open_does_not_keep_the_device_from_its_network_for_ever():
    def use(device, now_s):
        device.answered += 1

    times = [at_s for _, at_s in run(Device("not_found", happens=use), 800).wifi.joins]
    assert not [at_s for at_s in times if 65 < at_s < 655] and [at_s for at_s in times if 655 <= at_s < 675]


def test_retries_slow_down_to_a_minute_and_go_on_for_ever():
    times = [at_s for _, at_s in run(Device("not_found", good=True), 1500).wifi.joins]
    pauses_s = [later - earlier for earlier, later in zip(times, times[1:])]
    assert pauses_s[:5] == sorted(pauses_s[:5]) and set(pauses_s[5:]) <= {60, 61} and times[-1] > 1400


def test_no_two_devices_come_back_at_the_same_moment():
    device = Device("not_found", good=True)
    device.wifi.mac = b"\xff"
    times = [at_s for _, at_s in run(device, 1500).wifi.joins]
    assert times[-1] - times[-2] in (74, 75)


HOUR_S = 3600


def hours(times):
    return [round(at_s / HOUR_S) for at_s in times]


def test_after_each_hour_without_a_link_the_radio_goes_off_and_on_and_the_hotspot_comes_back():
    device = run(Device("not_found", good=True), 2.2 * HOUR_S)
    assert hours(device.wifi.off_at_s) == [1, 2] and device.wifi.resets == 2
    closed, opened = times_of(device, "closed"), times_of(device, "open")
    assert closed == device.wifi.off_at_s and len(opened) == 3 and opened[1] - closed[0] <= 2
    assert [said for said in device.said if "radio" in said] == ["No Wi-Fi for %d h: the radio goes off and on" % hour for hour in (1, 2)]
    assert device.restart_at_s is None


def test_after_six_hours_without_a_link_the_device_restarts():
    device = run(Device("not_found", good=True), 6.1 * HOUR_S)
    assert hours([device.restart_at_s]) == [6] and device.reason == "no Wi-Fi for 6 hours"
    assert hours(device.wifi.off_at_s) == [1, 2, 3, 4, 5] and device.memory.get("wifi_restarts") == 1


def test_a_reading_that_a_restart_would_lose_puts_it_off():
    def find_room(device, now_s):
        if now_s == 7.5 * HOUR_S:
            device.delivery["unkept"] = None

    device = Device("not_found", good=True, happens=find_room)
    device.delivery["unkept"] = "a reading"
    run(device, 8.1 * HOUR_S)
    assert hours([device.restart_at_s]) == [8] and hours(device.wifi.off_at_s) == [1, 2, 3, 4, 5, 6, 7]


def test_every_outage_climbs_the_ladder_from_its_foot():
    def come_and_go(device, now_s):
        minutes = now_s % (2 * HOUR_S) / 60
        if minutes == 90:
            device.wifi.verdicts = ["joined"]
        if minutes == 0:
            device.wifi.verdicts, device.wifi.joined = ["not_found"], False

    device = run(Device("not_found", good=True, happens=come_and_go), 9.9 * HOUR_S)
    assert hours(device.wifi.off_at_s) == [1, 3, 5, 7, 9] and device.wifi.losses == 4
    assert device.restart_at_s is None


def test_a_person_on_the_hotspot_is_not_thrown_out_by_it():
    def use(device, now_s):
        device.answered += HOUR_S - 300 < now_s < HOUR_S + 120

    device = run(Device("not_found", good=True, happens=use), 1.2 * HOUR_S)
    assert device.wifi.off_at_s[0] > HOUR_S + 150


def weak(best_dbm, happens=lambda device, now_s: None):
    """A device that hears its access point faintly, and another one that well."""
    device = Device("joined", happens=happens)
    device.wifi.heard_dbm, device.wifi.best_dbm = -80, best_dbm
    return device


def test_a_better_access_point_is_looked_for_while_the_signal_is_weak():
    device = run(weak(-60), 330)
    assert len(device.wifi.looks) == 1 and device.wifi.looks[0] >= 300, "not before it has been weak for some minutes"
    assert len(device.wifi.joins) == 2 and device.wifi.losses == 0 and device.holds == 0


def test_one_that_is_hardly_better_is_left_alone_and_looked_at_seldom():
    device = run(weak(-73), 1900)
    assert len(device.wifi.joins) == 1 and len(device.wifi.looks) == 3
    assert min(later - earlier for earlier, later in zip(device.wifi.looks, device.wifi.looks[1:])) >= 600


def test_nobody_is_disturbed_by_a_look_around():
    def visit(device, now_s):
        device.idle_s = 0 if now_s < 500 else now_s - 500

    device = run(weak(-60, visit), 840)
    assert not device.wifi.looks


def test_a_good_signal_needs_no_look_around():
    device = weak(-40)
    device.wifi.heard_dbm = -75
    assert len(run(device, 1000).wifi.joins) == 1 and not device.wifi.looks
