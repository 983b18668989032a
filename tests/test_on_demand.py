"""What is used rarely comes when it is asked for, and goes together."""

import sys

from core import on_demand


def forget(*names):
    import core

    for name in names:
        sys.modules.pop("core." + name, None)
        core.__dict__.pop(name, None)


def test_what_came_since_goes_together_and_comes_anew():
    forget("ssid", "settings", "settings_json")
    kept = set(sys.modules)
    from core import settings_json

    before = settings_json
    assert "core.settings" in sys.modules and "core.ssid" in sys.modules
    on_demand.drop_since(kept)
    assert "core.settings" not in sys.modules and "core.ssid" not in sys.modules
    assert not hasattr(sys.modules["core"], "settings_json")
    assert before.fault("ssid", b"Home") is None, "who holds it goes on with it"
    from core import settings_json

    assert settings_json is not before


def test_what_was_there_before_stays():
    forget("ssid")
    from core import ssid

    on_demand.drop_since(set(sys.modules))
    assert sys.modules["core.ssid"] is ssid


def test_what_is_borrowed_for_a_piece_of_work_is_forgotten_after_it():
    forget("ssid")
    with on_demand.Borrowed():
        from core.ssid import shown

        assert "core.ssid" in sys.modules
    assert "core.ssid" not in sys.modules and shown(b"Home") == "Home"
