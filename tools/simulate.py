"""The virtual ESP32: runs the built firmware on MicroPython, with hotspot, home network, DHT22 and a local ThingSpeak."""

import argparse
import contextlib
import functools
import hashlib
import json
import signal
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

if __name__ == "__main__":
    from environment import enter

    enter("simulate")

import build
import interpreters
from local_thingspeak import LocalThingSpeak
from simulator import board_build, heap, state
from simulator.chip import Chip
from simulator.flash_image import Damaged, FlashImage, install
from simulator.internet import Internet
from simulator.person import Person
from simulator.supervisor import CannotStart, Supervisor
from simulator.virtual_time import VirtualClock
from simulator.wiring import Wiring
from simulator.world import World
from thingspeak_channel import WRITE_KEY, DamagedFile

LONGEST_LOG_BYTES = 5_000_000
KEEP_S = 1.0


class Refused(Exception):
    """The simulation cannot be started; its text is the sentence for the person at the keyboard."""


def main(arguments=None):
    """Run until Ctrl-C or the power cut. Returns the exit status."""
    options = parsed(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with contextlib.ExitStack() as cleanup:
            simulate(options, cleanup)
    except KeyboardInterrupt:
        say("Switched off.")
    except (Refused, state.StateRefused, Damaged, DamagedFile, CannotStart, board_build.AppMissing, build.BuildFailed, interpreters.Unavailable) as problem:
        say(str(problem))
        return 1
    return 0


def parsed(arguments):
    """The options of the command line. Leaves with status 2 after a sentence when they are wrong."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="DIR/world.json is the world outside: edit it while the device runs.")
    add = parser.add_argument
    add("--state", type=Path, default=state.default(), metavar="DIR", help="what survives: flash image, world.json (default %(default)s)")
    add("--fresh", action="store_true", help="erase that first")
    add("--port", type=port, default=8080, metavar="N", help="the device's web server (default %(default)s)")
    add("--dns-port", type=port, default=8053, metavar="N", help="the portal's name server, 0 = off (default %(default)s)")
    add("--thingspeak-port", type=port, default=8090, metavar="N", help="the local ThingSpeak: HTTP on N, HTTPS on N+1 (default %(default)s)")
    add("--thingspeak", type=server, metavar="URL", help="use another ThingSpeak instead")
    add("--heap", type=heap.parse, metavar="BYTES", help="the device's heap, such as 64k (default 100k on 32 bits, 192k on 64 bits)")
    add("--micropython", type=Path, metavar="PATH", help="the interpreter (default: the one of the tools' environment, or on PATH)")
    add("--speed", type=speed, default=1, metavar="X", help="virtual seconds per second, 1 to 1000 (default 1)")
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="where everything listens (default %(default)s)")
    add("--app", type=Path, metavar="DIR", help="run this folder (main.py and what it imports) instead of the build")
    add("--power-cut-after", type=count, metavar="N", help="stop the flash in the middle of its Nth block write and end")
    return parser.parse_args(arguments)


def simulate(options, cleanup):
    """Put the virtual board together and run it until the power is cut. Raises what main() says in a sentence."""
    interpreter = interpreters.examined(options.micropython) if options.micropython else interpreters.pypi()
    folder = options.state.resolve()
    cleanup.enter_context(state.owned(folder))
    if options.fresh:
        state.erase(folder)
    require_free(options)
    stand_ins = board_build.stand_ins(build.BUILD)
    main_py, app = board_build.other_app(options.app) if options.app else board_build.app_files(build.BUILD)
    blocks = prepared_flash(folder, main_py, app, options)
    clock = VirtualClock(folder / "clock.json", options.speed)
    world = World(folder / "world.json", say)
    addresses = {"host": options.host, "internet": opened_internet(options, world, clock, cleanup),
                 "thingspeak": options.thingspeak or opened_thingspeak(options, folder, clock, cleanup)}
    wiring = Wiring(folder, clock, world, addresses, boot_facts(options, app, blocks), options.power_cut_after)
    new_chip = chip_maker(options, interpreter, stand_ins, folder)
    console = cleanup.enter_context(Console(folder / "serial.log"))
    Supervisor(new_chip, wiring, console, say, every_tick(options, clock, world, wiring, folder)).run()
    say("The power was cut in the middle of flash write %d; %s is as the cut left it." % (options.power_cut_after, folder / "flash.img"))


def boot_facts(options, app, blocks):
    """What the chip is told at power-on about its flash and about whom to trust."""
    is_local = not options.thingspeak
    return {"image": "flash.img", "blocks": blocks, "authority": "certificates/ca.der",
            "root_digest": hashlib.sha256(app.get("thingspeak_root.der", b"")).hexdigest() if is_local else ""}


def prepared_flash(folder, main_py, app, options):
    """Put the app on the flash. Returns its number of blocks; raises Damaged."""
    image = FlashImage(folder / "flash.img")
    install(image, main_py, app, {"HTTP_PORT": options.port, "DNS_PORT": options.dns_port, **extra_board_names(folder / "board.json")})
    image.save()
    return image.blocks


def extra_board_names(path):
    """More names of hardware/board.py for this virtual board, such as {"OPEN_HOTSPOT": true}. Raises Refused."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError) as problem:
        raise Refused("%s cannot be used: %s." % (path, problem))


def chip_maker(options, interpreter, stand_ins, folder):
    """Return the function that starts a chip; the stand-ins' own heap is measured once and added."""
    def chip(heap_bytes):
        return Chip(interpreter.path, heap_bytes, stand_ins.parent, folder)

    def measured():
        found = heap.measured(chip(heap.CALIBRATION_BYTES))
        if found is None:
            raise Refused("%s cannot run the virtual board: it lacks something the stand-ins need." % interpreter.path)
        return found

    budget = options.heap or heap.BUDGET_BYTES[interpreter.bits]
    extra = heap.stand_in_bytes(stand_ins / "heap.json", interpreter.path, stand_ins, measured)
    say("Virtual ESP32 on %s with %d kB of heap (and %.1f kB for the stand-ins); state in %s" % (interpreter.name, budget // 1024, extra / 1024, folder))
    say("Edit %s while it runs; Ctrl-C switches it off." % (folder / "world.json"))
    return functools.partial(chip, budget + extra)


def require_free(options):
    """Raise Refused when a port that the device will want is taken."""
    wanted = [(socket.SOCK_STREAM, options.port, "--port")]
    if options.dns_port:
        wanted.append((socket.SOCK_DGRAM, options.dns_port, "--dns-port"))
    for kind, number, option in wanted:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((options.host, number))
            except OSError as error:
                raise cannot_listen(options.host, number, error, option)


def cannot_listen(host, number, error, option):
    return Refused("Port %d of %s cannot be used (%s): choose another one with %s." % (number, host, error.strerror, option))


def opened_internet(options, world, clock, cleanup):
    """Start the small internet. Returns its port."""
    try:
        internet = Internet(options.host, world.read, clock.now).start()
    except OSError as error:
        raise Refused("%s cannot be listened on (%s): choose another --host." % (options.host, error.strerror))
    cleanup.callback(internet.stop)
    return internet.port


def opened_thingspeak(options, folder, clock, cleanup):
    """Start the local ThingSpeak. Returns (address, HTTP port, HTTPS port)."""
    number = options.thingspeak_port
    thingspeak = LocalThingSpeak(number, number + 1, now=clock.now, path=folder / "thingspeak.json", host=options.host,
                                 certificates=str(folder / "certificates"))
    try:
        thingspeak.start()
    except OSError as error:
        raise cannot_listen(options.host, number, error, "--thingspeak-port (N and N+1 are needed)")
    cleanup.callback(thingspeak.stop)
    return options.host, number, number + 1


def every_tick(options, clock, world, wiring, folder):
    """Return what is to be done a few times a second."""
    page = "http://%s%s" % (options.host, "" if options.port == 80 else ":%d" % options.port)
    channel = None if options.thingspeak else "http://%s:%d/channels/1" % (options.host, options.thingspeak_port)
    person = Person(say, page, channel, WRITE_KEY)
    next_keep = 0

    def tick():
        nonlocal next_keep
        person.look(wiring, world.read())
        if time.monotonic() >= next_keep:
            next_keep = time.monotonic() + KEEP_S
            clock.keep()
            wiring.keep_wear(folder / "wear.json")

    return tick


class Console:
    """The device's serial console: standard output and a file."""

    def __init__(self, path):
        is_long = path.exists() and path.stat().st_size > LONGEST_LOG_BYTES
        self._log = open(path, "wb" if is_long else "ab", buffering=0)

    def __call__(self, text):
        if text:
            self._log.write(text)
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._log.close()


def say(sentence):
    """Tell the person at the keyboard: on standard error, since standard output is the device's console."""
    print("[simulator] " + sentence, file=sys.stderr, flush=True)


def port(text):
    number = int(text)
    if not 0 <= number <= 65534:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65534")
    return number


def count(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it counts from 1")
    return number


def speed(text):
    factor = float(text)
    if not 1 <= factor <= 1000:
        raise argparse.ArgumentTypeError("the speed is a number from 1 to 1000")
    return int(factor) if factor == int(factor) else factor


def server(text):
    """(host, HTTP port, HTTPS port) of a URL; a port that it names stands for its own scheme, HTTPS is one above HTTP."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError("a server is given as http://HOST[:PORT] or https://HOST[:PORT]")
    if not parts.port:
        return parts.hostname, 80, 443
    return (parts.hostname, parts.port, parts.port + 1) if parts.scheme == "http" else (parts.hostname, parts.port - 1, parts.port)


if __name__ == "__main__":
    sys.exit(main())
