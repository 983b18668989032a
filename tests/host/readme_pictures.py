"""The README's pictures, made anew: the pages on a phone, a deploy in a terminal, the label.

`python3 tests/host/readme_pictures.py` writes them into .pictures/ (but for wiring.svg, which is drawn by hand); it needs
Chromium.
"""

import argparse
import contextlib
import functools
import io
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [
        str(Path(__file__).parents[2] / folder) for folder in ("device", "tools", "tests", "tests/host", "tests/host/on_cpython")
    ]
    from environment import enter

    enter("check")

import deploy
import label
import readings_states
import setup_states
from board_on_a_terminal import BoardOnATerminal
from build import build
from device_identity import Identity
from page_preview import Preview
from phone_browser import PHONE, chromium
from PIL import Image
from readings_states import LivePreview
from rich.console import Console
from rich.terminal_theme import TerminalTheme

PICTURES = Path(__file__).resolve().parents[2] / ".pictures"
PAGES = (
    ("set-up", Preview, setup_states, "form", "light"),
    ("proof", Preview, setup_states, "proof-done", "light"),
    ("readings", LivePreview, readings_states, "live", "light"),
    ("readings-dark", LivePreview, readings_states, "month", "dark"),
)
"""File name, whose page, in which of whose states, colour scheme."""
PHONES_ADDRESS = "http://192.168.4.1"
SHARPNESS = 2
PAGE_WIDTH, LABEL_WIDTH, TERMINAL_WIDTH = 460, 560, 1000
SETTLED_MS = 2500
COLOURS = 128
COLUMNS = 84
IDENTITY = Identity("Dewlog-A1B2C3", "kp7m4xwqab")
COMMAND = "$ python3 tools/deploy.py"

APP = '''
import json, machine, time
def start():
    with open("/state.json", "w") as file:
        file.write(json.dumps({"hotspot_password": "%(password)s"}))
    print("      +0  Dewlog %(version)s, started by power")
    print("      +3  Hotspot: %(hotspot)s")
    print("      +3  Password: %(password)s")
    print("      +3  Join it with a phone and open http://192.168.4.1/")
    while True:
        time.sleep(0.1)
'''
"""What the board on the terminal, which has no radio, runs in place of the app."""

TERMINAL = TerminalTheme(
    (16, 20, 24), (222, 226, 230),
    [(0, 0, 0), (224, 108, 117), (152, 195, 121), (229, 192, 123), (97, 175, 239), (198, 120, 221), (38, 166, 154), (200, 204, 208)],
    [(110, 118, 129), (224, 108, 117), (152, 195, 121), (229, 192, 123), (97, 175, 239), (198, 120, 221), (38, 166, 154), (255, 255, 255)],
)
TERMINAL_PAGE = """<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 0; background: {background}; color: {foreground}; width: max-content }}
pre {{ margin: 0; padding: 16px; font: 14px/16px "DejaVu Sans Mono", monospace }}
</style><pre>{code}</pre>"""


class Screen(Console):
    """A recording of the terminal; `write` takes what is printed past rich. `names` are what the picture calls this computer's files."""

    names = {}

    def __init__(self):
        super().__init__(record=True, width=COLUMNS, highlight=False, soft_wrap=True, file=io.StringIO())

    def write(self, text):
        self.out(text, end="", highlight=False)

    def flush(self):
        """There is nothing to wait for."""

    def to_html(self):
        page = self.export_html(theme=TERMINAL, code_format=TERMINAL_PAGE, inline_styles=True)
        for name, shown in self.names.items():
            page = page.replace(name, shown)
        return page


def pages(browser, folder):
    """Write the pictures of PAGES into `folder`."""
    for name, preview_class, states, state, scheme in PAGES:
        context = browser.new_context(viewport=PHONE, device_scale_factor=SHARPNESS, color_scheme=scheme, locale="en-GB")
        with preview_class(states.STATES) as preview:
            page = context.new_page()
            url = preview.show(state)
            if states is setup_states:  # its pages name the port that they came from, which has no place in a picture
                page.route(PHONES_ADDRESS + "/**", functools.partial(_from, preview))
                url = url.replace(preview.url, PHONES_ADDRESS)
            page.goto(url)
            if state == "month":
                page.locator("button[value='30d']").click()
            page.wait_for_timeout(SETTLED_MS)
            shot = page.screenshot(animations="disabled")
            context.close()
        save(shot, PAGE_WIDTH, folder / (name + ".png"))


def _from(preview, route):
    route.fulfill(response=route.fetch(url=route.request.url.replace(PHONES_ADDRESS, preview.url)))


def terminal(browser, folder):
    """Write the picture of a first deploy of what is built: tools/deploy.py itself, with a board that is a pseudo-terminal."""
    context = browser.new_context(viewport={"width": 1000, "height": 300}, device_scale_factor=SHARPNESS)
    page = context.new_page()
    page.set_content(deployed().to_html())
    save(page.locator("pre").screenshot(), TERMINAL_WIDTH, folder / "deploy.png")
    context.close()


def deployed():
    """Deploy onto a new board. Returns the Screen."""
    built = build()
    screen = Screen()
    screen.print(COMMAND)
    version = (built / "flash" / "version").read_text().strip()
    app = APP % {"hotspot": IDENTITY.hotspot, "password": IDENTITY.password, "version": version}
    with tempfile.TemporaryDirectory() as folder, BoardOnATerminal(Path(folder) / "flash.img", {"app": app}) as board:
        screen.names = {board.device: "/dev/ttyUSB0", folder + "/": ""}
        arguments = ["--port", board.device, "--labels", folder + "/.build/labels"]
        with replaced(label, "Console", lambda **_: screen), contextlib.redirect_stdout(screen):
            status = deploy.main(arguments, screen, built)
    if status:
        sys.exit("The deploy for the picture has failed:\n" + screen.export_text())
    return screen


@contextlib.contextmanager
def replaced(module, name, value):
    before = getattr(module, name)
    setattr(module, name, value)
    yield
    setattr(module, name, before)


def paper(folder):
    """Write the picture of the label."""
    content = io.BytesIO()
    label.to_image(IDENTITY).save(content, "PNG")
    save(content.getvalue(), LABEL_WIDTH, folder / "label.png")


def save(picture, width, path):
    """Keep a PNG's bytes as `path`, `width` pixels wide and with few colours."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE).save(path, optimize=True)
    print("%s: %d kB" % (path, path.stat().st_size >> 10))


def main(arguments=None):
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description="Make the README's pictures anew (but for wiring.svg, which is drawn by hand).")
    parser.add_argument("--out", type=Path, default=PICTURES, metavar="DIR", help="where to write them (default: .pictures)")
    folder = parser.parse_args(arguments).out.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        pages(browser, folder)
        terminal(browser, folder)
    paper(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
