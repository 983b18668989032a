"""The README files are true: every command in them runs, pictures and files exist, addresses answer, figures hold."""

import json
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import build
import firmware
import pytest
from hardware.segments import FLOOR_BYTES
from core.reading import SEGMENT_RECORDS
from simulator.flash_image import FlashImage
from virtual_device import free_ports

ROOT = Path(__file__).resolve().parents[2]
FILES = ("README.md", "device/README.md", "web/README.md", "tools/README.md", "tests/README.md", ".github/CONTRIBUTING.md")
TEXTS = {name: (ROOT / name).read_text() for name in FILES}
README = TEXTS["README.md"]
COMMANDS = sorted({found.strip() for text in TEXTS.values() for found in re.findall(r"python3 ((?:tools|tests)/[^`\n#]+)", text)})
FOR_A_BOARD = ("deploy", "doctor", "console", "backup", "label")
QUICK = ("build", "import_law")
SERVING = {
    "simulate": "What to fill in",
    "local_thingspeak": "http://",
    "setup_states": "/preview",
    "readings_states": "/preview",
    "page_preview": "/preview",
}
"""What these say when they are ready, until Ctrl-C."""
LONG = ("check", "benchmark", "soak", "fuzz", "portable_tests", "readme_pictures")
"""Too long for a test, or tests themselves: they explain themselves and know the options that stand there."""
pytestmark = pytest.mark.timeout(900)
PATIENCE_S = 120
VFS_BYTES = 2 << 20
"""Of an official firmware's 4 MB."""


def commands(*names):
    return [command for command in COMMANDS if Path(command.split()[0]).stem in names]


def arguments_of(command):
    return [sys.executable] + shlex.split(command)


def ended(arguments):
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)


def test_every_command_is_tried_by_one_of_these_tests():
    assert {"tools/simulate.py", "tools/check.py", "tools/deploy.py --flash"} <= set(COMMANDS)
    assert set(COMMANDS) == set(commands(*FOR_A_BOARD, *QUICK, *SERVING, *LONG))


@pytest.mark.parametrize("command", commands(*FOR_A_BOARD))
def test_a_command_for_a_board_says_in_a_sentence_that_there_is_none(command, tmp_path):
    arguments = arguments_of(command) + ["--port", str(tmp_path / "no-such-port")]
    if "deploy.py" in command:
        arguments.append("--dry-run")
    run = ended(arguments)
    said = run.stdout + run.stderr
    assert run.returncode in (1, 2) and "Traceback" not in said and "unrecognized" not in said, said
    assert re.search(r"[A-Z][^.]+\.", said), said


@pytest.mark.parametrize("command", commands(*QUICK))
def test_a_quick_command_does_its_work(command):
    run = ended(arguments_of(command))
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("command", commands(*LONG))
def test_a_long_command_knows_the_options_that_stand_there(command):
    script, *options = shlex.split(command)
    run = ended([sys.executable, script, "--help"])
    assert run.returncode == 0
    assert all(option in run.stdout for option in options if option.startswith("-"))


