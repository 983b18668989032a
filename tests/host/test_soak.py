"""The soak: its schedule, its ledger, and hours of a device's life in which everything goes wrong and nothing is lost."""

import pytest
import soak
import soak_ledger
from soak_ledger import Entry, Taken, Weather, account
from simulator.world import checked
from soak_troubles import (
    ALL, COLDEST, DAY_S, DRIEST, KINDS, NETWORKS, SLOT_S, STEP, WARMEST, Trouble, schedule, server_fault, tells_time, weather, world,
)

NOON_S = 1_800_000_000
TOLERANCE_S = 100


def test_the_same_seed_makes_the_same_troubles_and_another_one_others():
    assert schedule(7, 1) == schedule(7, 1)
    assert schedule(7, 1) != schedule(7, 2)


def test_a_week_has_every_kind_of_trouble_and_none_outside_of_it():
    troubles = schedule(7, 3)
    assert {trouble.kind for trouble in troubles} == set(KINDS)
    assert all(0 <= trouble.begins_s <= trouble.ends_s <= 7 * DAY_S + 3600 for trouble in troubles)
    sensor = [trouble for trouble in troubles if trouble.kind == "sensor failure"]
    assert all(one.ends_s <= other.begins_s for one, other in zip(sensor, sensor[1:]))


def test_more_troubles_are_shorter_ones():
    sparse, dense = schedule(7, 1), schedule(7, 1, density=10)
    assert len(dense) > 5 * len(sparse)
    assert longest(dense) < longest(sparse)


def longest(troubles):
    return max(trouble.ends_s - trouble.begins_s for trouble in troubles if trouble.kind == "sensor failure")


def test_the_world_shows_the_troubles_of_its_time():
    troubles = [
        Trouble("router outage", 10, 20, ALL),
        Trouble("internet outage", 15, 30, "login"),
        Trouble("no time server", 10, 30, None),
        Trouble("sensor failure", 25, 30, "zeros"),
        Trouble("server fault", 25, 30, {"mode": "drip"}),
    ]
    well = {"networks": NETWORKS, "internet": True, "ntp": True, "sensor": "ok", "sensor_type": "dht22"}
    assert world(troubles, 5) == well
    assert world(troubles, 15) == {**well, "networks": [], "internet": "login", "ntp": False}
    assert world(troubles, 25) == {**well, "internet": "login", "ntp": False, "sensor": "zeros"}
    assert [server_fault(troubles, time_s)["mode"] for time_s in (24, 25, 30)] == ["none", "drip", "none"]


@pytest.mark.parametrize("kind, detail, left", [
    ("router outage", 2, [("Garden", "11", 11)]),
    ("access point away", (0, {"gone": True}), [("Home", "06", 6), ("Garden", "11", 11)]),
    ("moving router", (1, {"channel": 9}), [("Home", "01", 1), ("Home", "06", 9), ("Garden", "11", 11)]),
    ("new router", (0, {"bssid": "02:00:00:00:00:99"}), [("Home", "99", 1), ("Home", "06", 6), ("Garden", "11", 11)]),
])
def test_access_points_of_the_mesh_come_and_go(kind, detail, left):
    assert detail in KINDS[kind].details
    networks = checked(world([Trouble(kind, 0, 10, detail)], 5))["networks"]
    assert [(one["ssid"], one["bssid"][-2:], one["channel"]) for one in networks] == left


def test_the_longest_time_for_which_all_was_so_is_told_with_its_end():
    power = [(0, True), (100, False), (120, True), (200, False)]
    assert soak_ledger.longest(power, [(0, False), (30, True), (30, True), (150, False), (190, True)]) == (70, 100)
    assert soak_ledger.longest(power, [(0, False)]) == (0, 0)


def test_the_time_can_be_had_only_while_the_network_and_the_time_server_are_there():
    troubles = [Trouble("router outage", 100, 1000, ALL), Trouble("no time server", 1000, 2000, None)]
    assert not tells_time(troubles, 90, 2000, 60)
    assert not tells_time(troubles, 90, 2030, 60)
    assert tells_time(troubles, 90, 2100, 60)


