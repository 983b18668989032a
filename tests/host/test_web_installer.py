"""The page from which Chrome flashes a board: the folder that tools/deploy.py --web writes, as far as a browser without a board goes."""

import contextlib
import functools
import http.server
import io
import json
import os
import select
import shutil
import subprocess
import sys
import threading

import build
import deploy
import firmware
import pytest
import small_firmware
import system_programs
import web_installer
from board_on_a_terminal import BoardOnATerminal, add_files, files
from device_identity import Identity, hotspot_name
from firmware import CHIPS
from phone_browser import PHONE, chromium, expect, faults, screenshot
from rich.console import Console

MAC, PASSWORD = "246f28a1b2c3", "kp7m4xwqab"
ENDLESS = """
import time

def start(failed):
    while True:
        print("Measured")
        time.sleep(0.1)
"""
"""An app that runs, and talks, until it is interrupted."""
FAKE_SERIAL = """
const port = {
  async open() {
    this.readable = new ReadableStream({
      async pull(controller) {
        if (this.ended) return;
        const bytes = await boardSays();
        if (!this.ended) controller.enqueue(new Uint8Array(bytes));
      },
      cancel() { this.ended = true; },
    });
    this.writable = new WritableStream({ write: (bytes) => boardHears(Array.from(bytes)) });
  },
  async close() { if (this.readable.locked || this.writable.locked) throw new TypeError("the port is in use"); },
  getInfo: () => ({}),
  addEventListener() {},
  removeEventListener() {},
};
Object.defineProperty(navigator, "serial", { value: { requestPort: async () => port } });
"""
"""Web Serial, with a board on a terminal at its other end."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the command writes, with firmware files that are small and whole; in the table of one there is no filesystem."""
    if not shutil.which("npm") and not system_programs.in_ci():
        pytest.skip("There is no `npm`, which brings ESP Web Tools: install the package npm.")
    place = tmp_path_factory.mktemp("installer")
    paths = []
    for chip in CHIPS:
        paths.append(place / (chip.board + ".bin"))
        paths[-1].write_bytes(small_firmware.make(chip, has_vfs=chip.name != "esp32s3"))
    screen = Console(file=io.StringIO(), width=200)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(firmware, "find_or_fetch_all", lambda: paths)
        assert deploy.main(["--web", str(place / "page")], screen, build.build()) == 0
    assert "a page that installs Dewlog on ESP32, ESP32S3, ESP32C3" in screen.file.getvalue()
    return place / "page"


@pytest.fixture(scope="module")
def site(folder):
    """The folder behind Python's own web server, as the command says to try it."""
    asked = []

    class Files(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield "http://127.0.0.1:%d/" % server.server_port
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@contextlib.contextmanager
def visited(browser, site, board=None):
    """The page, opened; what it complains of in its console or asks of other sites ends the test."""
    troubles = []
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith((site, "data:")) else troubles.append(request.url))
    page.on("response", lambda response: troubles.append(response.url) if response.status >= 400 else None)
    if board:
        page.expose_function("boardSays", board.says)
        page.expose_function("boardHears", board.hears)
        page.add_init_script(FAKE_SERIAL)
    page.goto(site)
    yield page
    context.close()
    assert not troubles


class Line:
    """The computer's end of a board's terminal, as a page's bytes."""

    def __init__(self, device):
        self._file = os.open(device, os.O_RDWR | os.O_NOCTTY)

    def says(self):
        return list(os.read(self._file, 4096)) if select.select([self._file], [], [], 0.05)[0] else []

    def hears(self, received):
        os.write(self._file, bytes(received))

    def close(self):
        os.close(self._file)


@contextlib.contextmanager
def board_on_a_line(image, **facts):
    with BoardOnATerminal(image, facts) as board, contextlib.closing(Line(board.device)) as line:
        yield board, line


def test_the_manifest_is_what_esp_web_tools_reads(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["name"] == "Dewlog" and manifest["version"].startswith(build.VERSION + " ")
    assert [made["chipFamily"] for made in manifest["builds"]] == ["ESP32", "ESP32-S3", "ESP32-C3"]
    script = "".join(path.read_text() for path in (folder / "esp-web-tools").glob("*.js"))
    for made in manifest["builds"]:
        assert '"%s"' % made["chipFamily"] in script, "its own name for the chip it finds"
        assert [sorted(part) for part in made["parts"]] == [["offset", "path"]]
        assert made["parts"][0]["offset"] == 0 and (folder / made["parts"][0]["path"]).is_file()
    for option in set(manifest) - {"name", "version", "builds"}:
        assert "." + option in script, "an option that it knows"


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.name)
def test_an_image_is_one_that_esptool_accepts(chip, folder, tmp_path):
    content = (folder / ("dewlog-%s.bin" % chip.name)).read_bytes()
    assert len(content) % firmware.SECTOR_BYTES == 0 and len(content) < 4 << 20
    for name, offset in (("bootloader", chip.offset), ("app", 0x10000)):
        part = tmp_path / name
        part.write_bytes(content[offset:0x200000])
        said = esptool("--chip", chip.name, "image-info", part)
        assert "(valid)" in said and "invalid" not in said.lower(), said
    merged = tmp_path / "merged.bin"
    esptool("--chip", chip.name, "merge-bin", "-o", merged, "0", folder / ("dewlog-%s.bin" % chip.name))
    assert merged.read_bytes() == content


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.name)
def test_a_board_with_more_flash_than_the_image_was_made_for_finds_the_filesystem_all_the_same(chip, folder, tmp_path):
    content = (folder / ("dewlog-%s.bin" % chip.name)).read_bytes()
    named = [partition for partition in firmware.partitions(content[0x8000:0x8C00]) if partition.label == "vfs"]
    assert [(partition.offset, partition.size) for partition in named] == [(0x200000, 0x200000)]
    (tmp_path / "vfs.img").write_bytes(content[0x200000:].ljust(0x200000, b"\xff"))
    app, main_py = build.read(build.build())
    found = files(tmp_path / "vfs.img")
    assert found["/main.py"] == main_py and found["/active"] == b"a"
    assert {name: found["/b/" + name] for name in app} == app


