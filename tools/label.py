"""The label of a device: a QR code to join its hotspot, and the same in words, on paper."""

import argparse
import re
import sys
from collections import namedtuple
from pathlib import Path
from xml.sax.saxutils import escape

if __name__ == "__main__":
    from environment import enter

    enter("deploy")

import segno
import terminal
from board_link import BoardLink, BoardProblem
from device_identity import Identity, hotspot_name, is_hotspot_password, read_identity
from rich.console import Console
from rich.text import Text

LABELS = Path(__file__).resolve().parent.parent / ".build" / "labels"
PORTAL = "http://192.168.4.1"

WIDTH_MM, HEIGHT_MM = 62, 29
CODE_MM = 25
DOTS_PER_MM = 600 / 25.4

Line = namedtuple("Line", "left_mm baseline_mm size_mm bold text")


class LabelProblem(Exception):
    """The label's files cannot be written; its text is the sentence for the person at the keyboard."""


def wifi_uri(identity):
    """Return what a phone's camera understands as "join this Wi-Fi".

    The form and its escapes: https://github.com/zxing/zxing/wiki/Barcode-Contents#wi-fi-network-config-android-ios-11
    """
    hotspot, password = (re.sub(r'([\\;,":])', r"\\\1", text) for text in (identity.hotspot, identity.password or ""))
    return "WIFI:T:WPA;S:%s;P:%s;;" % (hotspot, password) if password else "WIFI:T:nopass;S:%s;;" % hotspot


def lines(identity):
    """Return the words on the label, each with its place."""
    left = CODE_MM + 3
    password = ("Password:", identity.password) if identity.password else ("No password", "")
    return [
        Line(left, 5.2, 3.4, True, identity.hotspot),
        Line(left, 9.6, 2.4, False, password[0]),
        Line(left, 13.2, 3.4, True, password[1]),
        Line(left, 17.6, 2.2, False, "Scan or join, then open"),
        Line(left, 20.6, 2.6, True, PORTAL),
        Line(left, 24.4, 2.2, False, "Afterwards, on your own Wi-Fi:"),
        Line(left, 27.2, 2.2, True, "http://" + identity.local_name),
    ]


def to_svg(identity):
    """Return the label as an SVG of its true size, black on white."""
    matrix = list(_code(identity).matrix_iter(border=0))
    module_mm = CODE_MM / len(matrix)
    squares = "".join("M%.3f %.3fh%.3fv%.3fh-%.3fz" % (2 + x * module_mm, 2 + y * module_mm, module_mm, module_mm, module_mm)
                      for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    texts = "".join('<text x="%.1f" y="%.1f" font-size="%.1f" font-weight="%s">%s</text>'
                    % (line.left_mm, line.baseline_mm, line.size_mm, "bold" if line.bold else "normal", escape(line.text))
                    for line in lines(identity))
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="%(w)dmm" height="%(h)dmm" viewBox="0 0 %(w)d %(h)d" role="img">'
            '<title>%(title)s</title><rect width="100%%" height="100%%" fill="#fff"/><path d="%(squares)s" fill="#000"/>'
            '<g font-family="DejaVu Sans, Arial, sans-serif" fill="#000">%(texts)s</g></svg>\n'
            % {"w": WIDTH_MM, "h": HEIGHT_MM, "title": escape("Label of " + identity.hotspot), "squares": squares, "texts": texts})


