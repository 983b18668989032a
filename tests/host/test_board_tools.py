"""doctor, backup, label and console with a board on a terminal."""

import io
import json
import time

import backup
import board_link
import board_on_a_terminal
import board_update
import console
import crash_records
import doctor
import label
import pytest
import terminal
from board_link import BoardGone, BoardLink, BoardProblem
from board_on_a_terminal import BoardOnATerminal, add_files, files
from device_identity import read_identity
from firmware_core import reading, settings, settings_store
from local_thingspeak import LocalThingSpeak
from rich.console import Console
from test_deploy import MAIN_PY, app, build_folder, update

SECRETS = ("correct horse", "SIMULATEDKEY0001")
SETTINGS = settings_store.to_json(dict(settings.DEFAULTS, ssid=b"Home", password=SECRETS[0], api_key=SECRETS[1], name="Kitchen")).encode()


@pytest.fixture
def image(tmp_path):
    """A board with Dewlog and settings; main.py is left out so that nothing has to be interrupted."""
    path = tmp_path / "flash.img"
    files = {"/a/" + name: content for name, content in app("1").items()}
    add_files(path, dict(files, **{"/active": b"a", "/settings.json": SETTINGS}))
    return path


def examination(tmp_path, image, contents=None, main_py=None, **surroundings):
    """Run tools/doctor.py on a board in these surroundings; returns (status, what it printed)."""
    add_files(image, {"/main.py": MAIN_PY if main_py is None else main_py})
    screen = Console(file=io.StringIO(), width=300, highlight=False)
    with BoardOnATerminal(image, surroundings) as board:
        status = doctor.main(["--port", board.device], screen, build_folder(tmp_path / "build", contents or app("1")))
        assert board.has_restarted(1), "the app must run again afterwards"
    return status, screen.file.getvalue()


@pytest.mark.every_micropython
def test_a_healthy_board_passes_every_step(tmp_path, image):
    with LocalThingSpeak(0, None) as thingspeak:
        servers = {"api.thingspeak.com": ["127.0.0.1", thingspeak.http_port]}
        status, text = examination(tmp_path, image, servers=servers)
    assert status == 0, text
    for words in ("1.28.0 on Generic ESP32", "Dewlog 1, complete", "Kitchen, every 60 s", "21.4 °C, 48.0 % from a DHT22 on GPIO 23",
                  "joined Home at -54 dBm as 192.168.1.57", "reached", "All is well."):
        assert words in text


def test_the_sensor_is_examined_at_the_pin_that_was_set(tmp_path, image):
    add_files(image, {"/settings.json": SETTINGS.replace(b'"pin": 0', b'"pin": 4')})
    assert "No answer from the sensor. Check that its data wire is on GPIO 4," in examination(tmp_path, image, sensor="silent")[1]


def test_every_trouble_is_named_with_what_helps(tmp_path, image):
    cases = (
        ({"sensor": "silent"}, "No answer from the sensor. Check that its data wire is on GPIO 23"),
        ({"sensor": "checksum"}, "its data arrives damaged"),
        ({"sensor": [0, 0, 0, 0]}, "It says 00 00 00 00"),
        ({"sensor": [3, 255, 255, 255]}, "It says"),
        ({"networks": [["Home", "changed", -54]]}, "The password does not match this network."),
        ({"networks": [["Home", "", -54]]}, "The network is an open one, and the settings have a password for it."),
        ({"networks": []}, "Dewlog cannot see this network."),
        ({}, "there is no way from there to the internet"),
        ({"version": [1, 20, 0]}, "MicroPython 1.20.0; Dewlog needs"),
    )
    for surroundings, sentence in cases:
        status, text = examination(tmp_path, image, **surroundings)
        assert status == 1
        assert sentence in text, text
        for secret in SECRETS:
            assert secret not in text


def test_a_damaged_an_old_and_a_missing_app_are_told_apart(tmp_path, image):
    assert "Dewlog 1 is damaged" in examination(tmp_path, image, app("1", **{"hardware/board.mpy": b"other"}))[1]
    assert "Dewlog 1; this folder has another one" in examination(tmp_path, image, app("2"))[1]
    assert "Dewlog is not installed" in examination(tmp_path, image, main_py=b"import other")[1]


CRASH = {"error": "ValueError", "message": "[hidden] [/] planted", "task": "measuring", "time_s": 1750000000, "uptime_s": 75,
         "heap_free": 30000, "where": []}


PLACE = 'File "core/dht.py", line 41, in take'


def test_a_crash_is_told_with_its_place_in_the_source(tmp_path, image):
    add_files(image, {"/crashes.json": json.dumps([CRASH, dict(CRASH, where=[PLACE])]).encode()})
    text = examination(tmp_path, image)[1]
    assert "the last of 2: ValueError [hidden] [/] planted, in measuring, at 2025-06-15T15:06:40Z" in text
    assert PLACE in text