def test_each_half_minute_of_three_weeks_has_weather_of_its_own_that_both_sensors_tell():
    slots = [weather(number * SLOT_S) for number in range(21 * DAY_S // SLOT_S)]
    assert len(set(slots)) == len(slots)
    steps = {abs(one[0] - other[0]) + abs(one[1] - other[1]) for one, other in zip(slots, slots[1:])}
    assert steps == {1, STEP}, "there is no jump that a filter would refuse"
    assert slots[0] == (COLDEST, DRIEST) and max(slots)[0] == WARMEST and {humidity % STEP for _, humidity in slots} == {0}


@pytest.mark.parametrize("line, values", [
    ("08:15:11  -21.1 °C  20.0 %  kept", (-211, 200)),
    ("     +22  21.4 °C  48.0 %  kept", (214, 480)),
])
def test_a_line_of_the_console_tells_of_a_reading(line, values):
    assert soak_ledger.taken(line, NOON_S) == Taken(values, NOON_S)
    assert soak_ledger.has_time(line) == line.startswith("08")


@pytest.mark.parametrize("line", [
    "08:15:11  ThingSpeak: entry 5 stored",
    "08:15:11  -21.1 °C  20.0 %  ke",
    "08:15:11  Reading not kept: flash is full or damaged",
    "",
])
def test_other_lines_tell_of_none(line):
    assert soak_ledger.taken(line, NOON_S) is None


def reading(number):
    return Taken((200 + number, 500), NOON_S + 60 * number)


def entry(number, off_s=0):
    return Entry((200 + number, 500), NOON_S + 60 * number + off_s, number + 2)


def weather_until(number):
    known = Weather()
    for one in range(number):
        known.note((200 + one, 500), NOON_S + 60 * one - 20, NOON_S + 60 * one - 20)
        known.note((0, 0), NOON_S + 60 * one + 10, NOON_S + 60 * one + 10)
    return known


def counted(readings, entries, cuts_s=(), weather=None, **options):
    """Only what is not empty, and `worst_s`."""
    weather = weather or weather_until(10)
    found = account(readings, entries, weather, cuts_s, TOLERANCE_S, 60, **options)
    return {name: value for name, value in found._asdict().items() if value or name == "worst_s"}


def test_readings_that_are_all_there_once_are_a_clean_account():
    assert counted([reading(0), reading(1)], [entry(1, 7), entry(0, -3)]) == {"worst_s": 7}


def test_a_reading_that_is_not_there_is_lost():
    assert counted([reading(0), reading(1)], [entry(0)]) == {"lost": [reading(1)], "worst_s": 0}


def test_a_reading_that_is_there_twice_is_a_duplicate_also_at_a_power_cut():
    found = counted([reading(0)], [entry(0), entry(0, 40)], cuts_s=[reading(0).time_s])
    assert found == {"duplicates": [entry(0, 40)], "worst_s": 0}


def test_two_readings_of_the_same_weather_are_two():
    twin = reading(0)._replace(time_s=NOON_S + 15)
    assert counted([reading(0), twin], [entry(0), entry(0, 15)]) == {"worst_s": 0}
    assert counted([reading(0), twin], [entry(0)])["lost"] == [twin]


def test_a_power_cut_explains_one_entry_that_the_console_did_not_tell_of():
    assert counted([], [entry(4)], cuts_s=[entry(4).time_s + 30]) == {"unsaid": [entry(4)], "worst_s": 30}
    assert counted([], [entry(4)], cuts_s=[entry(9).time_s]) == {"strays": [entry(4)], "worst_s": 0}
    assert counted([], [Entry((1, 1), NOON_S, 9)], cuts_s=[NOON_S])["strays"], "there was no such weather"


def test_weather_that_stood_still_for_an_interval_may_be_that_of_two_readings():
    still = Weather()
    still.note(reading(0).values, NOON_S - 20, NOON_S - 20)
    found = counted([reading(0)], [entry(0), entry(0, 64)], [NOON_S + 70], still)
    assert found == {"unsaid": [entry(0, 64)], "worst_s": 6}


def test_a_wrong_time_is_told_from_one_that_nobody_could_know():
    late = entry(0, 2 * TOLERANCE_S)
    assert counted([reading(0)], [late]) == {"wrong": [(late, 2 * TOLERANCE_S)], "worst_s": 0}
    excused = counted([reading(0), reading(1)], [late, entry(1, 9)], has_no_time=lambda time_s: True)
    assert excused == {"untimed": [(late, 2 * TOLERANCE_S), (entry(1, 9), 9)], "worst_s": 0}


def test_a_line_that_comes_late_does_not_make_a_time_wrong_which_is_that_of_its_weather():
    assert counted([reading(0)._replace(time_s=NOON_S + 2 * TOLERANCE_S)], [entry(0)]) == {"worst_s": 0}


@pytest.mark.timeout(900)
def test_nothing_is_lost_in_half_an_hour_of_troubles(tmp_path):
    said = []
    soaked = soak.soaked(tmp_path / "device", days=0.018, seed=11586, speed=30, interval_s=15, density=12, announce=said.append)
    found = soaked.account()
    told = "\n".join(said + list(soak.summary(soaked, found)))
    print(told)
    assert {trouble.kind for trouble in soaked.troubles} == set(KINDS), "the seed is to have them all"
    assert len({line.split()[1] for line in (tmp_path / "device" / "joins.log").read_text().splitlines()}) > 2, "it has lived in the mesh"
    assert list(soak.problems(soaked, found)) == []
    assert soaked.cuts >= 2 and len(soaked.entries()) >= 50
    assert soaked.heap_lows[0] > 0
    assert "low-water mark" in told
