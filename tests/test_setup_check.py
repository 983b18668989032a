"""The proof of a set-up: its steps in order, its verdict, and what may be kept."""

from core import advice
from core.setup_check import STEPS, SetupCheck

CODES = (
    "wrong_password",
    "not_found",
    "weak_signal",
    "security_not_supported",
    "no_address",
    "no_internet",
    "browser_login_needed",
    "sensor_silent",
    "sensor_checksum",
    "key_refused",
    "thingspeak_busy",
    "thingspeak_error",
    "memory",
)


def states(check):
    return [step["state"] for step in check.as_dict()["steps"]]


def test_it_begins_idle_with_every_step_waiting():
    answer = SetupCheck().as_dict()
    assert answer["state"] == "idle" and answer["error"] is None
    assert [step["name"] for step in answer["steps"]] == list(STEPS)
    assert states(SetupCheck()) == ["waiting"] * 5


def test_a_good_run_ends_done():
    check = SetupCheck()
    check.begin()
    for step in STEPS:
        check.start(step)
        assert check.as_dict()["state"] == "running" and check.step(step)[0] == "running"
        check.pass_(step, "fine")
    check.finish()
    assert check.as_dict()["state"] == "done" and states(check) == ["ok"] * 5
    assert check.as_dict()["steps"][0]["detail"] == "fine"


def test_a_failure_skips_what_comes_after_and_says_why():
    check = SetupCheck()
    check.begin()
    check.pass_("wifi")
    check.pass_("address")
    check.fail("internet", "no_internet")
    answer = check.as_dict()
    assert answer["state"] == "failed" and states(check) == ["ok", "ok", "failed", "skipped", "skipped"]
    assert answer["error"]["step"] == "internet" and answer["error"]["code"] == "no_internet"
    assert answer["error"]["message"] and answer["error"]["advice"]


def test_a_new_run_forgets_the_old_verdict():
    check = SetupCheck()
    check.begin()
    check.fail("wifi", "not_found")
    check.begin()
    assert check.as_dict()["error"] is None and states(check) == ["waiting"] * 5


def test_only_what_wi_fi_has_nothing_to_do_with_may_be_kept():
    for step, keepable in (("wifi", False), ("address", False), ("internet", True), ("sensor", True), ("thingspeak", True)):
        check = SetupCheck()
        check.begin()
        assert not check.may_be_kept()
        check.fail(step, "no_internet")
        assert check.may_be_kept() is keepable
        check.keep()
        assert check.as_dict()["state"] == "done" and check.as_dict()["error"] is None


def test_every_code_has_sentences_of_its_own():
    seen = set()
    for code in CODES:
        message, help_ = advice.sentences(code)
        assert message.endswith(".") and help_.endswith("."), code
        assert "%" not in message + help_ and code not in message + help_
        seen.add(message)
        seen.add(help_)
    assert len(seen) == 2 * len(CODES)


def test_the_advice_names_the_pin_the_sensor_is_on():
    assert "GPIO 4 " in advice.sentence("sensor_silent", 4)


def test_an_unknown_code_still_gives_a_sentence():
    assert "odd_thing" in advice.sentence("odd_thing")