@pytest.mark.parametrize("command", commands(*SERVING))
def test_a_command_that_serves_tells_what_to_open(command, tmp_path):
    name = Path(command.split()[0]).stem
    port, thingspeak_port = free_ports(2)
    options = ["--port", str(port)]
    if name == "simulate":
        options += ["--dns-port", "0", "--thingspeak-port", str(thingspeak_port), "--state", str(tmp_path / "state")]
    elif name == "local_thingspeak":
        options += ["--state", str(tmp_path / "channel.json"), "--certificates", str(tmp_path)]
    process = subprocess.Popen(arguments_of(command) + options, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = threading.Timer(PATIENCE_S, process.kill)
    deadline.start()
    said = ""
    for line in process.stdout:
        said += line
        if SERVING[name] in line:
            process.send_signal(signal.SIGINT)
    deadline.cancel()
    status = process.wait(PATIENCE_S)
    assert status == 0 or name != "simulate" and status == -signal.SIGINT, said
    opened = port + 1 if name == "simulate" else port  # out of the box the hotspot's door is the one to go through
    assert ":%d/" % opened in said, said
    assert name != "simulate" or "SIMULATEDKEY0001" in said, said


def test_the_tests_that_are_named_there_are_there():
    named = re.findall(r"-m pytest (tests/\S+\.py)", TEXTS["tests/README.md"])
    assert len(named) == 2 and all((ROOT / name).is_file() for name in named)


def test_it_is_short_enough_to_be_read():
    assert README.count("\n") < 250


def test_every_picture_and_every_named_file_is_there():
    for name, text in TEXTS.items():
        pictures = re.findall(r'(?:src="|\]\()(\.pictures/[^")]+)', text)
        links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
        files = re.findall(r"`((?:device|tools|tests|web)/[\w./]+\.\w+)`", text)
        files += ["tests/" + path for path in re.findall(r"`(host/[\w./]+)`", text) if name == "tests/README.md"]
        missing = [path for path in files if "NAME" not in path and not (ROOT / path).exists()]
        missing += [path for path in pictures + links if not (ROOT / name).parent.joinpath(path).exists()]
        assert not missing, name
    shown = set(re.findall(r"\.pictures/([\w.-]+)", README))
    assert len(shown) >= 6


def test_every_document_has_the_members_that_its_sample_shows_and_every_address_for_scripts_answers(new_device):
    samples = {}
    for before, sample in re.findall(r"(`GET (?:(?!```).)*?)\n\n```json\n(.*?)```", TEXTS["device/README.md"], re.DOTALL):
        samples[re.search(r"`GET ([^`]+)`", before.split("\n\n")[-1])[1]] = json.loads(sample)
    device = new_device(speed=10)

    def told(path):
        return device.unless_busy(lambda: device.get(path))

    device.wait_for(lambda: told("/api/networks").json()["networks"])
    found = {path: told(path).json() for path in ("/api/networks", "/api/setup")}
    device.set_up()
    device.wait_for(lambda: told("/api/readings").json()["raw"])
    found.update({path: told(path).json() for path in ("/api/readings", "/api/history?span=24h")})
    assert {path: _shape(sample) for path, sample in samples.items()} == {path: _shape(document) for path, document in found.items()}

    section = README[README.index("## For scripts") : README.index("## Inside")]
    paths = re.findall(r"^\| `(/[^`]+)`", section, re.MULTILINE)
    part = re.search(r"`(\?from=[^`]+)`", section)[1]
    spans = re.findall(r"`(\d+[hd])`", section)
    assert len(paths) == 5 and len(spans) == 4
    for path in paths + ["/readings.csv" + part] + ["/api/history?span=" + span for span in spans]:
        if path != "/api/events":  # a stream without an end
            assert told(path).status == 200, path


def _shape(document):
    """The names of members, at every depth; of a list those of its first entry."""
    if isinstance(document, dict):
        return {name: _shape(value) for name, value in document.items()}
    return [_shape(one) for one in document[:1]] if isinstance(document, list) else None


def test_the_readings_last_as_long_as_the_table_says(tmp_path):
    app = build.read(build.build())[0]
    files = {"/%s/%s" % (slot, name): content for slot in "ab" for name, content in app.items()}
    (tmp_path / "flash.img").write_bytes(firmware.littlefs_image(files, VFS_BYTES // firmware.SECTOR_BYTES))
    segments = (FlashImage(tmp_path / "flash.img").free_bytes() - FLOOR_BYTES) // (4 * 4096)
    rows = re.findall(r"^\| (\d+) (s|min) \| (\d+) days \| (\d+) % \|", README, re.MULTILINE)
    assert len(rows) == 4
    for number, unit, days, share_pct in rows:
        interval_s = int(number) * (60 if unit == "min" else 1)
        assert int(days) <= segments * SEGMENT_RECORDS * interval_s / 86400 < 2 * int(days), (number, unit)
        most_pct = 100 * 365 * 86400 / interval_s / 3_000_000
        assert most_pct - 1 < int(share_pct) < most_pct + 1