def test_the_page_opens_without_a_complaint_and_asks_no_other_site(browser, site):
    with visited(browser, site) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("Install Dewlog")
        expect(page.locator("esp-web-install-button[install-supported]")).to_have_count(1)
        expect(page.get_by_role("button", name="Install")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert faults(page) == []
        screenshot(page, "installer")


def test_esp_web_tools_offers_what_the_manifest_says(browser, site, tmp_path):
    with board_on_a_line(tmp_path / "flash.img") as (_, line), visited(browser, site, line) as page:
        page.get_by_role("button", name="Install").click()
        expect(page.get_by_text("Install Dewlog").last).to_be_visible()


def test_the_page_shows_the_label_of_the_board_on_the_cable(browser, site, tmp_path):
    state = json.dumps({"hotspot_password": PASSWORD, "quick_starts": 0}).encode()
    add_files(tmp_path / "flash.img", {"/main.py": b"import app\napp.start()\n", "/state.json": state})
    identity = Identity(hotspot_name(MAC), PASSWORD)
    with board_on_a_line(tmp_path / "flash.img", app=ENDLESS) as (board, line), visited(browser, site, line) as page:
        for times in (1, 2):  # a second time works, too: the port was given back
            page.get_by_role("button", name="Show the label").click()
            expect(page.locator("#said")).to_have_text("Keep it: write it down or print this page.")
            assert page.locator("#label dd").all_inner_texts() == [
                identity.hotspot, identity.password, "http://192.168.4.1", "http://" + identity.local_name]
            assert board.has_restarted(times) and set(board.restarts) == {"reset"}
        assert faults(page) == []


def test_a_board_that_has_made_no_password_yet_is_asked_again_later(browser, site, tmp_path):
    with board_on_a_line(tmp_path / "flash.img") as (_, line), visited(browser, site, line) as page:
        page.get_by_role("button", name="Show the label").click()
        expect(page.locator("#said")).to_have_text("It has no password yet. Wait ten seconds and ask again.")
        expect(page.locator("#label")).to_be_hidden()


def test_a_board_without_micropython_is_explained(browser, site):
    class Deaf:
        says, hears = staticmethod(lambda: []), staticmethod(lambda received: None)

    with visited(browser, site, Deaf) as page:
        page.clock.install()
        page.get_by_role("button", name="Show the label").click()
        while page.locator("#said").inner_text() == "Asking the board …":
            page.clock.run_for(1000)
        expect(page.locator("#said")).to_contain_text("The board does not answer.")
        expect(page.get_by_role("button", name="Show the label")).to_be_enabled()


def test_all_firmware_that_cannot_be_fetched_is_named_at_once(tmp_path, monkeypatch, capsys):
    def opener(url, timeout):
        raise OSError("no route")

    monkeypatch.setattr(firmware, "find_or_fetch_all", functools.partial(firmware.find_or_fetch_all, CHIPS, tmp_path / "firmware", opener))
    assert deploy.main(["--web", str(tmp_path / "page")], build_folder=build.build()) == 1
    said = capsys.readouterr().err
    for chip in CHIPS:
        assert "%s-<date>-v1.29.bin from https://micropython.org/download/%s/" % (chip.board, chip.board) in said
    assert "put them into %s" % (tmp_path / "firmware") in said and said.count("\n") == 1
    assert not (tmp_path / "page").exists()


@pytest.mark.parametrize("npm, sentence", [
    (None, "which is not here: install Node.js with npm"),
    ("echo 'npm error code ENOTFOUND' >&2; exit 1", "cannot fetch esp-web-tools-%s.tgz (code ENOTFOUND): check the network"),
    ("exit 0", "cannot fetch esp-web-tools-%s.tgz (it gives no reason)"),
    ("echo other > esp-web-tools-%s.tgz" % web_installer.VERSION, "is not the esp-web-tools-%s.tgz that Dewlog was made with"),
], ids=("no npm", "no network", "nothing", "another archive"))
def test_what_npm_cannot_bring_is_said_in_a_sentence(npm, sentence, tmp_path, monkeypatch):
    if npm:
        (tmp_path / "npm").write_text("#!/bin/sh\n%s\n" % npm)
        (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(web_installer.InstallerProblem) as problem:
        web_installer.fetch(tmp_path / "kept")
    assert (sentence % web_installer.VERSION if "%s" in sentence else sentence) in str(problem.value)
    assert not (tmp_path / "kept").exists()


def test_esp_web_tools_is_fetched_once(folder, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert "install-button.js" in web_installer.scripts(web_installer.fetch())


def test_a_folder_that_cannot_be_written_is_said_in_words(folder, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(web_installer.InstallerProblem, match="cannot be written: "):
        web_installer.write(tmp_path / "file", {}, "1")


def test_the_command_refuses_to_do_two_things(tmp_path, capsys):
    for other in (["--flash"], ["--image", "x.bin"], ["--port", "/dev/ttyUSB0"], ["--all"]):
        with pytest.raises(SystemExit) as ended:
            deploy.parse(["--web", str(tmp_path)] + other)
        assert ended.value.code == 2
        assert "--web each stand for themselves" in capsys.readouterr().err


def esptool(*arguments):
    """Run the real esptool and return what it says."""
    done = subprocess.run([sys.executable, "-m", "esptool", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
