"""Everything that continuous integration runs, fastest first."""

import argparse
import collections
import contextlib
import filecmp
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    from environment import enter

    enter("check")

import browser
import build
import import_law
import interpreters
import portable_tests
import system_programs

ROOT = Path(__file__).resolve().parent.parent
SUMMARY = re.compile(r"^=+ (.*) in [\d.:]+s.*=+$")
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)")
LINE_WIDTH = 80
MEMORY = build.BUILD / "memory.json"
"""What tests/host/test_memory_story.py leaves."""
HOST_TESTS = str(ROOT / "tests" / "host")
SIDE_BY_SIDE = ["-n", "6", "--dist", "loadfile"]
"""Tests on the host mostly wait for virtual devices: more of them at once than there are processors."""
NOTHING_COLLECTED = 5
"""pytest's exit status when no test was chosen."""
WANTED_COVERAGE_PCT = 90
STRESS_RUNS, STRESS_PROCESSES = 3, 8
BUSY = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): sum(range(100000))"


class Check:
    """One run: steps that each print what they find, and the counts that the last line tells."""

    def __init__(self, options):
        self._options = options
        self._counts = collections.Counter()
        self._interpreters, self._missing = [], []
        self._began = time.monotonic()

    def run(self):
        """Run every step and return the exit status. A build that fails ends the run: nothing after it would mean anything."""
        self._step("ruff", self._ruff)
        self._step("The law of imports", self._import_law)
        if self._step("Build", self._build):
            self._step("The same build elsewhere", self._build_elsewhere)
            self._step("MicroPython", self._find_interpreters)
            if not self._options.fast:  # there they are among those on the host
                self._step("Portable tests on CPython", self._portable_on_cpython)
            self._step("Portable tests on MicroPython", self._portable_tests)
            if not self._options.fast:
                self._step("Browser and network programs", self._programs)
            self._step("Tests on the host", self._host_tests)
            if not self._options.fast:
                self._step("End to end on another MicroPython", self._another_micropython)
        print(self._last_line())
        return 1 if self._counts["failed"] or self._counts["error"] else 0

    def _step(self, title, work):
        """Do one step under its headline; a step returns what is wrong as a sentence, or nothing. True when all was well."""
        print("--- %s %s" % (title, "-" * (LINE_WIDTH - 5 - len(title))), flush=True)
        began = time.monotonic()
        problem = work()
        if problem:
            self._counts["failed"] += 1
            print("FAILED: %s" % problem)
        print("(%.1f s)" % (time.monotonic() - began), flush=True)
        return not problem

    def _ruff(self):
        ran = subprocess.run([sys.executable, "-m", "ruff", "check", "--quiet", "--output-format", "concise"], cwd=ROOT)
        return "ruff has complaints" if ran.returncode else None

    def _import_law(self):
        found = import_law.violations()
        for sentence in found:
            print(sentence)
        return "the law of imports is broken %d times" % len(found) if found else None

    def _build(self):
        try:
            contents = build.read(build.build())[0]
        except build.BuildFailed as failure:
            return str(failure)
        print("\n".join(build.table(contents)))
        return "a slot is too large" if build.bytes_on_flash(contents) > build.SLOT_LIMIT_BYTES else None

    def _build_elsewhere(self):
        """The same sources must give the same bytes."""
        with tempfile.TemporaryDirectory() as elsewhere:
            different = _differences(build.BUILD / "flash", build.build(Path(elsewhere)) / "flash")
        return "two builds differ in %s" % ", ".join(different) if different else None

    def _find_interpreters(self):
        self._interpreters, self._missing = interpreters.available()
        for interpreter in self._interpreters:
            print("%s: %s" % (interpreter.name, interpreter.path))
        for reason in self._missing:
            print(reason)
        return None if self._interpreters else "no MicroPython can be had"

    def _portable_on_cpython(self):
        """With the coverage of device/, which tells what the tests on MicroPython reach, too."""
        tests = sorted(str(path) for path in (ROOT / "tests").glob("test_*.py"))
        if self._options.expression:
            return self._pytest(tests)
        with tempfile.TemporaryDirectory() as folder:
            data = "--data-file=" + str(Path(folder) / "coverage")
            problem = self._pytest(tests, ["-m", "coverage", "run", data, "--source", "device"])
            asked = [sys.executable, "-m", "coverage", "json", data, "--quiet", "-o", "-"]
            told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
        print("\n".join(coverage_lines(told.stdout)))
        return problem

    def _portable_tests(self):
        tests = portable_tests.chosen(())
        word = self._options.expression if self._options.expression.isidentifier() else ""
        like_a_board_first = sorted(self._interpreters, key=lambda one: one.bits)
        for interpreter in like_a_board_first[: 1 if self._options.fast else None]:
            passed, failed = portable_tests.run(interpreter, tests, word)
            self._counts["passed"] += passed
            self._counts["failed"] += failed

    def _programs(self):
        """What tests start besides Python. Where one is missing and cannot be installed, that is a failure in continuous integration."""
        missing = []
        for ensure in (browser.ensure, lambda: system_programs.ensure("ip"), lambda: system_programs.ensure("dig")):
            try:
                print(ensure())
            except system_programs.Unavailable as reason:
                missing.append(str(reason))
        if missing and system_programs.in_ci():
            return " ".join(missing)
        for reason in missing:
            print("%s Tests that need it are skipped or fail." % reason)

    def _host_tests(self):
        """With what was left of both heaps."""
        MEMORY.unlink(missing_ok=True)
        problem = self._pytest([str(ROOT / "tests") if self._options.fast else HOST_TESTS] + SIDE_BY_SIDE)
        if MEMORY.exists():
            print("\n".join(memory_lines(json.loads(MEMORY.read_text()))))
        return problem

    def _another_micropython(self):
        """The tests that tell most, once more on an interpreter of another version, where there is one."""
        another = another_version(self._interpreters)
        if not another:
            print("Not done: there is no second version here. %s" % " ".join(self._missing))
            return None
        before = self._counts.copy()
        words = [HOST_TESTS, "-m", "every_micropython", "--micropython", another.path]
        problem = self._pytest(words + SIDE_BY_SIDE)
        passed, failed = (self._counts[kind] - before[kind] for kind in ("passed", "failed"))
        print("%s: %d passed, %d failed" % (another.name, passed, failed + self._counts["error"] - before["error"]))
        return problem

    def _pytest(self, words, under=()):
        """Run pytest, show its output as it comes, and add up what its last line counts."""
        command = [sys.executable, *under, "-m", "pytest", "--color=no", "-rfEs"] + words  # reasons of skipped tests, too
        if self._options.fast:
            command.append("--fast")
        if self._options.expression:
            command += ["-k", self._options.expression]
        summary = ""
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
            line = b""
            while chunk := os.read(running.stdout.fileno(), 4096):
                sys.stdout.buffer.write(chunk)
                sys.stdout.flush()
                *ended, line = (line + chunk).split(b"\n")
                summary = next((text for text in map(_summary, reversed(ended)) if text), summary)
        counts = {kind: int(number) for number, kind in COUNT.findall(summary)}
        for kind, number in counts.items():
            self._counts[kind.rstrip("s") if kind.startswith("error") else kind] += number
        if running.returncode not in (0, NOTHING_COLLECTED) and not counts.get("failed") and not counts.get("error", counts.get("errors")):
            return "pytest ended with status %d" % running.returncode
        return None

    def _last_line(self):
        kinds = ("failed", "passed", "skipped", "xfailed", "xpassed", "error")
        told = ", ".join("%d %s" % (self._counts[kind], kind) for kind in kinds if self._counts[kind])
        text = " %s in %.2fs " % (told or "no tests ran", time.monotonic() - self._began)
        return text.center(LINE_WIDTH, "=")


