"""Deploying to a board that is a pseudo-terminal with MicroPython behind it; the real mpremote talks to it."""

import errno
import io
import os
import re
from pathlib import Path

import board_on_a_terminal
import board_update
import deploy
import pytest
import serial_ports
import slots
from board_choice import choose
from board_link import BoardFull, BoardGone, BoardLink, BoardProblem
from board_on_a_terminal import BoardOnATerminal, add_files, files
from rich.console import Console

MAIN_PY = (Path(__file__).resolve().parents[2] / "device" / "main.py").read_bytes()
PASSWORD = "kp7m4xwq"

APP = '''
import json, machine, time
def start(failed):
    print("Dewlog", open("/%s/version").read().strip())
    with open("/state.json", "w") as file:
        file.write(json.dumps({"hotspot_password": "kp7m4xwq"}))
    print("Hotspot: Dewlog-A1B2C3")
    print("Join it with a phone and open http://192.168.4.1/")
    dog = machine.WDT(timeout=3000)
    while True:
        dog.feed()
        time.sleep(0.1)
'''
"""An app that is as quick to start as a test wants it, and as hard to interrupt as the real one."""


def app(version, slot="a", **changes):
    """The files of an app: one that says its version, some modules, a page."""
    contents = {"app.py": (APP % slot).encode(), "version": version.encode(), "hardware/board.mpy": b"pins",
                "core/reading.mpy": b"M\x06" + bytes(range(256)) * 5, "static/page.html.gz": bytes(1000)}
    contents.update(changes)
    return contents


def build_folder(folder, contents):
    """Write `contents` as the build does."""
    for path, content in dict({"main.py": MAIN_PY}, **{"flash/" + name: content for name, content in contents.items()}).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


STRIDE = 5
"""Of all flash writes every fifth is cut, and each one about where the new app takes over."""
BRIEF = {"app.py": b"def start(failed):\n    pass\n"}
"""An app that ends at once: nothing has to be interrupted."""
OLD = app("1", **BRIEF)
NEW = app("2", **BRIEF, **{"core/reading.mpy": bytes(3000), "core/new.mpy": b"new", "static/page.html.gz": bytes(9000)})
"""Two versions: files that change, one that is new."""


class Run:
    """One run of tools/deploy.py in this process."""

    def __init__(self, tmp_path, contents, *arguments):
        self.output = io.StringIO()
        screen = Console(file=self.output, width=200, highlight=False, soft_wrap=True)
        labels = ["--labels", str(tmp_path / "labels")]
        self.status = deploy.main(list(arguments) + labels, screen, build_folder(tmp_path / "build", contents))
        self.text = self.output.getvalue()


def update(board, contents):
    """Bring a board up to date without following its start; returns the Update."""
    with BoardLink(board.device) as link:
        link.interrupt()
        facts = link.facts()
        board_update.check(facts)
        planned = board_update.prepare(link, facts, contents, MAIN_PY)
        told = []
        board_update.carry_out(link, planned, MAIN_PY, told.append)
        assert sum(told) == board_update.bytes_to_move(planned)
    return planned


def app_that_starts(image):
    """The version and the files of the app that a board with this image starts; None when it starts nothing."""
    found = files(image)
    if "/main.py" not in found:
        return None
    assert found["/main.py"] == MAIN_PY
    folder = "/%s/" % found["/active"].decode()[:1]
    return {path[len(folder):]: content for path, content in found.items() if path.startswith(folder)}


@pytest.fixture
def image(tmp_path):
    return tmp_path / "flash.img"


@pytest.mark.every_micropython
def test_a_first_deploy_starts_the_app_and_makes_its_label(tmp_path, image, capsys):
    with BoardOnATerminal(image) as board:
        run = Run(tmp_path, app("1"), "--port", board.device)
        assert board.has_restarted(2), "once to start, once after the label's password was read"
    assert run.status == 0, run.text
    assert "Dewlog 1" in run.text
    assert "open http://192.168.4.1/" in run.text
    assert app_that_starts(image) == app("1")
    label = (tmp_path / "labels" / "Dewlog-A1B2C3.svg").read_text()
    assert PASSWORD in label
    assert (tmp_path / "labels" / "Dewlog-A1B2C3.png").stat().st_size > 1000
    assert PASSWORD in capsys.readouterr().out


@pytest.mark.every_micropython
def test_a_second_deploy_sends_only_the_file_that_changed_and_keeps_everything_else(tmp_path, image):
    kept = {"/settings.json": b'{"ssid": "Home"}', "/journal/000001.seg": bytes(4096)}
    with BoardOnATerminal(image) as board:
        Run(tmp_path, app("1"), "--port", board.device)
    add_files(image, kept)
    with BoardOnATerminal(image) as board:
        run = Run(tmp_path, app("2"), "--port", board.device, "--verbose")
    assert run.status == 0, run.text
    assert re.findall(r"send (\S+),", run.text) == ["/b/version"]
    assert app_that_starts(image) == app("2")
    assert {path: content for path, content in files(image).items() if path in kept} == kept
    assert board.restarts == ["reset"], "the label's password was known"


