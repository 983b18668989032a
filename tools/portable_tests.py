"""The portable tests (tests/test_*.py) on every MicroPython that can be had here."""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    from environment import enter

    enter("check")

import build
import interpreters

ROOT = Path(__file__).resolve().parent.parent
DRIVER = ROOT / "tools" / "portable_driver.py"
BUILD = ROOT / ".build"
HEAP_BYTES = 4 << 20
"""Plenty: test sources are compiled in it. What fits a board is measured elsewhere."""
MODULE_SECONDS = 120
RESULT = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)


def run(interpreter, tests, word="", out=BUILD):
    """Run the test files `tests` on `interpreter`, each in a process of its own, two at a time.

    Prints what failed, with tracebacks, and a line such as `MicroPython 1.25 32-bit: 93 passed, 0 failed`. Returns (passed, failed).
    """
    search_path = ":".join(str(folder) for folder in (".frozen", _microdot(out / "portable"), ROOT / "device", ROOT / "tests"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda test: _run_module(interpreter, test.stem, word, search_path), tests))
    passed, failed = (sum(counts) for counts in zip(*results)) if results else (0, 0)
    print("%s: %d passed, %d failed" % (interpreter.name, passed, failed), flush=True)
    return passed, failed


def _run_module(interpreter, name, word, search_path):
    command = [interpreter.path, "-X", "heapsize=%d" % HEAP_BYTES, str(DRIVER), word, name]
    environment = dict(os.environ, MICROPYPATH=search_path)
    try:
        with tempfile.TemporaryDirectory() as folder:
            ran = subprocess.run(
                command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=MODULE_SECONDS
            )
    except subprocess.TimeoutExpired as late:
        print("%s: FAILED %s: no end after %d s\n%s" % (interpreter.name, name, MODULE_SECONDS, _text(late.stdout)), flush=True)
        return 0, 1
    said = _text(ran.stdout)
    result = RESULT.search(said)
    if not result:
        print("%s: FAILED %s: the interpreter ended with status %d\n%s" % (interpreter.name, name, ran.returncode, said), flush=True)
        return 0, 1
    if ran.returncode:
        print("%s: %s\n%s" % (interpreter.name, name, said), flush=True)
    return int(result.group(1)), int(result.group(2))


def _text(output):
    return (output or b"").decode(errors="replace")


def _microdot(folder):
    """A folder with Microdot, compiled as it ships; it need not compile it for each test. Returns it."""
    cache = folder / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    source = (build.microdot_folder() / build.MICRODOT).read_text()
    build.write(folder / "lib" / "microdot.mpy", build.compile_module(source, build.MICRODOT, cache))
    return folder / "lib"


def chosen(files):
    """The test files meant by `files` (names or paths), or all."""
    if not files:
        return sorted((ROOT / "tests").glob("test_*.py"))
    return [ROOT / "tests" / ("%s.py" % Path(name).stem) for name in files]


def main():
    parser = argparse.ArgumentParser(description="Run the portable tests on MicroPython.")
    parser.add_argument("tests", nargs="*", metavar="TEST", help="such as test_hardware_journal (default: all of tests/test_*.py)")
    parser.add_argument("-k", default="", metavar="WORD", dest="word", help="only tests whose name contains WORD")
    parser.add_argument("--micropython", metavar="PATH", help="only on this interpreter (default: all that can be had)")
    options = parser.parse_args()
    tests = chosen(options.tests)
    for missing in (path for path in tests if not path.exists()):
        parser.error("%s does not exist" % missing)
    if options.micropython:
        try:
            found, reasons = [interpreters.examined(options.micropython)], []
        except interpreters.Unavailable as reason:
            parser.error(str(reason))
    else:
        found, reasons = interpreters.available()
    for reason in reasons:
        print(reason)
    failures = sum(run(interpreter, tests, options.word)[1] for interpreter in found)
    return 1 if failures or not found else 0


if __name__ == "__main__":
    sys.exit(main())
