"""The profiles of device/hardware/profile.py: pins that each chip has, named in one place, and told alike in the README."""

import ast
from pathlib import Path

import board_update
import device_identity
import pytest
from board_on_a_terminal import FACTS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()

DEVKIT, S3, C3 = "Generic ESP32 module with ESP32", "Generic ESP32S3 module with ESP32S3", "Generic ESP32C3 module with ESP32C3"
USABLE = {
    DEVKIT: {0, 2, 4, 5, *range(12, 20), 21, 22, 23, 25, 26, 27, 32, 33},  # 1, 3: console; 6 to 11: flash; from 34 on: inputs only
    S3: {*range(0, 19), 21, *range(38, 43), 45, 46, 47, 48},  # 19, 20: USB; 26 to 37: flash and PSRAM; 43, 44: console
    C3: {*range(0, 11)},  # 11 to 17: flash; 18, 19: USB; 20, 21: console
}
"""By machine text: the GPIOs that can be outputs and are not taken, from the chips' datasheets."""
STRAPPING = {DEVKIT: {0, 2, 5, 12, 15}, S3: {0, 3, 45, 46}, C3: {2, 8, 9}}
"""Their levels at the start say how the chip starts."""
BOOT = {DEVKIT: 0, S3: 0, C3: 9}


def pins(machine_text):
    names = device_identity.board_names(None, machine_text)
    return {name: value for name, value in vars(names).items() if name.endswith("_PIN")}


@pytest.mark.parametrize("machine_text", USABLE)
def test_a_profile_names_different_pins_that_the_chip_has(machine_text):
    found = pins(machine_text)
    assert found.keys() == {"LED_PIN", "BUTTON_PIN", "SENSOR_PIN"}
    assert set(found.values()) <= USABLE[machine_text] and len(set(found.values())) == 3
    assert found["BUTTON_PIN"] == BOOT[machine_text]
    names = device_identity.board_names(None, machine_text)
    assert found["SENSOR_PIN"] in names.SENSOR_PINS and set(names.SENSOR_PINS) <= USABLE[machine_text] - STRAPPING[machine_text]
    assert not {found["LED_PIN"], found["BUTTON_PIN"]} & set(names.SENSOR_PINS)


def test_the_readme_tells_the_same_pins():
    assert "| 2 DATA | GPIO %d, and 10 kΩ to 3V3 | GPIO %d, and" % (pins(DEVKIT)["SENSOR_PIN"], pins(S3)["SENSOR_PIN"]) in README
    assert pins(S3)["SENSOR_PIN"] == pins(C3)["SENSOR_PIN"]
    assert "| LED (GPIO %d) |" % pins(DEVKIT)["LED_PIN"] in README


def test_a_board_of_ones_own_goes_before_its_profile():
    names = device_identity.board_names(b'{"SENSOR_PIN": 15, "NO_SUCH_NAME": 1, "url": 1}', S3)
    assert names.SENSOR_PIN == 15 and not hasattr(names, "NO_SUCH_NAME") and callable(names.url)
    for damaged in (b"{", b"[1]", b"3", b"\xff", b'{"SENSOR_PIN": "15", "SENSOR_PINS": null}'):
        assert device_identity.board_names(damaged, S3).SENSOR_PIN == 4


def test_pins_are_numbered_in_one_place_only():
    for path in sorted((ROOT / "device").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and "Pin" in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
                assert not isinstance(node.args[0], ast.Constant), "%s:%d" % (path, node.lineno)


def test_an_esp8266_is_refused_by_name_wherever_somebody_may_ask():
    assert "ESP8266" in README and "ESP8266" in (device_identity.HARDWARE / "profile.py").read_text()
    with pytest.raises(board_update.BoardProblem, match="This is an ESP8266. It has too little memory"):
        board_update.check(dict(FACTS, platform="esp8266", littlefs=True))


def test_phones_may_be_sent_to_another_address_than_the_hotspots():
    names = device_identity.board_names(b'{"HOTSPOT_URL": "http://127.0.0.1:8081"}', DEVKIT)
    assert names.url("192.168.4.1") == "http://127.0.0.1:8081/"
    assert (names.url("192.168.1.57"), names.url(None)) == ("http://192.168.1.57/", "http://None/")
    assert device_identity.board_names(None, DEVKIT).url("192.168.4.1") == "http://192.168.4.1/"
