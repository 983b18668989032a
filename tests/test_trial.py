"""The trial of new settings: every way it can end, and that only success changes anything."""

import asyncio

import trial as trial_module
from core.reading import Reading
from core.settings import DEFAULTS
from trial import Trial

SETTINGS = dict(DEFAULTS, ssid=b"Home", password="correct horse", api_key="ABCDEFGHIJKLMN09")
READING = Reading(1790000000, 60, 1, 21.44, 48.0, 0)
STORED = (200, b'{"channel_id":77,"entry_id":5,"created_at":"2026-09-21T13:33:20Z"}', "")
NO_CONTENT = (204, b"", "")
TOO_FAST = (200, b"0", "")
SILENCE = (0, b"", "timeout")


class Wifi:
    hostname = "dewlog-a1b2c3"
    held = False

    def __init__(self, verdicts):
        self.verdicts = list(verdicts)
        self.joins = []
        self.disconnects = 0

    async def join(self, ssid, password):
        self.joins.append((ssid, password))
        return self.verdicts.pop(0)

    def disconnect(self):
        self.disconnects += 1

    def address(self):
        return "192.168.1.57"

    def rssi_dbm(self):
        return -54


class Uploader:
    """Answers the probe, a look at ThingSpeak, and writes, each from its own list."""

    def __init__(self, probe, look, writes):
        self.probe, self.look, self.writes = probe, look, list(writes)
        self.written = []
        self.tls_broken = False

    async def send(self, request, deadline_s):
        if "generate_204" in request[1]:
            return self.probe
        if request[0] == "HEAD":
            return self.look
        self.written.append(request)
        return self.writes.pop(0)

    async def server_time(self):
        return 1790000000


class Clock:
    source = "none"

    def __init__(self, unix_s=None):
        self.unix_s = unix_s
        self.uptime = 100

    def now(self):
        return self.unix_s

    def uptime_s(self):
        return self.uptime

    def set(self, unix_s, source):
        self.unix_s, self.source = unix_s, source

    async def synchronise(self, background):
        return False


class Board:
    SENSOR_PIN = 23
    HTTP_PORT = 80


class Parts:
    background = None

    def __init__(self, joins=("joined",), probe=NO_CONTENT, look=SILENCE, sensor=(READING,), writes=(STORED,), flash_full=False):
        self.wifi = Wifi(joins)
        self.uploader = Uploader(probe, look, writes)
        self.clock = Clock()
        self.board = Board
        self.sensor = list(sensor)
        self.flash_full = flash_full
        self.saved = []
        self.restarts = []
        self.put_off = []
        self.log = lambda sentence: None
        self.server = self
        self.room = []

    def make_room(self, wanted=True):
        self.room.append(wanted)

    async def read_sensor(self):
        found = self.sensor.pop(0)
        if found is MemoryError:
            raise MemoryError
        return found

    def save_settings(self, settings):
        if self.flash_full:
            raise OSError(28)
        self.saved.append(settings)

    def restart_soon(self, reason):
        self.restarts.append(reason)

    def try_after_restart(self, settings, reason="set-up was asked for"):
        self.put_off.append(settings)
        self.restarts.append(reason)


def run(parts, settings=SETTINGS):
    """The trial after its verdict, and its state."""
    trial_module.SENSOR_PAUSE_S = trial_module.WRITE_PAUSE_S = trial_module.SHORT_PAUSE_S = 0

    async def prove():
        trial = Trial(parts)
        trial.start(settings)
        assert trial.state()["state"] == "running" and parts.wifi.held
        first = trial.task
        await first
        if trial.task is not first:
            trial.task.cancel()  # the countdown
        return trial

    trial = asyncio.run(prove())
    return trial, trial.state()


def steps(state):
    return " ".join("%s:%s" % (step["name"], step["state"]) for step in state["steps"])


def test_it_is_idle_before_anything_was_tried():
    state = Trial(Parts()).state()
    assert state["state"] == "idle" and state["error"] is None and state["address"] is None and state["restart_in_s"] is None


