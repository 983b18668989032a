"""Paging: a marked function becomes a module of its own, and does there what it did."""

import sys
import types
from pathlib import Path

import core.on_demand
import paging
import pytest

CLOCK = '''
import time
from core.on_demand import load, paged
from core.words import GREETING, shout

FACTOR = 3


class Clock:
    @paged
    def __init__(self, value=1):
        self.value = value

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
    "core.memory": "def has_free(size):\n    return plenty\n",
    "core.on_demand": Path(core.on_demand.__file__).read_text(),
}


@pytest.fixture
def clock(monkeypatch):
    """The module, every page of it in sys.modules, and the names of the pages that were loaded."""
    modules, loaded = {}, []

    def load(name):
        loaded.append(name)
        if name not in modules:
            raise ImportError(name)
        return modules[name]

    sources = paging.paged(SOURCES)
    for name in ("core", *SOURCES, *(name for name in sources if name not in SOURCES)):
        modules[name] = types.ModuleType(name)
        monkeypatch.setitem(sys.modules, name, modules[name])
    modules["core.memory"].plenty = False
    for name in ("core.words", "core.memory", "core.on_demand", *(name for name in sources if not name.startswith("core"))):
        exec(sources[name], modules[name].__dict__)
        modules["core.on_demand"].load = load
    modules["clock"].loaded = loaded
    modules["clock"].core = {name: modules["core." + name] for name in ("memory", "on_demand")}
    return modules["clock"]


def test_a_paged_method_does_what_it_did_and_is_loaded_for_it(clock):
    here = clock.Clock()
    assert here.set(5).__name__ == "time"
    assert (here.value, here.source) == (15, "HE")
    here.set(2, factor=4)
    assert here.value == 8
    assert here.doubled == 16
    assert clock.loaded == ["Clock-__init__", "Clock-set", "Clock-set", "Clock-doubled"]


def test_what_an_object_does_not_have_is_on_no_page_either(clock):
    assert not hasattr(clock.Clock(), "wound")
    assert clock.loaded[-1] == "Clock-wound"


def test_pages_stay_while_there_is_plenty_of_memory(clock):
    clock.core["memory"].plenty = True
    here = clock.Clock(7)
    for _ in range(3):
        assert here.doubled == 14
    assert clock.loaded == ["Clock-__init__", "Clock-doubled"]
    clock.core["on_demand"].forget("anything")
    clock.core["memory"].plenty = False
    assert (here.doubled, here.doubled) == (14, 14)
    assert clock.loaded[2:] == ["Clock-doubled"] * 2


def test_a_paged_coroutine_function_can_be_awaited(clock):
    with pytest.raises(StopIteration) as end:
        clock.Clock().later().send(None)
    assert end.value.value == 2


def test_a_paged_function_knows_the_module_it_came_from(clock):
    assert len(clock.Clocks(3)) == 3
    assert clock.loaded[0] == "clock_Clocks"


def test_what_only_a_page_uses_moves_along_and_what_others_use_stays(clock):
    sources = paging.paged(SOURCES)
    assert "_word" not in sources["clock"] and "def _word" in sources["Clock-set"]
    assert "def _twice" in sources["clock"] and "def _twice" not in sources["Clock-doubled"]
    assert "shout" not in sources["clock"] and "time" not in sources["clock"]


def test_nothing_of_the_mark_is_left():
    sources = paging.paged(SOURCES)
    assert not [name for name, source in sources.items() if "@paged" in source or "def paged" in source or "import paged" in source]


def test_nothing_of_a_paged_method_is_left_in_its_class():
    assert "def " not in paging.paged(SOURCES)["clock"].partition("class Clock")[2].partition("def Clocks")[0]


def test_the_class_still_names_the_attributes_that_its_pages_set():
    assert "source: 0" in paging.paged(SOURCES)["clock"]


def test_every_page_is_known_by_its_module():
    methods = ("__init__", "set", "doubled", "later")
    assert paging.pages(SOURCES) == dict.fromkeys(["Clock-" + method for method in methods] + ["clock_Clocks"], "clock")
    assert paging.method_pages(SOURCES) == {"Clock-" + method: ("Clock", method) for method in methods}


@pytest.mark.parametrize(
    "function",
    [
        "@paged\ndef act():\n    global LEVEL\n    LEVEL = 1\n",
        "@paged\ndef act(*all):\n    pass\n",
        "@paged\ndef act(*, a):\n    pass\n",
        "class A(Exception):\n    @paged\n    def act(self):\n        pass\n",
        "class act:\n    @staticmethod\n    @paged\n    def act():\n        pass\n",
        "def act():\n    pass\nclass A:\n    @paged\n    def act(self):\n        act()\n",
    ],
)
def test_what_cannot_be_on_a_page_is_refused(function):
    with pytest.raises(paging.NotPaged, match="act"):
        paging.paged({"clock": "from core.on_demand import paged\nLEVEL = 0\n" + function})
