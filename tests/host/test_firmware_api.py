"""The firmware uses no module, name or argument of MicroPython that the official ESP32 firmware does not have.

PyPI's micropython-esp32-stubs were taken from that firmware; the pinned ones are of the oldest version that Dewlog supports.
"""

import ast
import functools
import importlib.metadata
from pathlib import Path

import board_update
import pytest

ROOT = Path(__file__).resolve().parents[2]
DEVICE = ROOT / "device"
SENT_TO_THE_BOARD = (ROOT / "tools" / "on_board.py", ROOT / "tools" / "on_board_probes.py")
OURS = {path.relative_to(DEVICE).parts[0].removesuffix(".py") for path in DEVICE.rglob("*.py")} | {"microdot"}
NOT_IN_STUBS = {
    "urequests": {"request"},  # a frozen alias of requests; its stub says only `from requests import *`
    "sys": {"print_exception"},  # CPython's stub stands in for MicroPython's there
    "requests": {"socket"},  # it imports it, and a stub does not say so
    "asyncio": {"ThreadSafeFlag", "core"},  # MicroPython's own; the stub is CPython's
}
STUB_FOLDER = Path(importlib.metadata.distribution("micropython-esp32-stubs").locate_file(""))


@functools.lru_cache(None)
def stub(module):
    """The syntax tree of a module's stub, or None when the firmware has no such module."""
    for place in (STUB_FOLDER, STUB_FOLDER / "stdlib"):
        for path in (place / (module + ".pyi"), place / module / "__init__.pyi"):
            if path.exists():
                return ast.parse(path.read_text(encoding="utf-8"))
    return None


def members(body):
    """{name: [definitions]} of a module's or class's body, through its `if` branches."""
    found = {}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, []).append(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == "*" and node.level:
                    continue
                found.setdefault(alias.asname or alias.name, []).append(node)
        elif isinstance(node, ast.If):
            for name, definitions in members(node.body + node.orelse).items():
                found.setdefault(name, []).extend(definitions)
    return found


@functools.lru_cache(None)
def names_of(module):
    """{name: [definitions]} of a module, its submodules' names included when it passes them on with `from .x import *`."""
    tree = stub(module)
    found = members(tree.body)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            passed_on = "%s/%s" % (module, node.module) if node.level else node.module
            if stub(passed_on):
                found.update(members(stub(passed_on).body))
    return found


def parameters(definitions):
    """The names that calls of these definitions may use as keywords; None when anything goes."""
    accepted = set()
    for definition in definitions:
        if isinstance(definition, ast.ClassDef):
            functions = members(definition.body).get("__init__", []) or members(definition.body).get("__new__", [])
        else:
            functions = [definition]
        for function in functions:
            if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) or function.args.kwarg:
                return None
            accepted |= {argument.arg for argument in function.args.args + function.args.kwonlyargs}
    return accepted


def complaints(source):
    """Sentences about whatever in `source` the firmware does not have."""
    tree = ast.parse(source)
    imported = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported.update({alias.asname or alias.name: alias.name for alias in node.names})
        elif isinstance(node, ast.ImportFrom) and node.module.split(".")[0] not in OURS:
            yield from _about_names(node.module, [alias.name for alias in node.names])
    foreign = {name: module for name, module in imported.items() if module.split(".")[0] not in OURS}
    for module in foreign.values():
        if stub(module) is None:
            yield "there is no module %s" % module
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in foreign:
            yield from _about_names(foreign[node.value.id], [node.attr])
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            yield from _about_member(node, foreign)
        elif isinstance(node, ast.Call) and node.keywords:
            yield from _about_call(node, foreign)


def _about_names(module, names):
    if stub(module) is None:
        yield "there is no module %s" % module
        return
    for name in names:
        if name not in names_of(module) and name not in NOT_IN_STUBS.get(module, ()):
            yield "%s has no %s" % (module, name)


def _about_member(node, foreign):
    """network.WLAN.IF_STA: a member of a class."""
    owner = node.value
    if not (isinstance(owner.value, ast.Name) and owner.value.id in foreign and stub(foreign[owner.value.id])):
        return
    classes = [entry for entry in names_of(foreign[owner.value.id]).get(owner.attr, []) if isinstance(entry, ast.ClassDef)]
    if classes and not any(node.attr in members(entry.body) for entry in classes):
        yield "%s.%s has no %s" % (foreign[owner.value.id], owner.attr, node.attr)


def _about_call(node, foreign):
    """machine.WDT(timeout=...): the names of arguments."""
    function = node.func
    if not (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id in foreign):
        return
    module = foreign[function.value.id]
    if stub(module) is None or function.attr in NOT_IN_STUBS.get(module, ()):
        return
    accepted = parameters(names_of(module).get(function.attr, []))
    for keyword in node.keywords:
        if accepted is not None and keyword.arg not in accepted:
            yield "%s.%s takes no %s" % (module, function.attr, keyword.arg)


def test_the_stubs_are_of_the_oldest_supported_micropython():
    version = importlib.metadata.version("micropython-esp32-stubs").split(".")
    assert tuple(map(int, version[:2])) == board_update.OLDEST


@pytest.mark.parametrize("path", sorted(DEVICE.rglob("*.py")) + list(SENT_TO_THE_BOARD), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_it_uses_what_the_firmware_has(path):
    assert list(complaints(path.read_text(encoding="utf-8"))) == []


def test_what_the_firmware_lacks_is_noticed():
    cases = (
        ("import subprocess", ["there is no module subprocess"]),
        ("from machine import Toaster", ["machine has no Toaster"]),
        ("import machine\nmachine.toast()", ["machine has no toast"]),
        ("import network\nnetwork.WLAN.IF_MARS", ["network.WLAN has no IF_MARS"]),
        ("import machine\nmachine.WDT(timeout=5, colour=1)", ["machine.WDT takes no colour"]),
        ("import machine, network\nmachine.WDT(timeout=5)\nnetwork.WLAN.IF_STA", []),
    )
    for source, expected in cases:
        assert list(complaints(source)) == expected, source