def coverage_lines(report):
    """Lines of text from coverage's JSON: how much of device/ was run, and the files of which too little was."""
    try:
        found = json.loads(report)
    except ValueError:
        return ["The coverage cannot be told."]
    parts = {name.replace("\\", "/"): one["summary"]["percent_covered"] for name, one in found["files"].items()}
    low = ["%s %.0f" % one for one in sorted(parts.items(), key=lambda one: one[1]) if one[1] < WANTED_COVERAGE_PCT]
    lines = ["Coverage of device/: %.0f %%" % found["totals"]["percent_covered"]]
    return lines + (["Below %d %%: %s" % (WANTED_COVERAGE_PCT, ", ".join(low))] if low else [])


def memory_lines(story):
    """Lines of text from {title: what ChipMemory.summary() told}."""
    lines = ["%-50s %20s %16s" % ("Bytes of heap free on a board, at the lowest", "Python's", "ESP-IDF's")]
    for title, memory in story.items():
        python, idf = memory["python"], memory["idf"]
        lines.append("%-50s %20s %16d" % (title, "%d of %d" % (python["lowest"], python["total"]), idf["lowest"]))
    return lines


@contextlib.contextmanager
def busy_machine():
    """So many processes that compute for nothing that every test has to wait for its turn; they end with this one."""
    processes = [subprocess.Popen([sys.executable, "-c", BUSY, str(os.getpid())]) for _ in range(STRESS_PROCESSES)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def another_version(found):
    """The first of the interpreters `found` that is of another version than the first one of all, and as wide; None when there is none."""
    for one in found[1:]:
        if one.version[:2] != found[0].version[:2] and one.bits == found[0].bits:
            return one
    return None


def _summary(line):
    match = SUMMARY.match(line.decode(errors="replace").strip())
    return match.group(1) if match else None


def _differences(one, other):
    """Names of files that are not the same below two folders."""
    names = {path.relative_to(root).as_posix() for root in (one, other) for path in root.rglob("*") if path.is_file()}
    _, different, missing = filecmp.cmpfiles(one, other, names, shallow=False)
    return sorted(different + missing)


def main():
    parser = argparse.ArgumentParser(description="Run everything that continuous integration runs, fastest first.")
    parser.add_argument("--fast", action="store_true", help="leave out what needs a browser, a virtual device or a board on a terminal")
    parser.add_argument("--stress", action="store_true", help="three runs of all of it, with eight busy processes beside them")
    parser.add_argument("-k", default="", metavar="EXPRESSION", dest="expression", help="only tests that match, as pytest takes it")
    # Started in the background by a shell, a program ignores Ctrl-C, and so does all it starts; but there are tests that press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options = parser.parse_args()
    try:
        if not options.stress:
            return Check(options).run()
        with busy_machine():
            return max([Check(options).run() for _ in range(STRESS_RUNS)])
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