def test_success_commits_and_tells_where_the_device_will_be():
    parts = Parts()
    trial, state = run(parts)
    assert state["state"] == "done" and state["error"] is None
    assert steps(state) == "wifi:ok address:ok internet:ok sensor:ok thingspeak:ok"
    assert (state["address"], state["hostname"], state["channel_id"]) == ("192.168.1.57", "dewlog-a1b2c3.local", 77)
    assert state["address_url"] == "http://192.168.1.57/" and state["channel_url"].endswith("/77")
    assert parts.saved == [dict(SETTINGS, channel_id=77)]
    assert parts.wifi.held and parts.wifi.disconnects == 0
    assert parts.wifi.joins == [(b"Home", "correct horse")]


def test_what_is_written_is_the_reading():
    parts = Parts()
    run(parts)
    method, url, headers, body = parts.uploader.written[0]
    assert url.startswith("https://") and b"field1=21.44" in body and headers["X-THINGSPEAKAPIKEY"] == SETTINGS["api_key"]


def test_every_failure_has_its_step_and_code():
    unknown_key = (401, b'{"status":"401","error":{"error_code":"error_auth_required"}}', "")
    cases = (
        ({"joins": ("wrong_password",) * 2}, "wifi", "wrong_password"),
        ({"joins": ("not_found",) * 2}, "wifi", "not_found"),
        ({"joins": ("weak_signal",) * 2}, "wifi", "weak_signal"),
        ({"joins": ("security_not_supported",)}, "wifi", "security_not_supported"),
        ({"joins": ("no_address",)}, "address", "no_address"),
        ({"probe": SILENCE}, "internet", "no_internet"),
        ({"probe": (200, b"<html>Welcome to the hotel", "")}, "internet", "browser_login_needed"),
        ({"probe": (0, b"", "redirect")}, "internet", "browser_login_needed"),
        ({"probe": (0, b"", "reply")}, "internet", "browser_login_needed"),
        ({"sensor": ("sensor_silent",) * 3}, "sensor", "sensor_silent"),
        ({"sensor": ("sensor_checksum",) * 3}, "sensor", "sensor_checksum"),
        ({"writes": (unknown_key,)}, "thingspeak", "key_refused"),
        ({"writes": ((400, b"0", ""),)}, "thingspeak", "key_refused"),
        ({"writes": (TOO_FAST,) * 3}, "thingspeak", "thingspeak_busy"),
        ({"writes": ((429, b"", ""),) * 3}, "thingspeak", "thingspeak_busy"),
        ({"writes": ((503, b"", ""),)}, "thingspeak", "thingspeak_error"),
        ({"writes": ((402, b"", ""),)}, "thingspeak", "thingspeak_error"),
        ({"writes": (SILENCE,)}, "thingspeak", "thingspeak_error"),
        ({"writes": ((0, b"", "certificate"),)}, "thingspeak", "thingspeak_error"),
        ({"writes": ((200, b"<html>", ""),)}, "thingspeak", "thingspeak_error"),
        ({"flash_full": True}, "thingspeak", "flash_full"),
    )
    for facts, step, code in cases:
        parts = Parts(**facts)
        trial, state = run(parts)
        assert state["state"] == "failed", facts
        assert (state["error"]["step"], state["error"]["code"]) == (step, code), facts
        assert state["error"]["message"] and state["error"]["advice"]
        assert parts.saved == [] and parts.restarts == [], "a failed trial changes nothing"
        assert parts.wifi.disconnects == 1 and not parts.wifi.held, "the radio comes to rest"
        assert state["can_keep"] is (step in ("internet", "sensor", "thingspeak"))


def test_a_verdict_that_was_chance_is_mended_by_the_second_try():
    for verdict in ("wrong_password", "not_found", "weak_signal"):
        assert run(Parts(joins=(verdict, "joined")))[1]["state"] == "done"


def test_a_network_that_wanted_a_password_is_not_called_unsupported():
    trial, state = run(Parts(joins=("security_not_supported",)), dict(SETTINGS, password=""))
    assert state["error"]["code"] == "wrong_password"


def test_a_blocked_probe_is_no_lack_of_internet():
    assert run(Parts(probe=SILENCE, look=(200, b"", "")))[1]["state"] == "done"
    assert run(Parts(probe=SILENCE, look=(0, b"", "redirect")))[1]["state"] == "done"


