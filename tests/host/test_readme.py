"""The README is true: its commands run, its pictures and files exist, its addresses answer."""

import json
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import build
import now
import pytest
from test_dashboard import FakeStation
from virtual_device import free_ports

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = sorted(set(re.findall(r"python3 tools/[^`\n]+?(?=`|$)", README, re.MULTILINE)))
LONG_RUNNING = ("tools/simulate.py", "tools/check.py", "tools/fuzz.py", "tools/wear.py", "tools/soak.py", "tools/latency.py")
EXPLAINS_CRASHES = "tools/crash_places.py"
WITHOUT_BOARD = (*LONG_RUNNING, EXPLAINS_CRASHES, "tools/build.py")
PATIENCE_S = 120
INSIDE = {folder: (ROOT / folder / "README.md").read_text() for folder in ("device", "web", "tools", "tests")}
"""The READMEs for people who work in the folders."""
BLOCKS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMANDS_INSIDE = sorted({
    command for text in INSIDE.values()
    for command in re.findall(r"`(python3 [^`]+)`", text) + [line for block in BLOCKS.findall(text) for line in block.splitlines()]
})  # fmt: skip


def arguments_of(command):
    return [sys.executable] + shlex.split(command)[1:]


def test_the_main_commands_are_mentioned():
    assert {"python3 tools/simulate.py", "python3 tools/check.py", "python3 tools/deploy.py --flash"} <= set(COMMANDS)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.split()[1] not in WITHOUT_BOARD])
def test_a_command_for_a_board_says_in_a_sentence_that_there_is_none(command, tmp_path):
    arguments = arguments_of(command) + ["--port", str(tmp_path / "no-such-port")]
    if "deploy.py" in command:
        arguments.append("--dry-run")
    run = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    said = run.stdout + run.stderr
    assert run.returncode in (1, 2) and "Traceback" not in said and "unrecognized" not in said, said
    assert re.search(r"[A-Z][^.]+\.", said), said


@pytest.mark.parametrize("command", [command for command in COMMANDS if "tools/simulate.py" in command])
def test_the_simulation_starts_and_tells_what_to_open(command, tmp_path):
    port, thingspeak_port = free_ports(2)
    ports = ["--port", str(port), "--dns-port", "0", "--thingspeak-port", str(thingspeak_port), "--state", str(tmp_path / "state")]
    process = subprocess.Popen(arguments_of(command) + ports, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = threading.Timer(PATIENCE_S, process.kill)
    deadline.start()
    said = ""
    for line in process.stdout:
        said += line
        if "What to fill in" in line:
            process.send_signal(signal.SIGINT)
    deadline.cancel()
    assert process.wait() == 0, said
    assert "open http://127.0.0.1:%d/" % (port + 1) in said and "SIMULATEDKEY0001" in said, said


def test_the_build_command_makes_what_the_text_says():
    run = subprocess.run([sys.executable, "tools/build.py"], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert run.returncode == 0, run.stderr
    assert (ROOT / ".build/flash/app.shelf").exists()


def test_the_crashes_of_a_diagnostics_file_are_told_in_the_sources_names(tmp_path):
    modules, short = build.board_words()
    place = 'File "%s", line 1, in %s' % (modules["core.thingspeak"], short.get("update_request", "update_request"))
    file = tmp_path / "diagnostics.txt"
    file.write_text("Dewlog 0.9 00000000, time unknown\ncrashes\n  error=KeyError, where=['%s']\n" % place)
    command = next(command for command in COMMANDS if EXPLAINS_CRASHES in command)
    arguments = [str(file) if argument == file.name else argument for argument in arguments_of(command)]
    run = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert run.returncode == 0 and run.stdout.startswith("It is from Dewlog 0.9 00000000"), run.stderr
    assert re.search(r"device/core/thingspeak.py:[-\d]+, in update_request", run.stdout)


@pytest.mark.parametrize("script, option", [
    ("tools/check.py", "--fast"),
    ("tools/soak.py", "--days"),
    ("tools/fuzz.py", "--minutes"),
    ("tools/latency.py", "--seconds"),
    ("tools/wear.py", "--hours"),
    ("tests/host/readme_pictures.py", "--out"),
])
def test_a_long_running_command_explains_itself(script, option):
    assert "python3 " + script in README
    run = subprocess.run([sys.executable, script, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert run.returncode == 0 and option in run.stdout


def test_every_picture_and_every_named_file_is_there():
    pictures = re.findall(r'(?:src="|\]\()(\.pictures/[^")]+)', README)
    files = re.findall(r"`((?:device|tools|tests|web)/[\w./]+)`", README)
    assert len(pictures) >= 4
    missing = [name for name in pictures + files if not (ROOT / name).exists()]
    assert not missing


def test_every_address_for_scripts_answers(device):
    device.set_up()
    for path in re.findall(r"`(/[\w./?=]+)`", README[README.index("## For scripts") : README.index("## How it is built")]):
        if path != "/api/events":  # a stream without an end
            assert device.get(path).status == 200, path


@pytest.mark.parametrize("command", COMMANDS_INSIDE)
def test_a_command_inside_is_there_and_has_the_options_it_is_given(command):
    arguments = arguments_of(command)
    question = "--collect-only" if "pytest" in arguments else "--help"
    run = subprocess.run(arguments + [question], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert run.returncode == 0, run.stdout + run.stderr
    if question == "--help":
        options = [word for word in arguments if word.startswith("-")]
        assert all(re.search(r"(?<![\w-])%s(?![\w-])" % option, run.stdout) for option in options), run.stdout


@pytest.mark.parametrize("folder", INSIDE)
def test_every_file_that_is_named_inside_is_there(folder):
    assert "[%s/](%s/README.md)" % (folder, folder) in README
    text = INSIDE[folder]
    missing = [link for link in re.findall(r"\]\(([^):#]+)\)", text) if not (ROOT / folder / link).exists()]
    named = set(re.findall(r"(?<![\w/.*>-])\w[\w/]*\.(?:py|html|css|js)\b(?!\.\w)", text))
    missing += [name for name in named if not (ROOT / folder / name).exists() and not (ROOT / name).exists()]
    assert not missing


def test_the_sample_of_the_readings_has_the_names_of_the_real_ones():
    sample = json.loads(re.search(r"^```json\n(.*?)^```", INSIDE["device"], re.MULTILINE | re.DOTALL).group(1))
    real = now.document(FakeStation())
    assert {name: set(value) for name, value in sample.items() if isinstance(value, dict)} == {
        name: set(value) for name, value in real.items() if isinstance(value, dict)
    } and set(sample) == set(real)
