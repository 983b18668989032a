"""Where a crash happened, found again in the source: true names, and lines where the board has none."""

import re

import build
import crash_places
import linking
import pytest

SENSOR = '''
class Sensor:
    def read(self, pin):
        frame = self.ask(pin)
        if not frame:
            raise ValueError("silent")
        return decode(frame)

    def ask(self, pin):
        return pin.wait() + pin.wait() + pin.wait() + \\
            pin.wait() + pin.wait()


def decode(frame):
    return frame[0] / frame[1]


class Other:
    def ask(self):
        raise KeyError
'''
LOGGER = '''
async def measure(sensor):
    while True:
        await once(sensor)

async def once(sensor):
    return sensor.read(4)
'''
SHORT = {"measure": "_a", "once": "_b", "read": "_b", "ask": "_c", "decode": "_d"}
PLACES = crash_places.Places({"logger": LOGGER, "hardware.sensor": SENSOR}, SHORT)


def at(module, function, line=1):
    return 'File "%s", line %d, in %s' % (module, line, function)


@pytest.mark.parametrize(
    ("where", "error", "sentences"),
    [
        (  # each place but the last calls the next one
            [at("logger", "_a"), at("logger", "_b"), at("hardware.sensor", "_b"), at("hardware.sensor", "_d")],
            "ZeroDivisionError",
            ["device/logger.py:4, in measure", "device/logger.py:7, in once", "device/hardware/sensor.py:7, in read",
             "device/hardware/sensor.py:14-15, in decode"],
        ),
        ([at("hardware.sensor", "_b")], "ValueError", ["device/hardware/sensor.py:6, in read"]),
        ([at("hardware.sensor", "_c")], "KeyError", ["device/hardware/sensor.py:9-11, in ask or device/hardware/sensor.py:20, in ask"]),
        ([at("hardware.sensor", "_c")], "OSError", ["device/hardware/sensor.py:9-11, in ask or device/hardware/sensor.py:19-20, in ask"]),
        ([at("logger", "_a", 4)], "OSError", ["device/logger.py:4, in measure"]),
        ([at("hardware/sensor.py", "_d")], "", ["device/hardware/sensor.py:14-15, in decode"]),
        ([at("asyncio/core.py", "run"), at("logger", "unknown"), 'File "main.py", line 3', "nonsense"], "OSError",
         [at("asyncio/core.py", "run"), at("logger", "unknown"), 'File "main.py", line 3', "nonsense"]),
        ([at("logger", "_b"), at("frozen.py", "read")], "OSError", ["device/logger.py:7, in once", at("frozen.py", "read")]),
        ([], "OSError", []),
    ],
)
def test_places_are_found_again(where, error, sentences):
    assert PLACES.explained(where, error) == sentences


ROUND = '''
class Round:
    def run(self):
        self.send()

    def send(self):
        raise OSError


class Other:
    def stop(self):
        self.end()

    def end(self):
        raise OSError
'''


def test_modules_that_are_one_on_the_board_are_told_apart():
    places = crash_places.Places({"logger": LOGGER, "hardware.sensor": SENSOR, "core.dht": SENSOR}, dict(SHORT, decode_="_e"),
                                 [("logger", "hardware.sensor", "core.dht")])
    assert places.explained([at("logger", "_a"), at("logger", "_b"), at("logger", "_b"), at("logger", "_d")], "IndexError") == [
        "device/logger.py:4, in measure",
        "device/logger.py:7, in once",  # read() has the same name on the board, but measure() does not call it
        "device/hardware/sensor.py:7, in read or device/core/dht.py:7, in read",
        "device/hardware/sensor.py:14-15, in decode or device/core/dht.py:14-15, in decode",
    ]
    assert places.explained([at("logger", "_e")]) == ["device/hardware/sensor.py:14-15, in decode or device/core/dht.py:14-15, in decode"]


def test_short_names_that_two_classes_share_are_told_apart_by_who_calls_whom():
    places = crash_places.Places({"round": ROUND, "start": "def begin(round):\n    round.run()\n"},
                                 {"run": "_a", "stop": "_a", "send": "_b", "end": "_b"})
    assert places.explained([at("start", "begin"), at("round", "_a"), at("round", "_b")], "OSError") == [
        "device/start.py:2, in begin", "device/round.py:4, in run", "device/round.py:7, in send"]
    assert places.explained([at("round", "_b")], "OSError") == ["device/round.py:7, in send or device/round.py:15, in end"]


def test_a_place_that_may_be_many_is_told_by_names_only():
    places = crash_places.Places({"m%d" % number: LOGGER for number in range(9)}, SHORT, [["m%d" % number for number in range(9)]])
    assert places.explained([at("m0", "_a")]) == ["device/: one of measure"]


def test_a_record_is_told_in_words():
    record = {"error": "ValueError", "message": "silent", "task": "measuring", "time_s": 1750000000, "uptime_s": 75, "heap_free": 30000,
              "where": [at("logger", "_b"), at("hardware.sensor", "_b")]}
    assert crash_places.described(record, PLACES).split("\n      ") == [
        "ValueError silent, in measuring, at 2025-06-15T15:06:40Z, 75 s after its start, 30000 bytes of heap free",
        "device/logger.py:7, in once",
        "device/hardware/sensor.py:6, in read",
    ]


@pytest.mark.parametrize("record", [{"error": "a record that cannot be read"}, {"where": [3, None]}, {"time_s": "noon"}, {}])
def test_whatever_stands_in_a_record_is_told(record):
    assert crash_places.described(record, PLACES)


def test_the_firmwares_own_places_are_found():
    modules, names = build.board_words()

    def explained(source, *functions):
        """What is told of functions of `source`, each of which calls the next."""
        home = next((bundle[0] for bundle in linking.BUNDLES if source in bundle), source)
        return crash_places.of_this_folder().explained([at(modules[home], names.get(name, name)) for name in functions])

    line = re.search(r"device/core/dht.py:(\d+), in take", explained("core.dht", "take", "decode")[0]).group(1)
    assert "decode(" in (build.ROOT / "device" / "core" / "dht.py").read_text().splitlines()[int(line) - 1]
    assert "device/core/thingspeak.py" in explained("core.thingspeak", "update_request")[0]
