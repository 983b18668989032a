"""Firmware files and the image of a whole flash; esptool's own image commands look at them, too."""

import contextlib
import http.client
import io
import subprocess
import sys
import urllib.error
from pathlib import Path
from types import SimpleNamespace

import deploy
import firmware
import pytest
import small_firmware
from board_on_a_terminal import BoardOnATerminal, files
from firmware import CHIPS, FirmwareProblem
from flasher import first_line
from rich.console import Console

ESP32, ESP32_S3, ESP32_C3 = CHIPS
APP = {"app.mpy": b"M\x06", "core/reading.mpy": bytes(5000)}
FIRMWARE_NAME = "ESP32_GENERIC-20250911-v1.28.0.bin"


def esptool(*arguments):
    """Run the real esptool and return what it says."""
    done = subprocess.run([sys.executable, "-m", "esptool", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def firmware_file(tmp_path):
    path = tmp_path / FIRMWARE_NAME
    path.write_bytes(small_firmware.make())
    return path


def test_a_firmware_file_tells_its_chip_version_and_filesystem():
    for chip in CHIPS:
        found = firmware.parse(small_firmware.make(chip))
        assert (found.chip, found.version, found.flash_bytes) == (chip, (1, 28, 0), 4 << 20)
        assert (found.vfs_offset, found.vfs_bytes) == (0x200000, 0x200000)


def test_firmware_without_a_vfs_partition_has_its_filesystem_behind_the_last_one():
    found = firmware.parse(small_firmware.make(has_vfs=False, flash_mb=8))
    assert (found.vfs_offset, found.vfs_bytes) == (0x200000, 0x600000)


def test_files_that_are_no_firmware_are_refused_in_words(tmp_path):
    good = small_firmware.make()
    cases = (
        (b"", "does not begin with a bootloader"),
        (b"<!DOCTYPE html>" * 5000, "does not begin with a bootloader"),
        (good[:12] + b"\x63\x00" + good[14:], "for another chip"),
        (good[:40] + b"\x01" + good[41:], "the bootloader in it is damaged"),
        (good[: 0x7000 + 40] + b"\x01" + good[0x7000 + 41 :], "partition table is damaged"),
        (good[:0x7000] + b"\xff" * 0x8000 + good[0xF000:], "no partition table"),
        (good[:-100] + b"\x01" + good[-99:], "MicroPython in it is damaged"),
        (good[:-100], "MicroPython in it is incomplete"),
    )
    for content, sentence in cases:
        path = tmp_path / "firmware.bin"
        path.write_bytes(content)
        with pytest.raises(FirmwareProblem, match=sentence):
            firmware.load(path)
    with pytest.raises(FirmwareProblem, match="Cannot read"):
        firmware.load(tmp_path / "missing.bin")


def test_the_newest_supported_release_in_the_folder_is_taken(tmp_path):
    for name in ("ESP32_GENERIC-20240101-v1.22.0.bin", "ESP32_GENERIC-20241129-v1.24.1.bin", FIRMWARE_NAME,
                 "ESP32_GENERIC-20300101-v1.99.0.bin", "ESP32_GENERIC-SPIRAM-20251209-v1.29.0.bin",
                 "ESP32_GENERIC_S3-20251209-v1.29.0.bin"):
        (tmp_path / name).write_bytes(b"")
    assert firmware.find_or_fetch(ESP32, tmp_path).name == FIRMWARE_NAME


def test_firmware_is_fetched_once_and_kept(tmp_path):
    asked = []

    def opener(url, timeout):
        asked.append(url)
        if url.endswith("/download/ESP32_GENERIC/"):
            return contextlib.closing(io.BytesIO(b'<a href="/resources/firmware/%s">' % FIRMWARE_NAME.encode()))
        return contextlib.closing(io.BytesIO(small_firmware.make()))

    folder = tmp_path / "firmware"
    path = firmware.find_or_fetch(ESP32, folder, opener)
    assert firmware.load(path).version == (1, 28, 0)
    assert asked == ["https://micropython.org/download/ESP32_GENERIC/", "https://micropython.org/resources/firmware/" + FIRMWARE_NAME]
    assert firmware.find_or_fetch(ESP32, folder, opener) == path
    assert len(asked) == 2


def test_a_download_that_is_no_firmware_is_not_kept(tmp_path):
    def opener(url, timeout):
        return contextlib.closing(io.BytesIO(b'<a href="/resources/firmware/%s">' % FIRMWARE_NAME.encode()))

    with pytest.raises(FirmwareProblem, match="What micropython.org sent is no MicroPython firmware for an ESP32: it does not begin"):
        firmware.find_or_fetch(ESP32, tmp_path, opener)
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_breaks_off_is_as_no_network(tmp_path):
    def opener(url, timeout):
        raise http.client.IncompleteRead(b"")

    with pytest.raises(FirmwareProblem, match="cannot be reached"):
        firmware.find_or_fetch(ESP32, tmp_path, opener)


def test_without_a_network_it_says_which_file_to_fetch_and_where_to_put_it(tmp_path):
    def opener(url, timeout):
        raise urllib.error.URLError("no route")

    with pytest.raises(FirmwareProblem) as problem:
        firmware.find_or_fetch(ESP32_S3, tmp_path / "firmware", opener)
    sentence = str(problem.value)
    assert "ESP32_GENERIC_S3-<date>-v1.29.bin" in sentence
    assert "https://micropython.org/download/ESP32_GENERIC_S3/" in sentence
    assert str(tmp_path / "firmware") in sentence


def test_an_unsupported_chip_is_named():
    assert firmware.chip_named("ESP32-C3") == ESP32_C3
    with pytest.raises(FirmwareProblem, match="The chip is ESP8266; Dewlog runs on ESP32, ESP32S3, ESP32C3."):
        firmware.chip_named("ESP8266")


def test_the_complete_image_holds_firmware_and_app_where_the_chip_looks_for_them(tmp_path, firmware_file):
    image = whole_flash(tmp_path, firmware_file)
    content = image.read_bytes()
    assert len(content) == 4 << 20
    assert content[:0x1000] == b"\xff" * 0x1000
    assert content[0x1000 : 0x1000 + firmware_file.stat().st_size] == firmware_file.read_bytes()
    filesystem = tmp_path / "vfs.img"
    filesystem.write_bytes(content[0x200000:])
    expected = {"/main.py": b"main", "/active": b"a"}
    expected.update({"/%s/%s" % (slot, name): app for slot in "ab" for name, app in APP.items()})
    assert files(filesystem) == expected


def test_esptool_accepts_the_images_in_the_complete_image(tmp_path, firmware_file):
    content = whole_flash(tmp_path, firmware_file).read_bytes()
    for name, offset in (("bootloader", 0x1000), ("app", 0x10000)):
        part = tmp_path / name
        part.write_bytes(content[offset : offset + 0x10000 - 0x1000])
        said = esptool("image-info", part)
        assert "(valid)" in said
        assert "invalid" not in said.lower()
    merged = tmp_path / "merged.bin"
    filesystem = tmp_path / "vfs.bin"
    filesystem.write_bytes(content[0x200000:])
    esptool("--chip", "esp32", "merge-bin", "-o", merged, "--pad-to-size", "4MB", "0x1000", firmware_file, "0x200000", filesystem)
    assert merged.read_bytes() == content, "esptool puts the same parts together to the same image"


def whole_flash(tmp_path, firmware_file):
    """Let tools/deploy.py write an image of APP and return its path."""
    build = tmp_path / "build"
    for name, content in APP.items():
        (build / "flash" / name).parent.mkdir(parents=True, exist_ok=True)
        (build / "flash" / name).write_bytes(content)
    (build / "main.py").write_bytes(b"main")
    screen = Console(file=io.StringIO(), width=200)
    image = tmp_path / "dewlog.bin"
    assert deploy.main(["--image", str(image), "--firmware", str(firmware_file)], screen, build) == 0
    assert "4 MB for ESP32" in screen.file.getvalue()
    return image


def test_an_app_that_does_not_fit_is_refused_in_words():
    with pytest.raises(FirmwareProblem, match="does not fit into the filesystem of 64 kB"):
        firmware.littlefs_image({"big": bytes(100_000)}, 16)


def test_the_command_flashes_the_chip_that_answers(tmp_path, firmware_file, monkeypatch):
    written = []
    monkeypatch.setattr(deploy, "Flasher", chip_that_answers("ESP32", written))
    monkeypatch.setattr(deploy, "FIRST_START_S", 0)
    deployment = deploy.Deployment(deploy.parse(["--flash", "--firmware", str(firmware_file)]), Console(file=io.StringIO()), {}, b"")
    deployment._flash("/dev/ttyUSB0")
    assert written == [firmware.load(firmware_file)]


def test_firmware_for_another_chip_is_not_written(tmp_path, firmware_file, monkeypatch):
    written = []
    monkeypatch.setattr(deploy, "Flasher", chip_that_answers("ESP32-S3", written))
    deployment = deploy.Deployment(deploy.parse(["--flash", "--firmware", str(firmware_file)]), Console(file=io.StringIO()), {}, b"")
    with pytest.raises(FirmwareProblem, match="is for ESP32, this board is ESP32-S3"):
        deployment._flash("/dev/ttyUSB0")
    assert written == []


def test_a_bad_firmware_file_is_said_before_any_board_is_touched(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(deploy, "Flasher", None)
    for path in (tmp_path / "missing.bin", tmp_path):
        assert deploy.main(["--flash", "--port", "/dev/ttyUSB0", "--firmware", str(path)]) == 1
        said = capsys.readouterr().err
        assert said.startswith("Cannot read %s: " % path) and said.count("\n") == 1


def test_an_image_that_cannot_be_written_is_said_in_words(tmp_path, firmware_file, capsys):
    for path in (tmp_path, tmp_path / "no" / "such" / "folder.bin"):
        assert deploy.main(["--image", str(path), "--firmware", str(firmware_file)]) == 1
        assert "%s cannot be written: " % path in capsys.readouterr().err


def test_a_dry_run_with_flash_touches_nothing(tmp_path, firmware_file, monkeypatch, capsys):
    monkeypatch.setattr(deploy, "Flasher", None)
    arguments = ["--flash", "--dry-run", "--firmware", str(firmware_file), "--port"]
    with BoardOnATerminal(tmp_path / "flash.img") as board:
        assert deploy.main(arguments + [board.device]) == 0
        assert not board.restarts
    assert "Would erase %s, write MicroPython, and send all" % board.device in capsys.readouterr().out
    assert files(tmp_path / "flash.img") == {}
    assert deploy.main(arguments + ["/dev/ttyNOWHERE"]) == 1


def test_a_cable_that_is_pulled_while_micropython_is_written_gets_a_sentence(firmware_file, monkeypatch):
    import esptool.cmds

    def lost(*_):
        raise OSError("[Errno 5] Input/output error")

    for name in ("run_stub", "reset_chip"):
        monkeypatch.setattr(esptool.cmds, name, lost)
    monkeypatch.setattr(esptool.cmds, "detect_chip", lambda device: SimpleNamespace(_port=SimpleNamespace(close=lost)))
    with pytest.raises(FirmwareProblem, match="Writing MicroPython stopped: .*Input/output error. Start again"):
        with deploy.Flasher("/dev/null") as chip:
            chip.write(firmware.load(firmware_file))
    assert first_line(OSError()) == "OSError"


def chip_that_answers(name, written):
    """A stand-in for flasher.Flasher: what esptool would talk to."""

    class Chip:
        chip_name = name

        def __init__(self, device):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, loaded):
            written.append(loaded)

    return Chip


def test_a_port_without_a_chip_is_explained(tmp_path):
    with pytest.raises(FirmwareProblem, match="There is no port .*ttyNOWHERE"):
        with deploy.Flasher(str(Path(tmp_path) / "ttyNOWHERE")):
            pass
