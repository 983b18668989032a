"""Where in the source a crash happened: what a record of the board says, in the names and lines of device/.

The board's modules have short names and mostly no line numbers, which would cost flash and heap. Both are found again here: the names
by the build's own table; a line by what the function calls at it, or by the error it raises there.
"""

import ast
import functools
import re

import build
from firmware_core import calendar

PLACE = re.compile(r'File "([\w./]+)", line (\d+)(?:, in (\S+))?')
NO_LINE = 1
"""What MicroPython says where there are no line numbers."""
MOST_LINES = 3


class Places:
    """The functions of the firmware. sources: {module ("core.dht"): source}, short: {name: what the board calls it}."""

    def __init__(self, sources, short):
        self._functions = {module: _functions(source, short) for module, source in sources.items()}
        self._short = short

    def explained(self, where, error=""):
        """Return a sentence for each line of a traceback that names a place: `where`, outermost first; `error` is the exception's name.

        Lines that name no place of the firmware are returned as they are.
        """
        found = [PLACE.search(line) for line in where]
        callees = [match and match.group(3) for match in found[1:]] + [None]
        return [self._sentence(match, callee, error) if match else line.strip() for line, match, callee in zip(where, found, callees)]

    def _sentence(self, match, callee, error):
        module, line, name = match.groups()
        module = module.removesuffix(".py").replace("/", ".")
        candidates = self._functions.get(module, {}).get(name, ())
        if not candidates:
            return match.group(0)
        path = "device/%s.py" % module.replace(".", "/")
        if int(line) > NO_LINE:
            candidates = [one for one in candidates if one.lineno <= int(line) <= one.end_lineno] or candidates
            return "%s:%s, in %s" % (path, line, candidates[0].name)
        is_line = (lambda node: self._calls(node, callee)) if callee else (lambda node: _raises(node, error))
        lines = sorted({node.lineno for function in candidates for node in ast.walk(function) if is_line(node)})
        if lines and len(lines) <= MOST_LINES:
            return "%s:%s, in %s" % (path, " or ".join(map(str, lines)), candidates[0].name)
        ranges = ["%d-%d" % (function.lineno, function.end_lineno) for function in candidates]
        return "%s:%s, in %s" % (path, " or ".join(ranges), candidates[0].name)

    def _calls(self, node, callee):
        """Whether `node` calls what the board calls `callee`."""
        if not isinstance(node, ast.Call):
            return False
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
        return self._short.get(name, name) == callee


@functools.lru_cache(None)
def of_this_folder():
    """Places of the firmware as this folder has it. Raises build.BuildFailed."""
    device = build.ROOT / "device"
    sources = {".".join(path.relative_to(device).with_suffix("").parts): path.read_text() for path in device.rglob("*.py")}
    return Places(sources, build.short_names())


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


def _functions(source, short):
    """{what the board calls it: [definitions]} of every function in `source`."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.setdefault(short.get(node.name, node.name), []).append(node)
    return found


def _raises(node, error):
    if not isinstance(node, ast.Raise) or not node.exc:
        return False
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return getattr(raised, "attr", None) == error or getattr(raised, "id", None) == error
