"""What the virtual board is made of: the app's build, and the stand-ins as .mpy."""

import os
from pathlib import Path

import build

STAND_INS = Path(__file__).resolve().parent / "stand_ins"


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
    """Compile the stand-ins to `out`/stand_ins; the folder to put on the interpreter's path is `out`. Raises build.BuildFailed."""
    folder, cache = out / "stand_ins", out / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    cache.mkdir(exist_ok=True)
    sources = {path.stem: path.read_text() for path in sorted(STAND_INS.glob("*.py"))}
    for name, source in sources.items():
        _write(folder / (name + ".mpy"), build.compile_module(source, name, cache))
    for stale in folder.glob("*.mpy"):
        if stale.stem not in sources:
            stale.unlink()
    return folder


def _files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _write(target, content):
    if target.exists() and target.read_bytes() == content:
        return
    unfinished = target.with_suffix(".%d.new" % os.getpid())
    unfinished.write_bytes(content)
    unfinished.replace(target)
