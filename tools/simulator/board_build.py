"""What the virtual board is made of: the app's build, and the stand-ins as .mpy."""

import ast
import os
from pathlib import Path

import build
import constants
import shortening

STAND_INS = Path(__file__).resolve().parent / "stand_ins"
INTERNAL = ("boot", "flash_device", "link", "scaled")
"""The stand-ins that no app imports."""
KNOWN_BY_NAME = "start wait_for_ms"
"""What the supervisor calls, and what asyncio's own users do."""


class AppMissing(Exception):
    """There is nothing to run; its text is the sentence for the person at the keyboard."""


def app_files(out):
    """Build the app below `out`: (content of /main.py, {name in the slot: content}). Raises build.BuildFailed."""
    build.build(out)
    return (out / "main.py").read_bytes(), _files(out / "flash")


def other_app(folder):
    """As app_files(), of a folder that holds a main.py and what it imports. Raises AppMissing."""
    files = _files(folder)
    if "main.py" not in files:
        raise AppMissing("%s holds no main.py." % folder)
    return files.pop("main.py"), files


def stand_ins(out):
    """Compile the stand-ins to `out`/stand_ins, the folder to put on the interpreter's path is `out`. Raises build.BuildFailed.

    Names that nobody outside can see are shortened: a board does not have them, and they would fill the table of names there is.
    """
    folder, cache = out / "stand_ins", out / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    cache.mkdir(exist_ok=True)
    for name, source in _shortened().items():
        compiled = build.compile_module(source, name, cache)
        _write(folder / (name + ".mpy"), compiled)
    for stale in folder.glob("*.mpy"):
        if not (STAND_INS / (stale.stem + ".py")).exists():
            stale.unlink()
    return folder


def _shortened():
    """{stand-in: source} with only those names as they are that an app may use."""
    sources = {path.stem: path.read_text() for path in sorted(STAND_INS.glob("*.py"))}
    trees = {name: ast.parse(source) for name, source in sources.items()}
    public = set(KNOWN_BY_NAME.split()).union(*(_public(tree) for name, tree in trees.items() if name not in INTERNAL))
    asked = public | constants.names_asked_of_others(sources.values())
    inlined = {name: constants.inlined(source, asked) for name, source in sources.items()}
    return shortening.shorten(inlined, ["".join("x.%s(%s=0)\n" % (name, name) for name in sorted(public))])


def _public(tree):
    """The names at the top of a module and of its classes, of their parameters and attributes, but none that starts with an underscore."""
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    for body in [tree.body] + [node.body for node in tree.body if isinstance(node, ast.ClassDef)]:
        for statement in body:
            names |= shortening.bound_by(statement)
            if isinstance(statement, ast.FunctionDef):
                names |= {argument.arg for argument in shortening.arguments(statement)}
    return {name for name in names if not name.startswith("_")}


def _files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _write(target, content):
    if target.exists() and target.read_bytes() == content:
        return
    unfinished = target.with_suffix(".%d.new" % os.getpid())
    unfinished.write_bytes(content)
    unfinished.replace(target)
