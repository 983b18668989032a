"""Where in the source a crash happened: what a record of the board says, in the names and lines of device/.

The board's modules have short names, are linked into a few and have no line numbers, which would cost flash and heap. All of that is found
again here: the names by the build's own table; a line by what the function calls at it, or by the error it raises there.
"""

import ast
import functools
import re
from collections import namedtuple

import build
import linking
from firmware_core import calendar

PLACE = re.compile(r'File "([\w./]+)", line (\d+)(?:, in (\S+))?')
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
    the name of the first.
    """

    def __init__(self, sources, short, bundles=()):
        self._short = short
        homes = {member: bundle[0] for bundle in bundles for member in bundle}
        self._functions = {}
        for module, source in sources.items():
            known = self._functions.setdefault(homes.get(module, module), {})
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    for name in self._names_on_board(node.name):
                        known.setdefault(name, []).append(Function("device/%s.py" % module.replace(".", "/"), node))

    def explained(self, where, error=""):
        """Return a sentence for each line of a traceback that names a place: `where`, outermost first; `error` is the exception's name.

        Lines that name no place of the firmware are returned as they are.
        """
        found = [PLACE.search(line) for line in where]
        callees = [match and match.group(3) for match in found[1:]] + [None]
        return [self._sentence(match, callee, error) if match else line.strip() for line, match, callee in zip(where, found, callees)]

    def _sentence(self, match, callee, error):
        module, line, name = match.groups()
        functions = self._functions.get(module.removesuffix(".py").replace("/", "."), {}).get(name, ())
        told = [self._told(function, int(line), callee, error) for function in functions]
        exact = [place for place, is_exact in told if is_exact] if callee else []
        places = exact or [place for place, _ in told]
        if not 1 <= len(places) <= MOST_FUNCTIONS:
            return match.group(0)
        return " or ".join(places)

    def _told(self, function, line, callee, error):
        """("device/core/dht.py:62, in take", whether it is as exact as can be) of one function that may be meant."""
        node = function.node
        if line > NO_LINE:
            return "%s:%d, in %s" % (function.path, line, node.name), node.lineno <= line <= node.end_lineno
        is_there = (lambda inner: self._calls(inner, callee)) if callee else (lambda inner: _raises(inner, error))
        lines = sorted({inner.lineno for inner in ast.walk(node) if is_there(inner)})
        is_exact = 1 <= len(lines) <= MOST_LINES
        told = " or ".join(map(str, lines)) if is_exact else "%d-%d" % (node.lineno, node.end_lineno)
        return "%s:%s, in %s" % (function.path, told, node.name), bool(lines)

    def _calls(self, node, callee):
        """Whether `node` calls what the board calls `callee`."""
        if not isinstance(node, ast.Call):
            return False
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
        return name is not None and callee in self._names_on_board(name)

    def _names_on_board(self, name):
        """What the board may call `name`: its namesakes in a bundle have underscores appended before they are shortened."""
        namesakes = [name + "_" * count for count in range(MOST_NAMESAKES)]
        return {self._short.get(namesake, namesake) for namesake in namesakes if namesake == name or namesake in self._short}


@functools.lru_cache(None)
def of_this_folder():
    """Places of the firmware as this folder has it. Raises build.BuildFailed."""
    device = build.ROOT / "device"
    sources = {".".join(path.relative_to(device).with_suffix("").parts): path.read_text() for path in device.rglob("*.py")}
    return Places(sources, build.short_names(), linking.BUNDLES)


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


def _raises(node, error):
    if not isinstance(node, ast.Raise) or not node.exc:
        return False
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return getattr(raised, "attr", None) == error or getattr(raised, "id", None) == error