def test_damaged_crash_records_are_said_and_end_nothing(tmp_path, image):
    for content in (b"[", b"{}", b"[3]", b'{"a": 1}'):
        add_files(image, {"/crashes.json": content})
        text = examination(tmp_path, image)[1]
        assert "Crashes" in text and "Settings     Kitchen" in text, content


def test_a_board_without_settings_is_sent_to_its_hotspot(tmp_path):
    path = tmp_path / "new.img"
    with BoardOnATerminal(path) as board:
        update(board, app("1"))
    status, text = examination(tmp_path, path)
    assert status == 1
    assert "join the hotspot on the label" in text
    assert "Wi-Fi        Cannot be tried without settings" in text and "Things to look at: 1." in text


@pytest.mark.every_micropython
def test_a_backup_has_readings_and_settings_and_no_secrets(tmp_path, image):
    readings = [reading.Reading(1750000000, 100, 3, 21.4, 48.0, 0), reading.Reading(None, 160, 3, -3.5, 50.0, 0),
                reading.Reading(None, 60, 9, 20.0, 50.0, 1)]
    segment = b"".join(bytes(reading.pack(one)) for one in readings)
    damaged = segment[:16][:-1] + bytes((segment[15] ^ 1,))
    add_files(image, {"/journal/000000.seg": segment, "/journal/000001.seg": damaged,
                      "/sessions.json": b"[9, [[3, 1749999900, 3]]]", "/crashes.json": json.dumps([dict(CRASH, where=[PLACE])]).encode()})
    folder = tmp_path / "backup"
    with BoardOnATerminal(image) as board:
        assert backup.main(["--port", board.device, "--out", str(folder)]) == 0
    assert (folder / "readings.csv").read_text() == (
        "time,temperature_c,humidity_pct,flags\n"
        "2025-06-15T15:06:40Z,21.40,48.00,0\n"
        "2025-06-15T15:07:40Z,-3.50,50.00,0\n"
        ",20.00,50.00,1\n")
    saved = (folder / "settings.json").read_text()
    assert json.loads(saved)["name"] == "Kitchen"
    for secret in SECRETS:
        assert secret not in saved
    assert json.loads((folder / "crashes.json").read_text())[0]["error"] == "ValueError"
    assert PLACE in (folder / "crashes.txt").read_text()


def test_a_backup_has_the_times_that_the_device_tells():
    sessions = backup.Sessions(b"[5, [[3, 1749999900, 3, 2085978000], [4, null, 0], [5, null, 2, 1900000000]]]")
    given = [
        (reading.Reading(None, 160, 3, 20.0, 50.0, 0), "2025-06-15T15:07:40Z"),
        (reading.Reading(2085978300, 300, 3, 20.0, 50.0, 0), "2025-06-15T15:10:00Z"),  # stamped by who was found out afterwards
        (reading.Reading(None, 160, 4, 20.0, 50.0, 0), ""),
        (reading.Reading(1900000060, 60, 5, 20.0, 50.0, 0), ""),  # in doubt
        (reading.Reading(1750000000, 100, 9, 20.0, 50.0, 0), "2025-06-15T15:06:40Z"),
    ]
    text, readings, _ = backup.csv_of([b"".join(bytes(reading.pack(one)) for one, _ in given)], sessions)
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == [time for _, time in given] and readings == 5


def test_damaged_files_are_said_and_the_readings_saved_all_the_same(tmp_path, image, capsys):
    segment = bytes(reading.pack(reading.Reading(1750000000, 100, 3, 21.4, 48.0, 0)))
    tower = b"[" * 2000
    add_files(image, {"/journal/000000.seg": segment, "/sessions.json": tower, "/settings.json": b"\xff{"})
    odd = b'[{"where": 3, "time_s": -1e400, "uptime_s": []}]'
    for number, content in enumerate((b"[", tower, b"3", b"[3]", b'{"a": 1}', b"\xff\xfe", odd)):
        add_files(image, {"/crashes.json": content})
        folder = tmp_path / str(number)
        with BoardOnATerminal(image) as board:
            assert backup.main(["--port", board.device, "--out", str(folder)]) == 0, content
        assert (folder / "readings.csv").read_text().count("21.40") == 1
        assert (folder / "crashes.json").read_bytes() == content
        said = capsys.readouterr().out
        assert "The settings are damaged" in said and ("crash records are damaged" in said) == (content[:2] != b"[{")


