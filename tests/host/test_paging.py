"""Paging: a marked function becomes a module of its own, and does there what it did."""

import sys
import types

import paging
import pytest

CLOCK = '''
import time
from core.on_demand import load, paged
from core.words import GREETING, shout

FACTOR = 3


class Clock:
    def __init__(self):
        self.value = 1

    @paged
    def set(self, value, factor=FACTOR):
        self.value = value * factor
        self.source = _word(shout(GREETING))
        return time

    @property
    @paged
    def doubled(self):
        return _twice(self.value)

    @paged
    async def later(self):
        return _twice(self.value)


@paged
def Clocks(count):
    return [Clock() for _ in range(count)]


def _twice(value):
    return 2 * value


def _word(text):
    return text[:2]
'''
SOURCES = {
    "clock": CLOCK,
    "core.words": "GREETING = 'hello'\ndef shout(text):\n    return text.upper()\n",
    "core.on_demand": "def load(name):\n    pass\ndef paged(function):\n    return function\n",
}


@pytest.fixture
def clock(monkeypatch):
    """The module, every page of it in sys.modules, and the names of the pages that were loaded."""
    modules, loaded = {}, []

    def load(name):
        loaded.append(name)
        return modules[name]

    sources = paging.paged(SOURCES)
    for name in ("core", *SOURCES, *(name for name in sources if name not in SOURCES)):
        modules[name] = types.ModuleType(name)
        monkeypatch.setitem(sys.modules, name, modules[name])
    for name in ("core.words", "core.on_demand", *(name for name in sources if not name.startswith("core"))):
        modules["core.on_demand"].load = load
        exec(sources[name], modules[name].__dict__)
        modules["core.on_demand"].load = load
    modules["clock"].loaded = loaded
    return modules["clock"]


def test_a_paged_method_does_what_it_did_and_is_loaded_for_it(clock):
    here = clock.Clock()
    assert here.set(5).__name__ == "time"
    assert (here.value, here.source) == (15, "HE")
    here.set(2, factor=4)
    assert here.value == 8
    assert here.doubled == 16
    assert clock.loaded == ["clock_Clock_set", "clock_Clock_set", "clock_Clock_doubled"]


def test_a_paged_coroutine_function_can_be_awaited(clock):
    with pytest.raises(StopIteration) as end:
        clock.Clock().later().send(None)
    assert end.value.value == 2


def test_a_paged_function_knows_the_module_it_came_from(clock):
    assert len(clock.Clocks(3)) == 3
    assert clock.loaded == ["clock_Clocks"]


def test_what_only_a_page_uses_moves_along_and_what_others_use_stays(clock):
    sources = paging.paged(SOURCES)
    assert "_word" not in sources["clock"] and "def _word" in sources["clock_Clock_set"]
    assert "def _twice" in sources["clock"] and "def _twice" not in sources["clock_Clock_doubled"]
    assert "shout" not in sources["clock"] and "time" not in sources["clock"]


def test_nothing_of_the_mark_is_left():
    sources = paging.paged(SOURCES)
    assert not [name for name, source in sources.items() if "paged" in source]


def test_the_class_still_names_the_attributes_that_its_pages_set():
    assert "source: 0" in paging.paged(SOURCES)["clock"]


def test_every_page_is_known_by_its_module():
    assert paging.pages(SOURCES) == dict.fromkeys(["clock_Clock_set", "clock_Clock_doubled", "clock_Clock_later", "clock_Clocks"], "clock")


@pytest.mark.parametrize(
    "function",
    [
        "@paged\ndef act():\n    global LEVEL\n    LEVEL = 1\n",
        "@paged\ndef act(*all):\n    pass\n",
        "@paged\ndef act(*, a):\n    pass\n",
    ],
)
def test_what_cannot_be_on_a_page_is_refused(function):
    with pytest.raises(paging.NotPaged, match="act"):
        paging.paged({"clock": "from core.on_demand import paged\nLEVEL = 0\n" + function})