def test_a_third_deploy_removes_what_the_app_no_longer_has(tmp_path, image):
    with BoardOnATerminal(image) as board:
        update(board, app("1"))
        update(board, app("2", **{"core/old.mpy": b"old"}))
        update(board, app("3"))
        update(board, app("4"))
    assert app_that_starts(image) == app("4")


def test_the_first_deploy_takes_the_room_for_the_next_one(image):
    with BoardOnATerminal(image) as board:
        update(board, app("1"))
        assert {path[3:] for path in files(image) if path.startswith("/b/")} == set(app("1"))
        planned = update(board, app("2")).plan
    assert (planned.send, planned.copy) == (["version"], [])
    assert planned.keep == sorted(set(app("1")) - {"version"})


def test_nothing_is_written_when_nothing_differs(tmp_path, image):
    with BoardOnATerminal(image) as board:
        update(board, app("1"))
        before = image.read_bytes()
        planned = update(board, app("1"))
        assert (planned.new_app, planned.new_main) == (False, False)
        assert image.read_bytes() == before


def test_a_dry_run_tells_and_changes_nothing(tmp_path, image):
    with BoardOnATerminal(image) as board:
        before = image.read_bytes()
        run = Run(tmp_path, app("1"), "--port", board.device, "--dry-run")
    assert run.status == 0
    assert "would send app.py" in run.text
    assert image.read_bytes() == before


def test_wipe_erases_settings_and_readings_and_foreign_files(tmp_path, image):
    add_files(image, {"/settings.json": b"{}", "/journal/000001.seg": b"x", "/somebody/elses.py": b"x", "/boot.py": b"#"})
    with BoardOnATerminal(image) as board:
        update(board, app("1"))
        run = Run(tmp_path, app("2"), "--port", board.device, "--wipe")
    assert run.status == 0, run.text
    left = {path.split("/")[1] for path in files(image)}
    assert left == {"a", "b", "active", "main.py", "state.json"}, "state.json is new: the app has started"
    assert app_that_starts(image) == app("2")


def test_a_power_cut_in_a_flash_write_of_an_update_leaves_the_old_or_the_new_app(image, tmp_path):
    with BoardOnATerminal(image) as board:
        update(board, OLD)
    before = image.read_bytes()

    def started_after(writes):
        """The app that starts after a cut in that write, and whether there was one."""
        image.write_bytes(before)
        was_cut = False
        with BoardOnATerminal(image, writes_left=writes) as board:
            try:
                update(board, NEW)
            except BoardProblem as problem:
                assert isinstance(problem, BoardGone) or "in use" in str(problem), problem
                was_cut = True
        started = app_that_starts(image)
        assert started in (OLD, NEW), "after %d writes" % writes
        return started, was_cut

    writes, last_old = 0, -1
    while True:
        started, was_cut = started_after(writes)
        if not was_cut:
            break
        last_old = writes if started == OLD else last_old
        writes += STRIDE
    assert started == NEW and writes > 10, "the cut came before the update had begun to write"
    for near in range(last_old + 1, last_old + STRIDE):
        started_after(near)


def test_a_power_cut_in_the_first_deploy_leaves_an_empty_board_or_the_app(image):
    add_files(image, {})
    empty = image.read_bytes()
    for writes in (0, 1, 3, 8, 21, 34):
        image.write_bytes(empty)
        with BoardOnATerminal(image, writes_left=writes) as board:
            with pytest.raises(BoardGone):
                update(board, OLD)
        assert app_that_starts(image) in (None, OLD)
        with BoardOnATerminal(image) as board:
            update(board, OLD)
        assert app_that_starts(image) == OLD, "the next try finishes"


def test_a_cable_pulled_after_any_number_of_bytes_leaves_the_old_or_the_new_app(image):
    with BoardOnATerminal(image) as board:
        update(board, OLD)
    before = image.read_bytes()
    for sent in range(0, 27000, 3000):
        image.write_bytes(before)
        with BoardOnATerminal(image, bytes_left=sent) as board:
            try:
                update(board, NEW)
            except BoardProblem as problem:
                assert "does not answer" in str(problem) or "is in use" in str(problem)
        assert app_that_starts(image) in (OLD, NEW), "after %d bytes" % sent


