"""The law of imports: who in device/ may use whom, and that importing a module only defines."""

import argparse
import ast
import sys
from pathlib import Path

import board_modules

ROOT = Path(__file__).resolve().parent.parent

OUTSIDE_WORLD = set("machine network dht esp32 ntptime socket ssl tls select requests urequests _thread os uos vfs".split())
"""Only hardware/ may import these."""

IMPURE = OUTSIDE_WORLD | {"asyncio", "time", "utime", "io", "microdot"}
"""What core/, besides, has no use for: it decides, with what it is given."""

WIRING = {"app", "power_on", "setup_mode", "station_mode", "sensor_check", "settle"}
"""Modules that know all the parts and connect them: app.py, and what it loads for a while to do so."""

MODES = {"portal", "dashboard", "logger"}
"""Only the wiring may import these."""

FORBIDDEN_TO_ALL = {"tests", "tools", "main"}

BEFORE_ALL = {"shelf"}
"""What main.py needs before it can import anything of the house; the law is about what comes after."""

DEFINING_CALLS = set("namedtuple const frozenset set tuple dict range bytes bytearray len calcsize compile encode split getattr".split())
"""Calls at the top of a module that make a constant and touch nothing."""


def violations(device=ROOT / "device"):
    """Every breach of the law below `device`, as sentences that start with file and line."""
    found = []
    for path in sorted(device.rglob("*.py")):
        name = path.relative_to(device).with_suffix("").as_posix().replace("/", ".")
        tree = ast.parse(path.read_text(), str(path))
        own = {one.relative_to(device).with_suffix("").as_posix().replace("/", ".") for one in device.rglob("*.py")}
        for line, imported in _imports(tree) if name not in BEFORE_ALL else ():
            reason = _forbidden(name, imported, own)
            if reason:
                found.append("device/%s:%d: %s must not import %s: %s" % (path.relative_to(device), line, name, imported, reason))
        if name != "main":
            found += ["device/%s:%d: %s" % (path.relative_to(device), line, what) for line, what in _deeds(tree.body)]
        if name != "hardware.clock":
            asked = "device/%s:%d: only hardware/clock.py asks the time"
            found += [asked % (path.relative_to(device), line) for line in _clock_readings(tree)]
    return found


def _imports(tree):
    """(line, module) of every import, those through `load("module")` included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.module in ("core", "hardware"):
                for alias in node.names:
                    yield node.lineno, "%s.%s" % (node.module, alias.name)
            else:
                yield node.lineno, node.module
        elif board_modules.is_load(node):
            yield node.lineno, node.args[0].value


def _forbidden(name, imported, own):
    """Why the module `name` must not import `imported`; None when it may. own: all modules of device/."""
    package = imported.partition(".")[0]
    layer = name.partition(".")[0] if "." in name else "top"
    if package in FORBIDDEN_TO_ALL:
        return "nothing in device/ does"
    if layer == "core":
        if package in IMPURE:
            return "core is pure"
        if package in own or package == "hardware":
            return "core uses core only"
    elif package in OUTSIDE_WORLD:
        return None if layer == "hardware" else "only hardware/ meets the outside world"
    if layer == "hardware" and package in own:
        return "hardware uses core only"
    if package in WIRING:
        return None if name == "main" or name in WIRING else "only main.py starts it"
    if layer == "top" and name not in WIRING:
        if package == "hardware":
            return "the hardware is handed in"
        if package in MODES:
            return "only the wiring connects the parts"
    if name == "trial" and package in own:
        return "a trial uses core only"
    return None


def _deeds(body):
    """(line, sentence) of every statement that does more than define when the module is imported."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Import, ast.ImportFrom, ast.Pass)):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if isinstance(statement, ast.ClassDef):
            yield from _deeds(statement.body)
        elif isinstance(statement, ast.Try):
            yield from _deeds(statement.body + [one for handler in statement.handlers for one in handler.body])
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and all(_defines(call) for call in _calls(statement.value)):
            continue
        else:
            yield statement.lineno, "importing this does something: a module defines, main.py starts"


def _calls(expression):
    return [node for node in ast.walk(expression) if isinstance(node, ast.Call)] if expression else []


def _defines(call):
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in DEFINING_CALLS


def _clock_readings(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "time" and getattr(node.value, "id", "") in ("time", "utime"):
            yield node.lineno


def main():
    argparse.ArgumentParser(description="Check that device/ keeps the law of imports.").parse_args()
    found = violations()
    for sentence in found:
        print(sentence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