def test_a_sensor_that_stumbles_once_is_asked_again():
    assert run(Parts(sensor=("sensor_checksum", "sensor_silent", READING)))[1]["state"] == "done"


def test_a_step_that_finds_no_memory_sends_the_page_away_and_begins_again():
    parts = Parts(sensor=(MemoryError, MemoryError, READING), writes=((0, b"", "memory"), STORED))
    assert run(parts)[1]["state"] == "done"
    assert parts.room.count(True) == 3 and parts.room[-1] is False


async def never_finding_memory(parts, is_second):
    trial = Trial(parts)
    trial.start(SETTINGS, is_second)
    await trial.task
    return trial.state()


def test_a_trial_that_never_finds_memory_is_tried_once_more_after_a_restart():
    trial_module.SHORT_PAUSE_S = 0
    parts = Parts(sensor=[MemoryError] * 9)
    asyncio.run(never_finding_memory(parts, False))
    assert parts.put_off == [SETTINGS] and parts.saved == [] and parts.room[-1] is False
    parts = Parts(sensor=[MemoryError] * 9)
    error = asyncio.run(never_finding_memory(parts, True))["error"]
    assert parts.put_off == [] == parts.saved, "it would restart for ever"
    assert (error["step"], error["code"]) == ("sensor", "memory") and "room" in error["message"]


def test_tls_that_ran_out_of_memory_is_not_used_again_before_a_restart():
    parts = Parts(writes=((0, b"", "memory"), STORED))
    parts.uploader.tls_broken = True
    asyncio.run(never_finding_memory(parts, False))
    assert parts.put_off == [SETTINGS] and parts.restarts == ["memory inside TLS"] and len(parts.uploader.written) == 1


def test_a_busy_channel_is_waited_for():
    parts = Parts(writes=(TOO_FAST, TOO_FAST, STORED))
    assert run(parts)[1]["state"] == "done" and len(parts.uploader.written) == 3


def test_the_time_comes_from_a_plain_reply_when_nobody_else_told_it():
    parts = Parts()
    run(parts)
    assert parts.clock.source == "server"
    parts = Parts()
    run(parts, dict(SETTINGS, https=False))
    assert parts.clock.source == "none"


def test_settings_that_failed_late_can_be_kept():
    parts = Parts(sensor=("sensor_silent",) * 3)
    trial, _ = run(parts)

    async def keep():
        assert trial.keep()
        trial.task.cancel()
        assert not trial.keep(), "once is enough"

    asyncio.run(keep())
    state = trial.state()
    assert state["state"] == "done" and state["error"] is None and "not everything" in state["message"]
    assert parts.saved == [dict(SETTINGS)] and parts.wifi.held


def test_settings_whose_wi_fi_failed_cannot_be_kept():
    parts = Parts(joins=("wrong_password",) * 2)
    trial, _ = run(parts)
    assert not trial.keep() and parts.saved == []


def test_after_success_nothing_new_is_tried():
    parts = Parts()
    trial, _ = run(parts)
    trial.start(SETTINGS)
    assert trial.state()["state"] == "done" and len(parts.wifi.joins) == 1


def test_the_restart_waits_for_a_person_but_not_for_ever():
    parts = Parts()
    trial, state = run(parts)
    assert state["restart_in_s"] == 120
    parts.clock.uptime += 10
    assert trial.state()["restart_in_s"] == 110
    assert trial.state(seen=True)["restart_in_s"] == 12
    parts.clock.uptime += 5
    assert trial.state(seen=True)["restart_in_s"] == 7, "looking again does not move it"


def test_it_restarts_when_the_time_is_up():
    parts = Parts()

    async def prove():
        trial = Trial(parts)
        trial.start(SETTINGS)
        await trial.task
        parts.clock.uptime += 121
        await trial.task

    asyncio.run(prove())
    assert parts.restarts == ["new settings"]


def test_no_secret_is_in_what_it_tells():
    trial, state = run(Parts(joins=("wrong_password",) * 2))
    assert SETTINGS["password"] not in str(state) and SETTINGS["api_key"] not in str(state)
