"""The project's private Python environment, `.venv/`: made on first use, entered by every command."""

import contextlib
import hashlib
import importlib.machinery
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: two first starts at once are then the user's own race
    fcntl = None

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = ENVIRONMENT / "installed.json"
LOG = ENVIRONMENT / "install.log"
GROUPS = ("simulate", "deploy", "check")
"""Each includes the ones before it; tools/requirements-<group>.txt holds its exact pins."""
OLDEST_PYTHON = (3, 10)


def enter(group):
    """Continue in `.venv/` with the packages of `group`; the calling script is started again in it when it is not there yet.

    Does nothing more than read a few small files when everything is in place. Who asks for help gets it without a set-up. Leaves with
    status 1 after one sentence when the environment cannot be made.
    """
    sys.excepthook = _say_stopped
    _require_python()
    if group not in GROUPS:
        raise ValueError("unknown group %r" % group)
    if _inside() and is_installed(group):
        return
    if not is_installed(group) and {"-h", "--help"} & set(sys.argv[1:]):
        sys.meta_path.append(_StandIns())
        return
    if not is_installed(group):
        try:
            install(group)
        except SetupFailed as failure:
            print(failure, file=sys.stderr)
            sys.exit(1)
        except OSError as failure:
            print("The tools cannot be set up in %s: %s." % (ENVIRONMENT, failure.strerror or failure), file=sys.stderr)
            sys.exit(1)
        except KeyboardInterrupt:
            print("Stopped. The next start continues the set-up.", file=sys.stderr)
            sys.exit(1)
    _start_again()


class _StandIns:
    """Gives an object that can be anything for every module that is not here: enough for a command to print its help."""

    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        from unittest.mock import MagicMock

        return MagicMock(name=spec.name)

    def exec_module(self, module):
        pass


def is_installed(group):
    """Whether `.venv/` holds exactly what tools/requirements-<group>.txt asks for."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return False
    if _inside() and stamp.get("python") != platform.python_version():
        return False  # the Python below .venv was exchanged
    return PYTHON.exists() and stamp.get(group) == _digest(group)


def install(group):
    """Make `.venv/` if needed and install the pins of `group` into it. Raises SetupFailed with a sentence."""
    with alone(TOOLS, "the set-up that is already running"):
        if is_installed(group):  # another process was faster
            return
        print("Setting up the tools in %s (once) ..." % ENVIRONMENT.name, flush=True)
        if not _works():
            _make_environment()
        STAMP.unlink(missing_ok=True)
        _install_packages(group)
        _write_stamp(group)


class SetupFailed(Exception):
    """The environment cannot be made; its text is the sentence for the person at the keyboard."""


def _say_stopped(kind, problem, trace):
    """Ctrl-C while the modules of a command are still being imported: no reason for a traceback."""
    if issubclass(kind, KeyboardInterrupt):
        print("Stopped.", file=sys.stderr)
    else:
        sys.__excepthook__(kind, problem, trace)


def _require_python():
    if sys.version_info < OLDEST_PYTHON:
        sys.exit("Python %d.%d or newer is needed; this is %s." % (OLDEST_PYTHON + (platform.python_version(),)))


def _inside():
    return Path(sys.prefix).resolve() == ENVIRONMENT.resolve()  # it may be a link to another folder


def _start_again():
    command = [str(PYTHON)] + sys.orig_argv[1:]
    if os.name == "nt":  # there exec returns to the prompt at once
        sys.exit(subprocess.call(command))
    sys.stdout.flush()
    os.execv(command[0], command)


@contextlib.contextmanager
def alone(path, other=None):
    """Hold a lock on the folder `path` itself: nothing to clean up, and the system lets go of it when a process dies.

    Who has to wait is told for what, when it has a name: `other`.
    """
    if fcntl is None:
        yield
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if other:
                print("Waiting for %s ..." % other, flush=True)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _works():
    """Whether `.venv/` has a Python that starts and a complete pip: an interrupted set-up leaves one without."""
    if not PYTHON.exists():
        return False
    probe = "import sys, pip._internal.cli.main; sys.exit(sys.version_info < %r)" % (OLDEST_PYTHON,)
    return subprocess.run([str(PYTHON), "-c", probe], capture_output=True).returncode == 0


def _make_environment():
    base = getattr(sys, "_base_executable", None) or sys.executable
    made = subprocess.run([base, "-m", "venv", "--clear", str(ENVIRONMENT)], capture_output=True, text=True)
    if made.returncode == 0:
        return
    said = made.stdout + made.stderr
    if "ensurepip" in said or "No module named venv" in said:
        raise SetupFailed(
            "This Python cannot make virtual environments: install its venv module and start again "
            "(Debian, Ubuntu: apt-get install python%d.%d-venv)." % sys.version_info[:2]
        )
    raise SetupFailed("Cannot make %s: %s" % (ENVIRONMENT, _last_line(said)))


def _install_packages(group):
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", str(_requirements(group))]
    wanted = len(_pins(group))
    seen = 0
    errors = []
    with open(LOG, "w") as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout:
            log.write(line)
            words = line.split()
            if words[:1] == ["Collecting"]:
                seen += 1
                _progress("%3d of %d  %s" % (min(seen, wanted), wanted, words[1].partition(";")[0]))
            elif words[:3] == ["Installing", "collected", "packages:"]:
                _progress("installing")
            elif line.startswith("ERROR:"):
                errors.append(line[6:].strip())
    _progress("", last=True)
    if pip.returncode:
        raise SetupFailed(_why_pip_failed(errors))


def _why_pip_failed(errors):
    if any("No matching distribution" in line or "onnection" in line for line in errors):
        return "The packages of tools cannot be fetched: check the network connection and start again (details: %s)." % LOG
    return "Installing the packages failed: %s (details: %s)." % (_last_line("\n".join(errors)), LOG)


def _progress(text, last=False):
    if sys.stdout.isatty():
        print("\r  %-70s%s" % (text[:70], "\r" if last else ""), end="", flush=True)
    elif text:
        print("  " + text, flush=True)


def _write_stamp(group):
    version = subprocess.run(
        [str(PYTHON), "-c", "import platform; print(platform.python_version())"], capture_output=True, text=True, check=True
    ).stdout.strip()
    stamp = {"python": version}
    for name in GROUPS[: GROUPS.index(group) + 1]:
        stamp[name] = _digest(name)
    unfinished = STAMP.with_suffix(".new")
    unfinished.write_text(json.dumps(stamp))
    unfinished.replace(STAMP)


def _requirements(group):
    return TOOLS / ("requirements-%s.txt" % group)


def _pins(group):
    """The pins of `group` and the groups it includes, in order."""
    pins = []
    for name in GROUPS[: GROUPS.index(group) + 1]:
        lines = _requirements(name).read_text().splitlines()
        pins += [line for line in lines if line and not line.startswith(("#", "-"))]
    return pins


def _digest(group):
    return hashlib.sha256("\n".join(_pins(group)).encode()).hexdigest()


def _last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip().rstrip(".") if lines else "no reason given"
