"""The tools around the firmware: environment, law of imports, portable runner, check."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import check
import chosen_micropython
import environment
import import_law
import interpreters
import portable_tests
import pytest
import system_programs

COMMANDS = sorted(path.stem for path in environment.TOOLS.glob("*.py") if "sys.exit(main())" in path.read_text())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_unknown_options(command):
    script = [sys.executable, str(environment.TOOLS / (command + ".py"))]
    refused = subprocess.run(script + ["--no-such-option"], capture_output=True, text=True)
    assert refused.returncode == 2 and "Traceback" not in refused.stderr


def test_help_needs_no_set_up_and_writes_nothing(tmp_path):
    """As on a fresh checkout that cannot be written: no .venv, and (-S) none of its packages."""
    for folder in ("tools", "device"):
        shutil.copytree(environment.ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted(tmp_path.rglob("*"))
    for command in COMMANDS:
        script = [sys.executable, "-S", "-B", str(tmp_path / "tools" / (command + ".py")), "--help"]
        helped = subprocess.run(script, capture_output=True, text=True)
        assert helped.returncode == 0 and helped.stdout.startswith("usage:"), helped.stderr
    assert sorted(tmp_path.rglob("*")) == before


# ---- environment ----


@pytest.fixture
def own_environment(tmp_path, monkeypatch):
    """A project folder with requirement files of its own and nothing installed yet."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "requirements-simulate.txt").write_text("# one\nfirst==1.0\n")
    (tools / "requirements-deploy.txt").write_text("-r requirements-simulate.txt\nsecond==2.0\n")
    (tools / "requirements-check.txt").write_text("-r requirements-deploy.txt\nthird==3.0\n")
    made = tmp_path / ".venv"
    for name, value in (
        ("TOOLS", tools),
        ("ENVIRONMENT", made),
        ("PYTHON", made / "bin" / "python"),
        ("STAMP", made / "installed.json"),
        ("LOG", made / "install.log"),
    ):
        monkeypatch.setattr(environment, name, value)
    (made / "bin").mkdir(parents=True)
    environment.PYTHON.symlink_to(sys.executable)
    return tmp_path


def test_an_installed_group_includes_the_smaller_ones(own_environment):
    environment._write_stamp("deploy")
    assert environment.is_installed("simulate")
    assert environment.is_installed("deploy")
    assert not environment.is_installed("check")


def test_a_changed_pin_asks_for_a_new_installation(own_environment):
    environment._write_stamp("check")
    (environment.TOOLS / "requirements-deploy.txt").write_text("second==2.1\n")
    assert environment.is_installed("simulate")
    assert not environment.is_installed("deploy")
    assert not environment.is_installed("check")


def test_an_environment_without_its_python_is_not_installed(own_environment):
    environment._write_stamp("check")
    environment.PYTHON.unlink()
    assert not environment.is_installed("check")


def test_a_damaged_stamp_is_no_stamp(own_environment):
    environment._write_stamp("check")
    environment.STAMP.write_text('{"check": ')
    assert not environment.is_installed("check")


def test_a_failed_installation_leaves_no_stamp_and_says_why(own_environment, monkeypatch):
    environment._write_stamp("simulate")
    (environment.TOOLS / "requirements-simulate.txt").write_text("./nowhere\n")
    monkeypatch.setattr(environment, "_works", lambda: True)
    with pytest.raises(environment.SetupFailed) as failure:
        environment.install("simulate")
    assert "nowhere" in str(failure.value) and str(environment.LOG) in str(failure.value)
    assert not environment.STAMP.exists()


