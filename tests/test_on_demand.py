"""Modules on demand: used, and forgotten."""

import gc
import sys

from core.on_demand import forget, load, paged


def names():
    return {name for name in sys.modules if name.startswith("core.")}


def without(*modules):
    for name in modules:
        sys.modules.pop(name, None)
        sys.modules["core"].__dict__.pop(name.rpartition(".")[2], None)


def test_a_loaded_module_is_not_kept():
    without("core.comfort")
    before = names()
    assert load("core.comfort").__name__ == "core.comfort"
    assert names() == before and not hasattr(sys.modules["core"], "comfort")


def test_a_loaded_module_takes_its_own_imports_along():
    without("core.networks", "core.ssid")
    before = names()
    assert load("core.networks").bars(-50) == 4
    assert names() == before


def test_what_somebody_has_already_stays_with_them():
    without("core.networks")
    import core.ssid

    assert load("core.networks").shown is core.ssid.shown
    assert "core.ssid" in sys.modules and "core.networks" not in sys.modules


def test_what_is_forgotten_is_loaded_anew():
    without("core.ssid")
    import core.ssid

    before = core.ssid
    forget("core.ssid")
    forget("core.ssid")
    assert load("core.ssid") is not before


def test_a_module_that_does_not_exist_is_an_import_error():
    try:
        load("core.nothing_of_this_name")
        found = True
    except ImportError:
        found = False
    assert not found


def free_bytes():
    gc.collect()
    return gc.mem_free() if hasattr(gc, "mem_free") else 0


def test_a_module_that_fails_half_way_leaves_nothing_behind():
    with open("fails_half_way.py", "w") as file:
        file.write("much = bytearray(16000)\nraise MemoryError\n")
    sys.path.insert(0, "")
    before = free_bytes()
    try:
        load("fails_half_way")
        failed = False
    except MemoryError:
        failed = True
    sys.path.pop(0)
    assert failed and "fails_half_way" not in sys.modules
    assert free_bytes() > before - 8000


def test_a_paged_function_is_the_same_for_those_who_do_not_build():
    assert paged(len) is len
