"""Modules under short names: imports and loads go to the same modules as before."""

import itertools

import board_modules
import build
import pytest
import shortening

SOURCES = {
    "core": '"""Decides."""\n',
    "core.form": "",
    "core.advice": "",
    "pages": "PATHS = 'settings settings_page'\n",
    "settings_page": "",
    "trial": "",
    "app": "",
}
WORDS = ["_a", "_b", "_c", "trial", "_d"]
NAMES = board_modules.board_names(SOURCES, WORDS, ("app",))


def test_names_are_short_but_for_what_is_known_by_its_name():
    assert NAMES == {"app": "app", "core.advice": "_a", "core.form": "_b", "pages": "_c", "settings_page": "settings_page", "trial": "_d"}


@pytest.mark.parametrize(
    ("source", "renamed"),
    [
        ("from core.form import take, put as give\n", "from _b import take, put as give\n"),
        ("from core import form, advice as words\n", "import _b as form\nimport _a as words\n"),
        ("import trial\n", "import _d as trial\n"),
        ("import trial as one\n", "import _d as one\n"),
        ("import core.form as form, gc\n", "import _b as form, gc\n"),
        ("import app, settings_page\nfrom machine import Pin\n", "import app, settings_page\nfrom machine import Pin\n"),
        ("load('core.form').take(load(name))\n", "load('_b').take(load(name))\n"),
        ("if 1:\n    from core import form\n    form.put(load('trial'))\n", "if 1:\n    import _b as form\n    form.put(load('_d'))\n"),
    ],
)
def test_imports_and_loads_follow(source, renamed):
    assert board_modules.renamed(source, NAMES) == renamed


def test_what_cannot_follow_is_refused():
    with pytest.raises(board_modules.NotRenamed, match="import core.form"):
        board_modules.renamed("import core.form\n", NAMES)
    with pytest.raises(board_modules.NotRenamed, match="core is not there"):
        board_modules.board_names(dict(SOURCES, core="LIMIT = 3\n"), WORDS, ())


def test_the_boards_modules_have_no_folders_and_few_long_names():
    modules, names = build.board_words()
    assert not any("." in name for name in modules.values()) and len(set(modules.values())) == len(modules)
    assert {"app", "shelf"} <= set(modules.values())
    short = {name for name in modules.values() if name.startswith("_")}
    assert short == set(itertools.islice(shortening.short_words(), len(short))), "functions have these words, too: others would cost more"