@pytest.mark.parametrize(
    "said, sentence",
    [
        ("ensurepip is not available", "install its venv module"),
        ("No module named venv", "install its venv module"),
        ("Error: No space left on device", "No space left on device"),
    ],
)
def test_a_python_that_cannot_make_environments_gets_one_sentence(own_environment, monkeypatch, said, sentence):
    failed = subprocess.CompletedProcess([], 1, stdout="", stderr=said)
    monkeypatch.setattr(environment.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(environment.SetupFailed, match=sentence) as failure:
        environment._make_environment()
    assert "\n" not in str(failure.value)


def test_no_network_is_called_by_its_name():
    assert "network" in environment._why_pip_failed(["No matching distribution found for x==1"])
    assert "disk full" in environment._why_pip_failed(["Could not install packages", "disk full"])


def test_an_old_python_gets_one_sentence(monkeypatch):
    monkeypatch.setattr(environment, "OLDEST_PYTHON", (99, 0))
    with pytest.raises(SystemExit, match="Python 99.0 or newer is needed"):
        environment.enter("check")


def test_ctrl_c_during_the_imports_is_no_traceback():
    program = "import sys\nsys.path.insert(0, %r)\nimport environment\nenvironment.enter('check')\nraise %s"
    for problem, said in (("KeyboardInterrupt", "Stopped.\n"), ("ValueError", "ValueError\n")):
        ran = subprocess.run([sys.executable, "-c", program % (str(environment.TOOLS), problem)], capture_output=True, text=True)
        assert ran.returncode != 0 and ran.stderr.endswith(said)
        assert ("Traceback" in ran.stderr) == (problem == "ValueError")


def test_every_pin_is_exact():
    for group in environment.GROUPS:
        for pin in environment._pins(group):
            assert "==" in pin.partition(";")[0], pin


WAITING = """
import sys
sys.path.insert(0, %r)
import environment
with environment.alone(environment.TOOLS, "the other one"):
    print("in", flush=True)
    sys.stdin.readline()
"""


def test_two_set_ups_at_once_wait_for_each_other():
    command = [sys.executable, "-c", WAITING % str(environment.TOOLS)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as first, subprocess.Popen(command, **pipes) as second:
        lines = sorted((first, second), key=lambda process: process.stdout.readline() != "in\n")
        lines[0].communicate("go on\n")
        said, _ = lines[1].communicate("go on\n")
    assert said == "in\n"


# ---- the law of imports ----


@pytest.mark.parametrize(
    "name, source, broken",
    [
        ("core/a.py", "import struct\nfrom core.b import c\nfrom core import b\nimport json, math, gc\n", None),
        ("core/a.py", "import time\n", "core is pure"),
        ("core/a.py", "def f():\n    import asyncio\n", "core is pure"),
        ("core/a.py", "import server\n", "core must not import server"),
        ("core/a.py", "from hardware import board\n", "core must not import hardware"),
        ("hardware/a.py", "import machine\nfrom core import b\nfrom hardware import board\n", None),
        ("hardware/a.py", "import portal.site\n", "hardware must not import portal"),
        ("portal/a.py", "import asyncio\nfrom microdot import Microdot\nfrom core import b\nfrom portal import files\n", None),
        ("portal/a.py", "from hardware.wifi import Wifi\n", "portal must not import hardware.wifi"),
        ("portal/a.py", "import logger\n", "portal must not import logger"),
        ("portal/a.py", "import socket\n", "only hardware/"),
        ("logger.py", "def f():\n    from hardware.wifi import Wifi\n", "logger must not import hardware.wifi"),
        ("logger.py", "def f():\n    from upload import verdict\n", None),
        ("upload.py", "from hardware.uploader import Uploader\n", "upload must not import"),
        ("trial.py", "import asyncio\nfrom core import b\n", None),
        ("trial.py", "from microdot import abort\n", "trial must not import microdot"),
        ("server.py", "from hardware import listener\nfrom core import b\n", None),
        ("app.py", "import portal.site\nfrom hardware import wifi\nfrom trial import Trial\n", None),
        ("server.py", "import app\n", "server must not import app"),
        ("server.py", "import tools\n", "server must not import tools"),
        ("app.py", "__import__('portal.site')\n", "imports what no tool sees"),
        ("app.py", "def f(text):\n    exec(text)\n", "imports what no tool sees"),
        ("main.py", "import app\napp.start()\n", None),
        ("server.py", "print('hello')\n", "a module defines"),
        ("server.py", "for x in 'ab': pass\n", "a module defines"),
        ("server.py", "pin = Pin(2)\n", "a module defines"),
        ("server.py", "class A:\n    x = open('y')\n", "a module defines"),
        ("server.py", "'What it is.'\nP = namedtuple('P', 'x y')\nA = {1: (2, 3)}\nclass B:\n    x = 1\n", None),
        ("server.py", "import time\ndef f():\n    return time.time()\n", "only hardware/clock.py"),
        ("hardware/clock.py", "import time\ndef f():\n    return time.time()\n", None),
    ],
)
def test_the_law_of_imports(tmp_path, name, source, broken):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(source)
    found = import_law.violations(tmp_path)
    if broken:
        assert broken in found[0] and found[0].startswith("device/%s:" % name)
    else:
        assert found == []


def test_the_firmware_keeps_the_law():
    assert import_law.violations() == []


# ---- the portable runner ----


def test_the_portable_runner_counts_and_shows_failures(tmp_path, monkeypatch, capsys):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_sums.py").write_text(
        "def test_right():\n    assert 1 + 1 == 2\n\ndef test_wrong():\n    assert 1 + 1 == 3\n\ndef helper():\n    raise ValueError\n"
    )
    (tmp_path / "tests" / "test_broken.py").write_text("import nothing_like_this\n")
    (tmp_path / "tests" / "test_ends.py").write_text("import sys\ndef test_end():\n    sys.exit(0)\n")
    monkeypatch.setattr(portable_tests, "ROOT", tmp_path)
    tests = sorted((tmp_path / "tests").glob("*.py"))
    assert portable_tests.run(interpreters.pypi(), tests, out=tmp_path) == (1, 3)
    said = capsys.readouterr().out
    assert "FAILED test_sums.test_wrong" in said and "AssertionError" in said
    assert "FAILED test_broken" in said and "nothing_like_this" in said
    assert "FAILED test_ends" in said
    assert said.endswith("1 passed, 3 failed\n")


def test_the_portable_runner_can_choose_by_name(tmp_path, monkeypatch):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_sums.py").write_text("def test_one():\n    pass\ndef test_two():\n    assert False\n")
    monkeypatch.setattr(portable_tests, "ROOT", tmp_path)
    assert portable_tests.run(interpreters.pypi(), [tmp_path / "tests" / "test_sums.py"], "one", tmp_path) == (1, 0)


# ---- interpreters ----


def test_what_is_no_micropython_is_refused():
    with pytest.raises(interpreters.Unavailable, match="does not run as a MicroPython"):
        interpreters.examined(sys.executable)
    with pytest.raises(interpreters.Unavailable, match="does not run"):
        interpreters.examined("/nowhere/micropython")


def test_the_release_comes_from_where_the_machine_gets_its_own_packages():
    stanza = interpreters._for_release("http://mirror.example/debian/", "/keys.gpg")
    assert "URIs: http://mirror.example/debian/\nSuites: trixie\n" in stanza and "Signed-By: /keys.gpg" in stanza
    assert interpreters._for_release("http://mirror.example/debian-security", "") is None
    assert interpreters._for_release("http://mirror.example/ubuntu", "") is None


# ---- programs of the operating system ----


APT = r"""#!/bin/sh
echo "$@" >> %(here)s/asked
case "$*" in
install*" dnsutils") printf '#!/bin/sh\n' > %(here)s/dig; /bin/chmod +x %(here)s/dig;;
install*) exit 100;;
esac
"""


@pytest.fixture
def own_system(tmp_path, monkeypatch):
    """A machine with nothing but an apt-get that knows one package, and we are its administrator."""
    apt = tmp_path / "apt-get"
    apt.write_text(APT % {"here": tmp_path})
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(system_programs.os, "geteuid", lambda: 0)
    return tmp_path


def test_a_missing_program_is_installed_once_from_whichever_package_has_it(own_system):
    path = str(own_system / "dig")
    assert system_programs.ensure("dig") == path
    asked = (own_system / "asked").read_text().splitlines()
    assert [line.split()[-1] for line in asked] == ["update", "bind9-dnsutils", "dnsutils"]
    assert system_programs.ensure("dig") == path
    assert (own_system / "asked").read_text().splitlines() == asked


def test_a_program_that_cannot_be_installed_is_named_with_its_package(own_system, monkeypatch):
    with pytest.raises(system_programs.Unavailable, match="There is no `ip`: install the package iproute2."):
        system_programs.ensure("ip")
    monkeypatch.setattr(system_programs.os, "geteuid", lambda: 1000)
    (own_system / "asked").unlink()
    with pytest.raises(system_programs.Unavailable):
        system_programs.ensure("dig")
    assert not (own_system / "asked").exists(), "who is not the administrator installs nothing"


def test_a_missing_program_fails_the_check_in_ci_only(own_system, monkeypatch, capsys):
    monkeypatch.setattr(check.browser, "ensure", lambda: "/usr/bin/chromium")
    monkeypatch.delenv("CI", raising=False)
    assert check.Check(Options())._programs() is None
    assert "There is no `ip`: install the package iproute2. Tests that need it" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    assert check.Check(Options())._programs() == "There is no `ip`: install the package iproute2."


# ---- check ----


def test_the_coverage_names_the_files_of_which_too_little_was_run():
    files = {"device/a.py": 100.0, "device/b.py": 12.4, "device/c.py": 89.9}
    report = {"files": {name: {"summary": {"percent_covered": part}} for name, part in files.items()}, "totals": {"percent_covered": 67.4}}
    assert check.coverage_lines(json.dumps(report)) == ["Coverage of device/: 67 %", "Below 90 %: device/b.py 12, device/c.py 90"]
    assert check.coverage_lines("") == ["The coverage cannot be told."]


def test_the_check_tells_what_was_left_of_both_heaps():
    told = {"python": {"total": 88000, "lowest": 9000}, "idf": {"lowest": 12000}}
    heads, line = check.memory_lines({"proof": told})
    assert "Python" in heads and line.split() == ["proof", "9000", "of", "88000", "12000"]


def test_the_busy_processes_end_with_the_run(monkeypatch):
    monkeypatch.setattr(check, "STRESS_PROCESSES", 2)
    with check.busy_machine():
        children = Path("/proc/self/task/%d/children" % os.getpid()).read_text().split()
        assert len(children) == 2
        while not all(int(Path("/proc/%s/stat" % child).read_text().split()[13]) for child in children):
            time.sleep(0.05)  # until each has had some of the processor
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


class Options:
    fast = False
    expression = ""


def test_the_last_line_is_as_pytest_prints_it():
    run = check.Check(Options())
    run._counts.update(passed=120, failed=1, skipped=2)
    assert check.SUMMARY.match(run._last_line()).group(1) == "1 failed, 120 passed, 2 skipped"


def test_counts_come_from_pytests_own_last_line(tmp_path, capfd):
    (tmp_path / "test_a.py").write_text("import pytest\ndef test_a(): pass\ndef test_b(): assert 0\ndef test_c(): pytest.skip('x')\n")
    run = check.Check(Options())
    assert run._pytest([str(tmp_path)]) is None
    assert run._counts == {"passed": 1, "failed": 1, "skipped": 1}
    assert "assert 0" in capfd.readouterr().out


def test_a_pytest_that_cannot_start_is_a_failure(tmp_path):
    assert check.Check(Options())._pytest([str(tmp_path / "nowhere")]) == "pytest ended with status 4"


def test_another_version_is_one_of_the_same_word_size():
    kinds = (((1, 29, 0), 64), ((1, 25, 0), 32), ((1, 25, 0), 64))
    first, narrow, other = (interpreters.Interpreter("", "", version, bits) for version, bits in kinds)
    assert check.another_version([first, narrow, other]) == other
    assert check.another_version([first, narrow]) is None
    assert check.another_version([first, first]) is None


def test_the_chosen_micropython_is_what_the_device_runs_on(monkeypatch):
    monkeypatch.setattr(chosen_micropython, "VARIABLE", "DEWLOG_TESTS_NO_CHOICE")
    assert chosen_micropython.path() == interpreters.pypi().path
    with pytest.raises(interpreters.Unavailable):
        chosen_micropython.choose("/bin/true")
    monkeypatch.setenv(chosen_micropython.VARIABLE, "/some/micropython")
    assert chosen_micropython.path() == "/some/micropython"


def test_a_micropython_that_is_none_is_wrong_usage_of_the_tests():
    command = [sys.executable, "-m", "pytest", "--micropython", "/bin/true", "tests/host/test_label.py"]
    refused = subprocess.run(command, cwd=environment.ROOT, capture_output=True, text=True)
    assert refused.returncode == 4 and "--micropython: /bin/true does not run as a MicroPython" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_step_with_a_problem_fails_the_run(capsys):
    run = check.Check(Options())
    assert not run._step("Sums", lambda: "two and two are five")
    assert "FAILED: two and two are five" in capsys.readouterr().out
    assert run._counts["failed"] == 1
