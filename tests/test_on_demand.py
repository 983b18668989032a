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
        from core.settings import from_hex

        assert "core.settings" in sys.modules
    assert "core.settings" not in sys.modules and from_hex("00") == b"\0"


def test_forgetting_what_failed_forgets_nothing_else():
    before = dict(sys.modules)
    on_demand.forget_failed()
    assert dict(sys.modules) == before
