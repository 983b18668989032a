"""Which board, when several are connected."""

import sys

import serial_ports
from board_link import BoardProblem


def choose(wanted=(), everyone=False, ports=None, ask=None):
    """Return the devices to work on: `wanted` as they are, all that are found (`everyone`), the only one, or what a person picks.

    `ports` stands for serial_ports.find(), `ask` for input(); without a terminal nobody is asked. Raises BoardProblem.
    """
    if wanted:
        return list(dict.fromkeys(wanted))
    found = serial_ports.find() if ports is None else ports
    if not found:
        raise BoardProblem(serial_ports.why_none())
    if everyone or len(found) == 1:
        return [port.device for port in found]
    if ask is None and not sys.stdin.isatty():
        raise BoardProblem("%d boards are connected: %s. Say which with --port, or take --all."
                           % (len(found), ", ".join(port.device for port in found)))
    return [_ask(found, ask or input)]


def choose_one(wanted=None):
    """Return one device. Raises BoardProblem."""
    return choose([wanted] if wanted else [])[0]


def _ask(found, ask):
    print("Several boards are connected:")
    for number, port in enumerate(found, 1):
        print("  %d  %s  (%s%s)" % (number, port.device, port.chip, ", " + port.serial_number if port.serial_number else ""))
    while True:
        try:
            answer = ask("Which one? [1-%d] " % len(found)).strip()
        except EOFError:
            raise BoardProblem("No board was chosen.") from None
        if answer.isdigit() and 1 <= int(answer) <= len(found):
            return found[int(answer) - 1].device