def test_a_backup_never_overwrites_another_one(tmp_path, image, capsys):
    with BoardOnATerminal(image) as board:
        assert backup.main(["--port", board.device, "--out", str(tmp_path)]) == 1
    assert "exists: name another folder" in capsys.readouterr().err


def test_the_label_is_read_from_the_board(tmp_path, image, capsys):
    add_files(image, {"/state.json": b'{"hotspot_password": "kp7m4xwqab", "quick_starts": 0}'})
    with BoardOnATerminal(image) as board:
        assert label.main(["--port", board.device, "--out", str(tmp_path)]) == 0
    assert "Password: kp7m4xwqab" in capsys.readouterr().out


def test_an_open_hotspot_has_a_label_without_a_password(tmp_path, image, capsys):
    add_files(image, {"/board.json": b'{"OPEN_HOTSPOT": true}', "/state.json": b'{"hotspot_password": "kp7m4xwqab"}'})
    with BoardOnATerminal(image) as board:
        assert label.main(["--port", board.device, "--out", str(tmp_path)]) == 0
    assert "Password: none" in capsys.readouterr().out


def test_a_board_that_never_started_has_no_label_yet(tmp_path, image, capsys):
    with BoardOnATerminal(image) as board:
        assert label.main(["--port", board.device, "--out", str(tmp_path)]) == 1
    assert "run tools/deploy.py first" in capsys.readouterr().err


TICKING = b"import time\nwhile True:\n    print('tick')\n    time.sleep(0.1)\n"


def test_the_console_goes_on_through_a_restart(image, capsys):
    with BoardOnATerminal(image) as board:
        with BoardLink(board.device) as link:
            link.interrupt()
            link.replace(board_update.MAIN, b"open('/begun', 'w').close()\n" + TICKING)
            link.restart()
        assert board.has_restarted(1)
        while "/begun" not in files(image):
            time.sleep(0.05)
        assert console.main(["--port", board.device, "--seconds", "2"]) == 0
    assert "tick" in capsys.readouterr().out


def test_the_console_waits_for_a_board_whose_cable_was_pulled(tmp_path, image):
    add_files(image, {"/main.py": TICKING})
    port, told = tmp_path / "ttyUSB0", []
    with BoardOnATerminal(image) as first:
        port.symlink_to(first.device)
        with BoardLink(str(port), told.append) as link:
            lines = link.lines(60)
            assert "tick" in lines
            first.unplug()
            assert "" in lines
            while len(told) < 2:
                next(lines)
            port.unlink()
            with BoardOnATerminal(image) as second:
                port.symlink_to(second.device)
                assert "tick" in lines
    assert [line.removeprefix("%s: " % port) for line in told] == ["open", "gone, waiting for it", "open"]


def test_the_console_takes_a_number_of_seconds(capsys):
    for text in ("x", "-1", "0", "nan", "inf"):
        with pytest.raises(SystemExit) as ended:
            console.main(["--seconds", text])
        assert ended.value.code == 2 and "is no number of seconds" in capsys.readouterr().err


def test_the_console_colours_what_matters():
    cases = (
        ("Traceback (most recent call last):", "bold red"),
        ("12:00:00  No answer from the sensor.", "yellow"),
        ("12:00:00  Hotspot: Dewlog-A1B2C3", "bold cyan"),
        ("12:00:00  21.4 °C  48.0 %", "green"),
        ("rst:0x1 (POWERON_RESET),boot:0x13", "dim"),
        ("12:00:00  Dewlog 1.0.0", ""),
    )
    for line, style in cases:
        assert str(console.painted(line).style) == style, line


def test_a_console_line_cannot_disturb_the_terminal():
    assert "\x1b" not in terminal.printable("\x1b[2Jhello")
    assert terminal.printable("21.4 °C") == "21.4 °C"
    assert "\x1b" not in crash_records.described({"error": "\x1b]0;x\x07", "where": ["\x1b[2J"]})


def test_facts_are_those_of_the_board(image):
    with BoardOnATerminal(image, {"mac": "246f28ffffff"}) as board, BoardLink(board.device) as link:
        link.interrupt()
        facts = link.facts()
    assert (facts["mac"], facts["active"], facts["block_bytes"]) == ("246f28ffffff", "a", 4096)
    assert facts["version"] == board_on_a_terminal.FACTS["version"]


# ---- boards that answer what no board should ----


class Hostile(BoardLink):
    """A link to a board that says `printed` to everything."""

    def __init__(self, printed):
        super().__init__("/dev/ttyUSB0")
        self.run = lambda code, timeout_s=0: printed


FACTS = {"platform": "esp32", "version": [1, 28, 0], "machine": "ESP32", "mpy": 6, "mac": "246f28a1b2c3", "reset_cause": 1,
         "flash_bytes": None, "littlefs": True, "block_bytes": 4096,
         "total_bytes": 1 << 20, "free_bytes": 1 << 19, "active": None, "files": []}


