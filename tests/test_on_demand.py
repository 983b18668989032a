"""What is used rarely comes when it is asked for, and goes together."""

import sys

from core import on_demand


def forget(*names):
    import core

    for name in names:
        sys.modules.pop("core." + name, None)
        core.__dict__.pop(name, None)


def test_what_came_since_goes_together_and_comes_anew():
    forget("settings", "settings_form")
    kept = set(sys.modules)
    from core import settings_form

    before = settings_form
    assert "core.settings" in sys.modules and "core.settings_form" in sys.modules
    on_demand.drop_since(kept)
    assert "core.settings" not in sys.modules and "core.settings_form" not in sys.modules
    assert not hasattr(sys.modules["core"], "settings_form")
    assert before.fault("ssid", b"Home") is None, "who holds it goes on with it"
    from core import settings_form

    assert settings_form is not before


def test_what_was_there_before_stays():
    forget("settings")
    from core import settings

    on_demand.drop_since(set(sys.modules))
    assert sys.modules["core.settings"] is settings


def test_what_is_named_stays_too():
    forget("settings", "settings_form")
    kept = set(sys.modules)
    from core import settings_form

    on_demand.drop_since(kept, ("core.settings_form",))
    assert sys.modules["core.settings_form"] is settings_form and "core.settings" not in sys.modules


def test_what_is_borrowed_for_a_piece_of_work_is_forgotten_after_it():
    forget("settings")
    with on_demand.Borrowed():
        from core.settings import shown

        assert "core.settings" in sys.modules
    assert "core.settings" not in sys.modules and shown(b"Home") == "Home"


class Modules:
    """Stands for sys.modules, and tells what was done to it."""

    def __init__(self, *names):
        self.names, self.steps = names, []

    def __contains__(self, name):
        return name in self.names

    def __setitem__(self, name, value):
        self.steps.append((name, value))

    def __delitem__(self, name):
        self.steps.append(name)


class Sys:
    modules = Modules("core", "core.settings")


def test_the_place_that_a_failed_import_still_fills_is_emptied_and_no_other():
    on_demand.sys = Sys
    try:
        on_demand.let_go(("core", "core.half"))
    finally:
        on_demand.sys = sys
    assert Sys.modules.steps == [("core.half", None), "core.half"]


def test_letting_go_leaves_no_name_behind():
    before = set(sys.modules)
    on_demand.let_go(before | {"core.half"})
    assert set(sys.modules) == before
