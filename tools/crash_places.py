"""Where in the source a crash happened: what a record of the board says, in the names and lines of device/.

The board's modules have short names, are linked into a few and have no line numbers, which would cost flash and heap. All of that is found
again here: the names by the build's own table; a line by what the function calls at it, or by the error it raises there.
"""

import argparse
import ast
import functools
import re
import sys
from collections import namedtuple

if __name__ == "__main__":
    from environment import enter

    enter("simulate")

import build
import linking
import paging
from firmware_core import calendar

PLACE = re.compile(r'File "([\w./]+)", line (\d+)(?:, in ([\w<>.]+))?')
ERROR = re.compile(r"\berror=(\w+)")
VERSION = re.compile(r"^Dewlog (\S+ [0-9a-f]{8}),")
NO_LINE = 1
"""What MicroPython says where there are no line numbers."""
MOST_LINES, MOST_FUNCTIONS = 3, 4
MOST_NAMESAKES = 3
"""How many modules of a bundle may define the same name: tools/linking.py appends an underscore for each."""

Function = namedtuple("Function", "path node")
"""path: of the source file below device/. node: the definition's syntax tree."""


class Places:
    """The functions of the firmware.

    sources: {module ("core.dht"): source}, short: {name: what the board calls it}, bundles: modules that are one on the board, which has
    the name of the first, modules: {module: what the board calls it} where that differs, pages: {module that holds a function of another
    one: that other one}.
    """

    def __init__(self, sources, short, bundles=(), modules=None, pages=None):
        self._short = short
        self._modules = {called: module for module, called in (modules or {}).items()}
        homes = {member: bundle[0] for bundle in bundles for member in bundle}
        self._functions = {}
        for module, source in sources.items():
            known = self._functions.setdefault(homes.get(module, module), {})
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    for name in self._names_on_board(node.name):
                        known.setdefault(name, []).append(Function(_path(module), node))
        for page, module in (pages or {}).items():
            known = self._functions[homes.get(module, module)]
            self._functions[page] = {name: [one for one in known[name] if one.path == _path(module)] for name in known}

    def explained(self, where, error=""):
        """Return a sentence for each line of a traceback that names a place: `where`, outermost first; `error` is the exception's name.

        Lines that name no place of the firmware are returned as they are.
        """
        found = [PLACE.search(line) for line in where]
        meant = [self._functions_of(match) for match in found]
        pairs = list(zip(range(len(meant)), range(1, len(meant))))
        for caller, callee in pairs:
            if not meant[callee]:
                meant[caller] = [one for one in meant[caller] if _lines_of_calls(one.node, _told_name(found[callee]))] or meant[caller]
        for caller, callee in pairs + pairs[::-1]:  # what one place tells goes down the whole chain, and up again
            meant[caller], meant[callee] = _matching(meant[caller], meant[callee])
        called = [{one.node.name for one in functions} or _told_name(match) for functions, match in zip(meant[1:], found[1:])] + [set()]
        return [_sentence(*one, error) if one[0] else line.strip() for line, one in zip(where, zip(found, meant, called))]

    def _functions_of(self, match):
        """All functions that a place may mean."""
        if not match:
            return []
        module, _, name = match.groups()
        module = module.removesuffix(".py").replace("/", ".")
        return self._functions.get(self._modules.get(module, module), {}).get(name, [])

    def _names_on_board(self, name):
        """What the board may call `name`: its namesakes in a bundle have underscores appended before they are shortened."""
        namesakes = [name + "_" * count for count in range(MOST_NAMESAKES)]
        return {self._short.get(namesake, namesake) for namesake in namesakes if namesake == name or namesake in self._short}


def _path(module):
    return "device/%s.py" % module.replace(".", "/")


@functools.lru_cache(None)
def of_this_folder():
    """Places of the firmware as this folder has it. Raises build.BuildFailed."""
    device = build.ROOT / "device"
    sources = {".".join(path.relative_to(device).with_suffix("").parts): path.read_text() for path in device.rglob("*.py")}
    modules, short = build.board_words()
    return Places(sources, short, linking.BUNDLES, modules, paging.pages(sources))


