"""Names on the board: short and few, and the firmware does what it did."""

import ast
import sys
import types

import build
import pytest
import shortening

CLOCK = '''
"""A module with a class, a function and a constant."""
TICKS_PER_SECOND = 4

class Clock:
    def __init__(self, started, name="clock"):
        self.started = started
        self._name = name

    def elapsed(self, now):
        return (now - self.started) * TICKS_PER_SECOND

    @property
    def label(self):
        return "%s!" % self._name


class Loud(Clock):
    def label_twice(self):
        return self.label * 2


def clock_of(parts, started):
    parts.clock = Clock(started, name=parts.title)
    return parts.clock
'''
USER = '''
from core.clock import Loud, clock_of as made
from core import clock

def outcome(parts):
    from core.clock import TICKS_PER_SECOND
    label = "a variable of the function's own"
    numbers = [label for label in range(3)]
    inner = lambda elapsed: elapsed + TICKS_PER_SECOND

    def nested(label):
        return label + len(numbers)

    try:
        raise clock.Problem(label)
    except clock.Problem as problem:
        text = str(problem)
    first = made(parts, 1)
    return first.elapsed(now=3), getattr(first, "label"), Loud(2).label_twice(), inner(1), nested(2), parts.clock is first, text
'''
PROBLEM = "\n\nclass Problem(ValueError):\n    pass\n"
FIRMWARE = {"core.clock": CLOCK + PROBLEM, "user": USER}


@pytest.fixture
def run(monkeypatch):
    """What the function `outcome` of the module user returns; it has `called` on the board."""

    def run(sources, called):
        modules = {name: types.ModuleType(name) for name in ("core", "core.clock", "user")}
        for name in modules:
            monkeypatch.setitem(sys.modules, name, modules[name])
        modules["core"].clock = modules["core.clock"]
        for name, source in sources.items():
            exec(compile(source, name, "exec"), modules[name].__dict__)
        return getattr(modules["user"], called)(types.SimpleNamespace(title="wall"))

    return run


def test_the_shortened_firmware_does_the_same(run):
    short = shortening.short_names(FIRMWARE)
    before = run(FIRMWARE, "outcome")
    assert before[:3] == (8, "wall!", "clock!clock!")
    assert run(shortening.shorten(FIRMWARE), short["outcome"]) == before


def test_a_name_becomes_the_same_wherever_it_stands():
    short, shortened = shortening.short_names(FIRMWARE), shortening.shorten(FIRMWARE)
    for name in ("Loud", "clock_of", "label_twice", "_name"):
        assert name in short
        assert name not in {word for source in shortened.values() for word in source.replace("(", " ").replace(".", " ").split()}
    assert "def %s(" % short["clock_of"] in shortened["core.clock"]
    assert "import %s, %s as " % (short["Loud"], short["clock_of"]) in shortened["user"]


@pytest.mark.parametrize(
    "why, source",
    [
        ("asked for by its name", "class A:\n    def wanted(self): pass\nhasattr(A(), 'wanted')\n"),
        ("passed by its name", "def f(wanted=1):\n    return wanted\nf(wanted=2)\n"),
        ("a built-in function", "def f(): return len([])\nclass A:\n    len = 5\nwanted = 'wanted'\n"),
        ("looked up in globals", "wanted = 5\ndef f():\n    return globals()\n"),
        ("said to be global", "wanted = 5\ndef f():\n    global wanted\n    wanted = 6\n"),
        ("in a formatted string", "wanted = [5]\ndef f():\n    return f'{wanted}'\n"),
        ("the end of a name that is put together", "class A:\n    def f(self, word):\n        return getattr(self, word + '_wanted')\n"),
    ],
)
def test_a_name_stays_that_is(why, source):
    assert not {"wanted", "len", "_wanted"} & set(shortening.short_names({"module": source})), why


def test_names_of_the_chip_stay():
    source = "class Radio:\n    def active(self):\n        self.station.active(True)\n"
    assert "active" in shortening.short_names({"module": source})
    assert "active" not in shortening.short_names({"module": source}, ["class WLAN:\n    def active(self, on): pass\n"])


def test_lines_stay():
    for module, source in shortening.shorten(FIRMWARE).items():
        assert source.count("\n") == FIRMWARE[module].count("\n")


def test_no_two_names_of_a_firmware_module_fall_together():
    modules, short = build.board_words()
    assert len(short) > 300 and len(set(short.values())) < len(short) / 4
    for source in build.Named().sources.values():
        tree = ast.parse(source)
        at_the_top = {name for statement in tree.body for name in shortening.bound_by(statement)} & set(short)
        assert len({short[name] for name in at_the_top}) == len(at_the_top)
        for owner in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
            attributes = [node for node in ast.walk(owner) if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self"]
            names = {node.attr for node in attributes if isinstance(node.ctx, ast.Store)}
            names |= {name for statement in owner.body for name in shortening.bound_by(statement)}
            names &= set(short)
            assert len({short[name] for name in names}) == len(names), owner.name


def test_what_a_class_looks_up_while_it_is_made_is_no_attribute_of_it():
    """`limit` and `read` stay different: else the default would be the method before it."""
    source = "limit = [5]\nclass A:\n    def read(self): pass\n    def ask(self, most=limit): pass\n"
    short = shortening.short_names({"module": source})
    assert short["limit"] not in (short["read"], short["ask"])


def test_classes_share_short_names_but_heirs_do_not_cover_what_they_inherit():
    source = "class A:\n    def one(self): pass\nclass B(A):\n    def two(self): pass\nclass C:\n    def three(self): pass\n"
    short = shortening.short_names({"module": source})
    assert short["one"] != short["two"] and short["three"] in (short["one"], short["two"])