def to_image(identity):
    """Return the label as a Pillow image of 600 dots an inch, black on white."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (round(WIDTH_MM * DOTS_PER_MM), round(HEIGHT_MM * DOTS_PER_MM)), 255)
    draw = ImageDraw.Draw(image)
    matrix = list(_code(identity).matrix_iter(border=0))
    module = int(CODE_MM * DOTS_PER_MM / len(matrix))
    corner = round(2 * DOTS_PER_MM)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                left, top = corner + x * module, corner + y * module
                draw.rectangle((left, top, left + module - 1, top + module - 1), fill=0)
    for line in lines(identity):
        font = ImageFont.load_default(line.size_mm * DOTS_PER_MM)
        place = (line.left_mm * DOTS_PER_MM, line.baseline_mm * DOTS_PER_MM)
        draw.text(place, line.text, fill=0, font=font, anchor="ls", stroke_width=round(line.bold * line.size_mm * 0.5))
    return image


def write_files(identity, folder=LABELS):
    """Write the label as SVG and PNG into `folder` and return both paths. Raises LabelProblem."""
    folder = Path(folder)
    svg, png = folder / (identity.hotspot + ".svg"), folder / (identity.hotspot + ".png")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        svg.write_text(to_svg(identity), encoding="utf-8")
        to_image(identity).save(png, dpi=(600, 600))
    except OSError as problem:
        raise LabelProblem("The label cannot be written to %s: %s." % (folder, problem.strerror)) from None
    return svg, png


def show(identity):
    """Draw the QR code into the terminal, with the words below it."""
    screen = Console(highlight=False)
    for line in half_blocks(list(_code(identity).matrix_iter(border=2))):
        screen.print(Text(line, style="black on bright_white"))  # whatever the terminal's colours: phones want dark on light
    print("  Hotspot:  %s" % identity.hotspot)
    print("  Password: %s" % (identity.password or "none"))
    print("  Scan or join, then open %s" % PORTAL)
    print("  Afterwards, on your own Wi-Fi: http://%s" % identity.local_name)


def half_blocks(matrix):
    """Return the lines of text that draw `matrix`, two of its rows in each: dark modules in the foreground."""
    rows = matrix + [[0] * len(matrix[0])] * (len(matrix) % 2)
    for upper, lower in zip(rows[::2], rows[1::2]):
        yield "".join(" ▀▄█"[bool(top) + 2 * bool(bottom)] for top, bottom in zip(upper, lower))


def show_and_write(identity, folder=LABELS):
    """Draw the label into the terminal and write its files; the paths are printed."""
    show(identity)
    for path in write_files(identity, folder):
        print("Label to print: %s" % path)


def _code(identity):
    return segno.make(wifi_uri(identity), error="m", micro=False)


def main(arguments=None):
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description="Make a device's label again: QR code in the terminal, SVG and PNG to print.")
    parser.add_argument("--port", metavar="PORT", help="the board's serial port (default: the only one found)")
    parser.add_argument("--mac", metavar="MAC", help="without a board: its MAC address, such as 24:6f:28:a1:b2:c3 ...")
    parser.add_argument("--password", help="... and its hotspot password; none for an open hotspot")
    parser.add_argument("--out", type=Path, default=LABELS, metavar="DIR", help="where to write the files (default: .build/labels)")
    options = parser.parse_args(arguments)
    if options.password is not None and not options.mac:
        parser.error("--password goes with --mac")
    if options.password is not None and not is_hotspot_password(options.password):
        parser.error("--password takes 8 to 63 printable characters, as every WPA2 password has")
    try:
        show_and_write(_identity_by_hand(options, parser) if options.mac else _identity_of_board(options.port), options.out)
    except (BoardProblem, LabelProblem) as problem:
        terminal.complain(problem)
        return 1
    except KeyboardInterrupt:
        terminal.complain("Stopped.")
        return 1
    return 0


def _identity_by_hand(options, parser):
    mac = options.mac.replace(":", "").replace("-", "").lower()
    if len(mac) != 12 or not set(mac) <= set("0123456789abcdef"):
        parser.error("--mac takes six bytes in hex, such as 24:6f:28:a1:b2:c3")
    return Identity(hotspot_name(mac), options.password)


def _identity_of_board(port):
    from board_choice import choose_one

    with BoardLink(choose_one(port)) as link:
        link.interrupt()
        try:
            identity = read_identity(link, link.facts()["mac"])
        finally:
            link.restart()
    if identity is None:
        raise BoardProblem("This board has no hotspot password yet: run tools/deploy.py first.")
    return identity


if __name__ == "__main__":
    sys.exit(main())