def test_the_watchdog_of_the_running_app_does_not_bite_during_a_copy(image, monkeypatch):
    monkeypatch.setattr("board_link.PIECE_BYTES", 64)
    with BoardOnATerminal(image) as board:
        update(board, app("1"))
        restart_and_wait(board)
        board.slow_s = 0.02
        update(board, app("2", **{"big.mpy": bytes(7000)}))
        assert board.restarts == ["reset"], "it would have bitten after 3 s"
    assert app_that_starts(image)["version"] == b"2"


def restart_and_wait(board):
    with BoardLink(board.device) as link:
        link.interrupt()
        link.restart()
        assert any("http://" in line for line in link.lines(60))


def test_boards_that_cannot_run_dewlog_are_refused_in_words(tmp_path, image, capsys):
    cases = (
        ({"version": [1, 22, 2]}, "MicroPython 1.22.2; Dewlog needs 1.24 to 1.29. `python3 tools/deploy.py --flash`"),
        ({"mpy": 0x2B05}, "--flash"),
        ({"platform": "esp8266"}, "ESP8266. It has too little memory"),
        ({"platform": "rp2", "machine": "Raspberry Pi Pico"}, "no ESP32 but: Raspberry Pi Pico"),
        ({"flash_bytes": 2 << 20}, "2 MB of flash; Dewlog needs 4 MB"),
    )
    for facts, sentence in cases:
        with BoardOnATerminal(image, facts) as board:
            assert Run(tmp_path, app("1"), "--port", board.device).status == 1
        assert sentence in capsys.readouterr().err
        assert files(image) == {}


def test_a_newer_micropython_is_allowed_with_a_warning():
    facts = dict(board_on_a_terminal.FACTS, version=[1, 30, 0], littlefs=True)
    assert "newer than" in board_update.check(facts)[0]


def test_a_fat_filesystem_is_refused():
    with pytest.raises(BoardProblem, match="not littlefs"):
        board_update.check(dict(board_on_a_terminal.FACTS, littlefs=False))


def test_a_full_filesystem_is_said_before_anything_is_written(tmp_path, image, capsys):
    add_files(image, {"/main.py": b"print('old')", "/journal/000001.seg": bytes(500 * 4096)})
    with BoardOnATerminal(image) as board:
        before = image.read_bytes()
        assert Run(tmp_path, app("1", **{"big.mpy": bytes(60000)}), "--port", board.device).status == 1
        assert image.read_bytes() == before
    assert "filesystem is full" in capsys.readouterr().err


def test_a_filesystem_that_fills_up_on_the_way_leaves_the_old_app(image, monkeypatch):
    with BoardOnATerminal(image) as board:
        update(board, app("1"))
    add_files(image, {"/journal/000001.seg": bytes(470 * 4096)})
    monkeypatch.setattr(board_update, "_check_room", lambda *_: None)
    with BoardOnATerminal(image) as board:
        with pytest.raises(BoardFull):
            update(board, app("2", **{"big.mpy": bytes(200000)}))
    assert app_that_starts(image) == app("1")


def test_two_boards_each_get_the_app(tmp_path):
    images = (tmp_path / "1.img", tmp_path / "2.img")
    with BoardOnATerminal(images[0]) as first, BoardOnATerminal(images[1], {"mac": "246f28a1b2c4"}) as second:
        run = Run(tmp_path, app("1"), "--port", first.device, "--port", second.device)
    assert run.status == 0, run.text
    assert "2 of 2 boards are ready." in run.text
    assert [app_that_starts(image)["version"] for image in images] == [b"1", b"1"]


def test_all_takes_every_board_that_is_connected(tmp_path, monkeypatch):
    images = (tmp_path / "1.img", tmp_path / "2.img")
    with BoardOnATerminal(images[0]) as first, BoardOnATerminal(images[1], {"mac": "246f28a1b2c4"}) as second:
        ports = [serial_ports.Port(board.device, "CP210x", None) for board in (first, second)]
        monkeypatch.setattr(serial_ports, "find", lambda: ports)
        run = Run(tmp_path, app("1"), "--all")
    assert run.status == 0, run.text
    assert "2 of 2 boards are ready." in run.text
    assert sorted(path.name for path in (tmp_path / "labels").glob("*.svg")) == ["Dewlog-A1B2C3.svg", "Dewlog-A1B2C4.svg"]


def test_one_bad_board_does_not_keep_the_other_from_its_app(tmp_path, image, capsys):
    with BoardOnATerminal(image) as board:
        run = Run(tmp_path, app("1"), "--port", "/dev/ttyNOWHERE", "--port", board.device)
    assert run.status == 1
    assert "1 of 2 boards are ready." in run.text
    assert "There is no port /dev/ttyNOWHERE." in capsys.readouterr().err