@pytest.mark.parametrize(
    "changed",
    [{"mac": "../../etc/passwd"}, {"mac": None}, {"version": [1]}, {"version": "1.28"}, {"version": [1, -2, 0]}, {"mpy": "6"},
     {"block_bytes": 0}, {"free_bytes": -1}, {"total_bytes": 1e300}, {"machine": 3}, {"files": [["x"]]}, {"files": None}, {"active": ["a"]},
     {"littlefs": "yes"}],
)
def test_facts_that_are_none_are_a_sentence(changed):
    assert Hostile(json.dumps(FACTS)).facts() == FACTS
    with pytest.raises(BoardProblem, match="makes no sense"):
        Hostile(json.dumps(dict(FACTS, **changed))).facts()


@pytest.mark.parametrize("printed", ["3", "[]", "null", '"facts"', "{", "\ufffd", '{"mac": 1}\n{}', "", "[" * 9999])
def test_an_answer_that_is_none_is_a_sentence(printed):
    for asked in (lambda link: link.facts(), lambda link: link.hashes("/a") if printed else link.ask("x")):
        with pytest.raises(BoardProblem, match="makes no sense|answered"):
            asked(Hostile(printed))


@pytest.mark.parametrize("answer", [["a", "1", "x"], ["a", 1], ["a", 1, 2], {"a": 1}, [None, 1, "x"], ["a", 1.5, "x"], ["a", True, "x"]])
def test_hashes_that_are_none_are_a_sentence(answer):
    with pytest.raises(BoardProblem, match="makes no sense"):
        Hostile(json.dumps(answer)).hashes("/a")


@pytest.mark.parametrize("printed", ["abc", "ab=c", "é", "YQ==YQ", "a b c"])
def test_a_file_that_is_no_base64_is_a_sentence(printed):
    with pytest.raises(BoardProblem, match="makes no sense"):
        Hostile(printed).read("/settings.json")


def test_a_file_without_an_end_is_a_sentence():
    with pytest.raises(BoardProblem, match="/journal/1 on /dev/ttyUSB0 does not end"):
        Hostile("YWJj" * 1000).read("/journal/1")


def test_a_board_that_talks_for_ever_is_left_alone(image, monkeypatch):
    with BoardOnATerminal(image) as board, BoardLink(board.device) as link:
        link.interrupt()
        monkeypatch.setattr(board_link, "WORK_TIMEOUT_S", 1)
        with pytest.raises(BoardGone):
            link.run("while True: print('x' * 100)")


@pytest.mark.parametrize("password", [5, "", "short", "x" * 3000, ["kp7m4xwqab"], "kp7m\n4xwqab"])
def test_a_damaged_hotspot_password_makes_no_label(image, password):
    add_files(image, {"/state.json": json.dumps({"hotspot_password": password}).encode()})
    with BoardOnATerminal(image) as board, BoardLink(board.device) as link:
        link.interrupt()
        assert read_identity(link, "246f28a1b2c3") is None


def test_tool_runs_do_not_count_as_power_cycles(tmp_path, image):
    add_files(image, {"/state.json": b'{"hotspot_password": "kp7m4xwqab", "quick_starts": 2}'})
    with BoardOnATerminal(image) as board:
        assert label.main(["--port", board.device, "--out", str(tmp_path)]) == 0
    assert json.loads(files(image)["/state.json"]) == {"hotspot_password": "kp7m4xwqab", "quick_starts": 0}


def test_a_console_that_resets_the_board_by_opening_its_port_does_not_count_as_a_power_cycle(image, capsys):
    state = b'{"hotspot_password": "kp7m4xwqab", "quick_starts": 2}'
    main_py = b"open('/begun', 'w').close()\n" + TICKING.replace(b"tick", b"Dewlog 1, started by power")
    add_files(image, {"/state.json": state, "/main.py": main_py})
    with BoardOnATerminal(image) as board:
        while "/begun" not in files(image):
            time.sleep(0.05)
        assert console.main(["--port", board.device, "--seconds", "2"]) == 0
        assert board.has_restarted(1)
    assert "Once more" in capsys.readouterr().out
    assert json.loads(files(image)["/state.json"])["quick_starts"] == 0


@pytest.mark.parametrize("state", [b"", b"[]", b"{", b'{"hotspot_password": "kp7m4xwqab"}'])
def test_a_state_without_a_count_is_left_as_it_is(image, state):
    add_files(image, {"/state.json": state})
    with BoardOnATerminal(image) as board, BoardLink(board.device) as link:
        link.interrupt()
    assert files(image)["/state.json"] == state
