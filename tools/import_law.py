"""The law of imports: who in device/ may use whom, and that importing a module only defines."""

import argparse
import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

OUTSIDE_WORLD = set("machine network dht esp esp32 ntptime socket ssl tls select requests urequests _thread os uos vfs".split())
"""Only hardware/ may import these; main.py and app.py have it at hand as hardware/."""

PURE = set("array binascii collections errno gc hashlib json math micropython re struct sys".split())
"""What core/ may import besides core: it decides, with what it is given."""

WIRING = {"app", "outage", "power_on", "station"}
"""Who knows all the parts and connects them: app.py, and what it hands a part of that work to."""

USES = {
    "main": {"app", "hardware"},
    **dict.fromkeys(WIRING, WIRING | {"thermometer", "logger", "upload", "trial", "proof", "server", "portal", "core", "hardware"}),
    "thermometer": {"core"},
    "logger": {"upload", "core"},  # its second half, in a file of its own
    "upload": {"core"},
    "trial": {"proving", "proof", "core"},
    "proving": {"proof", "core"},
    "proof": {"core"},
    "server": {"core", "hardware"},
    "portal": {"portal", "trial", "core"},
    "core": {"core"},
    "hardware": {"hardware", "core"},
}
"""Who may use whom, by the first part of a module's name. What is not named here gets what it uses handed in."""

MICRODOT = {"portal", "server"}
"""Who knows the web framework."""

DEFINING_CALLS = set("namedtuple const frozenset set tuple dict range bytes bytearray len calcsize compile encode split getattr".split())
"""Calls at the top of a module that make a constant and touch nothing."""

UNSEEN = {"__import__", "import_module", "exec", "eval"}
"""Ways to import what no tool and no reader sees."""


def violations(device=ROOT / "device"):
    """Every breach of the law below `device`, as sentences that start with file and line."""
    found = []
    for path in sorted(device.rglob("*.py")):
        where = path.relative_to(device)
        tree = ast.parse(path.read_text(), str(path))
        part = where.parts[0].removesuffix(".py")
        broken = [(line, _forbidden(part, imported)) for line, imported in _imports(tree)]
        broken += _unseen(tree)
        if part != "main":
            broken += _deeds(tree.body)
        if where.as_posix() != "hardware/clock.py":
            broken += _clock_readings(tree)
        found += ["device/%s:%d: %s" % (where.as_posix(), line, reason) for line, reason in broken if reason]
    return found


def _imports(tree):
    """(line, module) of every import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or "." * node.level


def _forbidden(part, imported):
    """Why `part` of the house must not import the module `imported`; None when it may."""
    package = imported.partition(".")[0]
    if package in USES or package in ("tests", "tools", ""):
        return None if package in USES.get(part, {"core"}) else "%s must not import %s" % (part, imported)
    if part == "core":
        return None if package in PURE else "core is pure: it must not import %s" % imported
    if package in OUTSIDE_WORLD and part not in ("hardware", "main"):
        return "only hardware/ meets the outside world: %s must not import %s" % (part, imported)
    if package == "microdot" and part not in MICRODOT:
        return "%s must not import %s" % (part, imported)
    return None


def _unseen(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in UNSEEN:
                yield node.lineno, "%s() imports what no tool sees" % name


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
            yield node.lineno, "only hardware/clock.py asks the time"


def main():
    argparse.ArgumentParser(description="Check that device/ keeps the law of imports.").parse_args()
    found = violations()
    for sentence in found:
        print(sentence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
