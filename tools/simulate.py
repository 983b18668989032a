"""The virtual ESP32: runs the built firmware on MicroPython, with hotspot, home network, DHT22 and a local ThingSpeak."""

import contextlib
import functools
import hashlib
import json
import os
import signal
import socket
import sys
import time

if __name__ == "__main__":
    from environment import enter

    enter("simulate")

import build
import interpreters
from local_thingspeak import LocalThingSpeak
from simulator import board_build, heap, state
from simulator.chip import Chip
from simulator.console import Console, say
from simulator.doors import HotspotDoor
from simulator.flash_image import Damaged, FlashImage, install
from simulator.internet import Internet
from simulator.options import parsed
from simulator.person import Person
from simulator.radio import HOTSPOT_ADDRESS
from simulator.supervisor import CannotStart, Supervisor
from simulator.virtual_time import Pace, VirtualClock
from simulator.wiring import Wiring
from simulator.world import World
from thingspeak_channel import WRITE_KEY, DamagedFile

KEEP_S = 1.0


class Refused(Exception):
    """The simulation cannot be started; its text is the sentence for the person at the keyboard."""


def main(arguments=None):
    """Run until Ctrl-C or the power cut. Returns the exit status."""
    options = parsed(arguments, __doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with contextlib.ExitStack() as cleanup:
            simulate(options, cleanup)
    except KeyboardInterrupt:
        say("Switched off.")
    except BrokenPipeError:  # nobody reads the console any more, as in `simulate.py | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (Refused, state.StateRefused, Damaged, DamagedFile, CannotStart, board_build.AppMissing) as problem:
        say(str(problem))
        return 1
    except build.BuildFailed as problem:
        say("The app cannot be built: %s." % problem)
        return 1
    except OSError as problem:
        say("This computer refuses something the simulation needs: %s." % problem)
        return 1
    return 0


def simulate(options, cleanup):
    """Put the virtual board together and run it until the power is cut. Raises what main() says in a sentence."""
    interpreter, why = chosen_interpreter(options.micropython)
    folder = options.state.resolve()
    cleanup.enter_context(state.owned(folder))
    require_free(options)
    if options.fresh:
        state.erase(folder)
    stand_ins = board_build.stand_ins(build.BUILD)
    main_py, app = board_build.other_app(options.app) if options.app else board_build.app_files(build.BUILD)
    blocks = prepared_flash(folder, main_py, app, options)
    clock = VirtualClock(folder / "clock.json", options.speed)
    world = World(folder / "world.json", say)
    addresses = {"host": own_address(options.host), "listen": options.host, "internet": opened_internet(options, world, clock, cleanup),
                 "thingspeak": options.thingspeak or opened_thingspeak(options, folder, clock, cleanup)}
    door = HotspotDoor((options.host, options.hotspot_port), (inner_address(options.host), options.port), say)
    cleanup.callback(door.stop)
    wiring = Wiring(folder, clock, world, addresses, door.phones, boot_facts(options, app, blocks),
                    board_heap_bytes(options, interpreter), options.power_cut_after)
    cleanup.callback(wiring.wear.keep)
    cleanup.callback(wiring.takers.keep)
    cleanup.callback(clock.keep)
    new_chip = chip_maker(options, interpreter, why, stand_ins, folder)
    console = cleanup.enter_context(Console(folder / "serial.log"))
    Supervisor(new_chip, wiring, console, say, every_tick(options, clock, world, wiring, door)).run()
    image = folder / "flash.img"
    say("The power was cut in the middle of flash write %d; %s is as the cut left it." % (options.power_cut_after, image))


def chosen_interpreter(path):
    """(interpreter, why it is not the 32-bit one): that at `path`, or Debian's for 32 bits, or the one that is there. Raises Refused."""
    try:
        if path:
            return interpreters.examined(path.absolute() if path.exists() else path), None  # it runs in the state folder
        try:
            return interpreters.debian("i386"), None
        except interpreters.Unavailable as reason:
            return interpreters.pypi(), "Debian's 32-bit MicroPython, which is what a board is like, cannot be had: %s." % reason
    except interpreters.Unavailable as reason:
        raise Refused("No MicroPython to run: %s. Name another one with --micropython PATH." % reason)


def boot_facts(options, app, blocks):
    """What the chip is told at power-on about its flash and about whom to trust."""
    is_local = not options.thingspeak
    return {"image": "flash.img", "blocks": blocks, "authority": "certificates/ca.der",
            "root_digest": hashlib.sha256(app.get("thingspeak_root.der", b"")).hexdigest() if is_local else ""}


def prepared_flash(folder, main_py, app, options):
    """Put the app on the flash. Returns its number of blocks; raises Damaged."""
    image = FlashImage(folder / "flash.img")
    board = {"HTTP_PORT": options.port, "DNS_PORT": options.dns_port}
    if own_address(options.host) != HOTSPOT_ADDRESS:
        board["HOTSPOT_URL"] = url(options.host, options.hotspot_port)
    if not options.thingspeak:
        board["CHANNEL_URL"] = channel_url(options)
    installed = folder / "installed"
    newest = hashlib.sha256(repr(sorted(app.items())).encode()).hexdigest()
    is_there = installed.exists() and installed.read_text() == newest and image.read("/active")
    install(image, main_py, None if is_there else app, {**board, **extra_board_names(folder / "board.json")})
    image.save()
    installed.write_text(newest)
    return image.blocks


def extra_board_names(path):
    """More names of hardware/board.py for this virtual board, such as {"OPEN_HOTSPOT": true}. Raises Refused."""
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as problem:
        raise Refused("%s cannot be used: %s." % (path, getattr(problem, "strerror", None) or problem))
    if not isinstance(names, dict):
        raise Refused("%s cannot be used: it must be an object in braces." % path)
    return names


def heap_bytes(options, interpreter):
    return options.heap or heap.BUDGET_BYTES[interpreter.bits]


def board_heap_bytes(options, interpreter):
    """What a board would call the heap that the interpreter has."""
    return heap_bytes(options, interpreter) * heap.BUDGET_BYTES[32] // heap.BUDGET_BYTES[interpreter.bits]


def chip_maker(options, interpreter, why, stand_ins, folder):
    """Return the function that starts a chip; the stand-ins' own heap is measured once and added."""
    def chip(heap_bytes):
        return Chip(interpreter.path, heap_bytes, stand_ins.parent, folder)

    def measured():
        found = heap.measured(chip(heap.CALIBRATION_BYTES))
        if found is None:
            raise Refused("%s cannot run the virtual board: it lacks something the stand-ins need." % interpreter.path)
        return found

    budget = heap_bytes(options, interpreter)
    extra = heap.stand_in_bytes(stand_ins / "heap.json", interpreter.path, stand_ins, measured)
    size = "%d kB of heap (and %.1f kB for the stand-ins)" % (budget // 1024, extra / 1024)
    say("Virtual ESP32 on %s with %s; state in %s" % (interpreter.name, size, folder))
    if why:
        say(why)
    say("Edit %s while it runs; Ctrl-C switches it off." % (folder / "world.json"))
    return functools.partial(chip, budget + extra)


def require_free(options):
    """Raise Refused when a port that the device will want is taken."""
    wanted = [(socket.SOCK_STREAM, options.port, "--port"), (socket.SOCK_STREAM, options.hotspot_port, "--hotspot-port")]
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


def own_address(host):
    """What others call the device when it listens on `host`: for 0.0.0.0 this computer's address in its network."""
    if host != "0.0.0.0":
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only chooses the way out
        except OSError:
            return "127.0.0.1"
        return probe.getsockname()[0]


def inner_address(host):
    """Where the device that listens on `host` is found from this computer."""
    return "127.0.0.1" if host == "0.0.0.0" else host


def url(host, port):
    """The address to open for a server that listens on `host`."""
    return "http://%s%s" % (own_address(host), "" if port == 80 else ":%d" % port)


def channel_url(options):
    """The page of the local ThingSpeak's channel."""
    return url(options.host, options.thingspeak_port) + "/channels/1"


def cannot_listen(host, number, error, option):
    return Refused("Port %d of %s cannot be used (%s): choose another one with %s." % (number, host, error.strerror, option))


def opened_internet(options, world, clock, cleanup):
    """Start the small internet. Returns its ports: of the web and of the time."""
    try:
        internet = Internet(options.host, world.read, clock.now).start()
    except OSError as error:
        raise Refused("%s cannot be listened on (%s): choose another --host." % (options.host, error.strerror))
    cleanup.callback(internet.stop)
    return internet.port, internet.time_port


def opened_thingspeak(options, folder, clock, cleanup):
    """Start the local ThingSpeak. Returns (address, HTTP port, HTTPS port)."""
    number = options.thingspeak_port
    thingspeak = LocalThingSpeak(number, number + 1, now=clock.now, path=folder / "thingspeak.json", host=options.host,
                                 certificates=str(folder / "certificates"))
    try:
        thingspeak.start()
    except OSError as error:
        if error.filename:
            raise  # its certificates, not its port
        raise cannot_listen(options.host, number, error, "--thingspeak-port (N and N+1 are needed)")
    cleanup.callback(thingspeak.stop)
    return own_address(options.host), number, number + 1


def every_tick(options, clock, world, wiring, door):
    """Return what is to be done a few times a second."""
    channel = None if options.thingspeak else channel_url(options)
    pace = Pace(options.speed, say)
    person = Person(say, url(options.host, options.hotspot_port), url(options.host, options.port), channel, WRITE_KEY)
    next_keep = 0

    def tick():
        nonlocal next_keep
        door.look(wiring.access_point.is_active)
        pace.look(wiring.takers.process_id)
        person.look(wiring, world.read())
        if time.monotonic() >= next_keep:
            next_keep = time.monotonic() + KEEP_S
            clock.keep()
            wiring.wear.keep()
            wiring.takers.keep()

    return tick


if __name__ == "__main__":
    sys.exit(main())