def test_an_app_that_breaks_at_its_start_is_noticed(tmp_path, image, capsys):
    with BoardOnATerminal(image) as board:
        run = Run(tmp_path, app("1", **{"app.py": b"def start(failed):\n    raise ValueError(1)\n"}), "--port", board.device)
    assert run.status == 1
    assert "did not start well" in capsys.readouterr().err
    assert "ValueError: 1" in run.text, "the whole traceback was shown"


def test_a_port_that_another_program_uses_is_said_in_words(image):
    with BoardOnATerminal(image) as board, BoardLink(board.device):
        with pytest.raises(BoardProblem, match="is in use"):
            BoardLink(board.device).open()


def test_what_is_no_serial_port_is_said_in_words(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"")
    for device, sentence in ((str(path), "is no serial port"), (str(tmp_path / "none"), "There is no port")):
        with pytest.raises(BoardProblem, match=sentence):
            BoardLink(device).open()


def test_a_label_that_cannot_be_written_is_said_in_words(tmp_path, image, capsys):
    (tmp_path / "labels").write_text("in the way")
    with BoardOnATerminal(image) as board:
        assert Run(tmp_path, app("1"), "--port", board.device).status == 1
    assert "The label cannot be written to" in capsys.readouterr().err


def test_no_board_is_explained(tmp_path):
    with pytest.raises(BoardProblem, match="No board found"):
        choose(ports=[])
    device = tmp_path / "1-4"
    device.mkdir()
    (device / "idVendor").write_text("1a86\n")
    assert "A CH340 is connected, but it has no serial port" in serial_ports.why_none(tmp_path, "linux")
    interface = tmp_path / "1-4:1.0"
    (interface / "ttyUSB0").mkdir(parents=True)
    assert serial_ports.why_none(tmp_path, "linux").startswith("No board found.")


def test_a_missing_driver_is_named_for_each_system(tmp_path):
    for platform, words in (("linux", "Linux has the drivers built in"), ("darwin", "macOS has drivers"), ("win32", "Device Manager")):
        sentence = serial_ports.why_none(tmp_path, platform)
        assert sentence.startswith("No board found. Plug it in with a USB cable that carries data") and words in sentence


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EACCES, "No permission to use /dev/ttyUSB0. On Linux: sudo usermod -aG dialout $USER, then log out and in again"),
        (errno.EBUSY, "/dev/ttyUSB0 is in use: close other serial monitors"),
        (errno.EIO, "/dev/ttyUSB0 cannot be opened: Input/output error."),
        (errno.ENOENT, "There is no port /dev/ttyUSB0."),
    ],
)
def test_why_a_port_does_not_open_is_said_with_what_helps(monkeypatch, number, sentence):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(serial_ports.os, "open", refuse)
    assert serial_ports.why_not_open("/dev/ttyUSB0").startswith(sentence)


def test_several_boards_are_listed_and_one_is_asked_for(capsys):
    ports = [serial_ports.Port("/dev/ttyUSB0", "CP210x", "0001"), serial_ports.Port("/dev/ttyUSB1", "CH340", None)]
    answers = iter(("3", "", "2"))
    assert choose(ports=ports, ask=lambda question: next(answers)) == ["/dev/ttyUSB1"]
    assert "1  /dev/ttyUSB0  (CP210x, 0001)" in capsys.readouterr().out
    assert choose(everyone=True, ports=ports) == ["/dev/ttyUSB0", "/dev/ttyUSB1"]
    with pytest.raises(BoardProblem, match="2 boards are connected"):
        choose(ports=ports)


def test_only_ports_with_a_usb_chip_of_esp32_boards_are_offered():
    class Listed:
        def __init__(self, device, vid):
            self.device, self.vid, self.serial_number = device, vid, None

    listed = [Listed("/dev/ttyS0", None), Listed("/dev/ttyUSB0", 0x10C4), Listed("/dev/ttyACM0", 0x1209)]
    assert [port.device for port in serial_ports.find(lambda: listed)] == ["/dev/ttyUSB0"]


def test_wrong_usage_is_status_2():
    for arguments in (["--nonsense"], ["--firmware", "x.bin"], ["--image", "x", "--flash"], ["--image", "x", "--chip", "esp8266"]):
        with pytest.raises(SystemExit) as ended:
            deploy.parse(arguments)
        assert ended.value.code == 2


def test_the_plan_copies_on_the_board_what_the_board_has():
    wanted = slots.manifest({"same": b"1", "new": b"2", "kept": b"3"})
    running = slots.manifest({"same": b"1", "new": b"old"})
    target = slots.manifest({"kept": b"3", "gone": b"4"})
    assert slots.plan(wanted, running, target, "b") == slots.Plan("b", ["new"], ["same"], ["kept"], ["gone"])
