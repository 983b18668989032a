"""The device's serial console, in colours."""

import argparse
import sys
import time

if __name__ == "__main__":
    from environment import enter

    enter("deploy")

import terminal
from board_choice import choose_one
from board_link import BoardLink, BoardProblem
from rich.text import Text

STYLES = (
    ("bold red", ("Traceback", "Error", "error:", "  File ", "panic", "Brownout", "Guru Meditation")),
    ("yellow", ("not ", "No ", "failed", "refused", "lost", "Cannot", "watchdog", "full", "wrong")),
    ("bold cyan", ("Hotspot", "Password", "Address", "http://")),
    ("green", ("°C", "entry", "stored", "Joined", "sent")),
    ("dim", ("rst:", "boot:", "load:", "entry 0x", "configsip", "mode:", "clk_drv", "I (", "ets ")),
)
"""The first style one of whose words is in the line; the last row is what the chip itself says while it starts."""

FOREVER_S = 10 * 365 * 86400
STARTED = "started by power"
"""What the app says when it was switched on, or reset by its EN pin, as a port does that is opened."""
JUST_OPENED_S = 5


def painted(line):
    """Return a console line as rich text."""
    start = line.lstrip()
    if start.startswith(STYLES[-1][1]):
        return Text(line, style="dim")
    for style, words in STYLES:
        if any(word in line for word in words):
            return Text(line, style=style)
    return Text(line)


def duration(text):
    """Return the seconds that `text` says. Raises ArgumentTypeError."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 < seconds <= FOREVER_S:
        raise argparse.ArgumentTypeError("%r is no number of seconds" % text)
    return seconds


def main(arguments=None):
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description="Show the device's serial console until Ctrl-C; a restart of the board does not end it.")
    parser.add_argument("--port", metavar="PORT", help="the board's serial port (default: the only one found)")
    parser.add_argument("--seconds", type=duration, metavar="S", default=FOREVER_S, help="end by itself after so many seconds")
    options = parser.parse_args(arguments)
    screen = terminal.screen()
    try:
        with BoardLink(choose_one(options.port), lambda line: screen.print(Text(line, "dim"))) as link:
            screen.print("Ctrl-C ends the console.", style="dim")
            opened_until = time.monotonic() + JUST_OPENED_S
            for line in link.lines(options.seconds):
                if line:
                    screen.print(painted(line))
                if STARTED in line and time.monotonic() < opened_until:
                    opened_until = 0
                    screen.print("Opening the port has reset the board. Once more, so that it is no power cycle.", style="dim")
                    link.interrupt()
                    link.restart()
    except BoardProblem as problem:
        terminal.complain(problem)
        return 1
    except KeyboardInterrupt:
        screen.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