def described(record, places):
    """Return a crash record in words: error, task, time and heap, then a line for each place, the innermost last."""
    facts = [("%s %s" % (record.get("error"), record.get("message") or "")).strip()]
    if record.get("task"):
        facts.append("in %s" % record["task"])
    if isinstance(record.get("time_s"), int):
        facts.append("at %s" % calendar.iso(record["time_s"]))
    if "uptime_s" in record:
        facts.append("%s s after its start, %s bytes of heap free" % (record["uptime_s"], record.get("heap_free")))
    where = [line for line in record.get("where", ()) if isinstance(line, str)]
    return "\n      ".join([", ".join(facts)] + places.explained(where, record.get("error")))


def _told_name(match):
    """The name of a place outside of the firmware, such as one in MicroPython's own modules, as a set."""
    return {match.group(3)} if match else set()


def _matching(callers, callees):
    """Those of both that fit together: a caller that calls a callee by its name. All of them when none do."""
    fitting = [(caller, callee) for caller in callers for callee in callees if _lines_of_calls(caller.node, {callee.node.name})]
    if not fitting:
        return callers, callees
    fitting_callers, fitting_callees = zip(*fitting)
    return _unique(fitting_callers), _unique(fitting_callees)


def _unique(functions):
    return list({id(one): one for one in functions}.values())


def _lines_of_calls(node, names):
    """The lines of a function's syntax tree on which it calls one of `names`."""
    calls = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    return sorted({call.lineno for call in calls if {getattr(call.func, "attr", None), getattr(call.func, "id", None)} & names})


def _sentence(match, functions, called, error):
    """"device/core/dht.py:62, in take" of a place that may mean `functions`, each of which may go on in `called`."""
    if not functions:
        return match.group(0)
    if len(functions) > MOST_FUNCTIONS:  # classes share short names
        return "device/: one of %s" % ", ".join(sorted({one.node.name for one in functions}))
    line = int(match.group(2))
    if line > NO_LINE:
        functions = [one for one in functions if one.node.lineno <= line <= one.node.end_lineno] or functions
    return " or ".join("%s:%s, in %s" % (one.path, _lines(one.node, line, called, error), one.node.name) for one in functions)


def _lines(node, line, called, error):
    if line > NO_LINE:
        return line
    lines = _lines_of_calls(node, called) if called else sorted({inner.lineno for inner in ast.walk(node) if _raises(inner, error)})
    return " or ".join(map(str, lines)) if 1 <= len(lines) <= MOST_LINES else "%d-%d" % (node.lineno, node.end_lineno)


def _raises(node, error):
    if not isinstance(node, ast.Raise) or not node.exc:
        return False
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return getattr(raised, "attr", None) == error or getattr(raised, "id", None) == error


def told(diagnostics, places, version):
    """Return the text of a diagnostics file with the true places after every line that names some, and how many lines did.

    version: that of `places`; a text of another one begins with a warning.
    """
    lines, count = [], 0
    made_by = VERSION.match(diagnostics)
    if made_by and made_by.group(1) != version:
        lines.append("It is from Dewlog %s and this folder has %s: the places may be wrong." % (made_by.group(1), version))
    for line in diagnostics.splitlines():
        lines.append(line)
        where = [match.group(0) for match in PLACE.finditer(line)]
        if where:
            error = ERROR.search(line)
            lines += ["      " + place for place in places.explained(where, error and error.group(1))]
            count += 1
    return "\n".join(lines) + "\n", count


def main():
    parser = argparse.ArgumentParser(description="Tell where in the source the crashes in a diagnostics file happened.")
    parser.add_argument("file", help="diagnostics.txt, downloaded from the device's settings page")
    path = parser.parse_args().file
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            diagnostics = file.read()
        version = (build.build() / "flash" / "version").read_text().strip()
        text, count = told(diagnostics, of_this_folder(), version)
    except OSError as problem:
        print("%s cannot be read: %s." % (path, problem.strerror), file=sys.stderr)
        return 1
    except build.BuildFailed as failure:
        print("Cannot build: %s" % failure, file=sys.stderr)
        return 1
    print(text, end="")
    if not count:
        print("No crash is recorded in %s." % path, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
