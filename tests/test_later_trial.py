"""A trial put off: it says so, and hands the settings over."""

from core.settings import DEFAULTS
from hardware import waiting_settings
from later_trial import LaterTrial

SETTINGS = dict(DEFAULTS, ssid=b"Caf\xe9", password="correct horse", api_key="ABCDEFGHIJKLMN09")


class Wifi:
    hostname = "dewlog-a1b2c3"


class Parts:
    wifi = Wifi

    def __init__(self, flash_full=False):
        self.waiting = []
        self.flash_full = flash_full

    def try_after_restart(self, settings):
        if self.flash_full:
            raise OSError(28)
        self.waiting.append(settings)


def test_it_is_idle_until_it_is_given_something():
    state = LaterTrial(Parts()).state()
    assert state["state"] == "idle" and state["error"] is None and state["ssid"] is None


def test_what_it_is_given_waits_for_the_restart():
    parts = Parts()
    trial = LaterTrial(parts)
    trial.start(SETTINGS)
    state = trial.state(seen=True)
    assert parts.waiting == [SETTINGS]
    assert state["state"] == "running" and state["steps"][0]["state"] == "running" and state["ssid"] == "Caf\ufffd"
    assert not trial.keep() and state["can_keep"] is False


def test_a_full_flash_is_said():
    trial = LaterTrial(Parts(flash_full=True))
    trial.start(SETTINGS)
    assert trial.state()["error"]["code"] == "flash_full"


def test_settings_wait_until_they_are_taken_once():
    waiting_settings.put(SETTINGS, "waiting.json")
    assert waiting_settings.take("waiting.json") == SETTINGS
    assert waiting_settings.take("waiting.json") is None


def test_damaged_settings_are_not_tried():
    with open("waiting.json", "w") as file:
        file.write('{"ssid": 5')
    assert waiting_settings.take("waiting.json") is None
    assert waiting_settings.take("waiting.json") is None
