"""The command line of the virtual ESP32."""

import argparse
import socket
from pathlib import Path
from urllib.parse import urlsplit

from . import heap, state


def parsed(arguments, description):
    """The options of the command line. Leaves with status 2 after a sentence when they are wrong."""
    parser = argparse.ArgumentParser(description=description, epilog="DIR/world.json is the world outside: edit it while the device runs.")
    add = parser.add_argument
    add("--state", type=path, default=state.default(), metavar="DIR", help="what survives: flash image, world.json (default %(default)s)")
    add("--fresh", action="store_true", help="erase that first")
    add("--port", type=port, default=8080, metavar="N", help="the device's web server (default %(default)s)")
    add("--hotspot-port", type=port, metavar="N", help="the hotspot's own door, open while the hotspot is (default: one above --port)")
    add("--dns-port", type=port_or_off, default=8053, metavar="N", help="the portal's name server, 0 = off (default %(default)s)")
    add("--thingspeak-port", type=port, default=8090, metavar="N", help="the local ThingSpeak, HTTPS on N+1 (default %(default)s)")
    add("--thingspeak", type=server, metavar="URL", help="use another ThingSpeak instead")
    add("--heap", type=heap_bytes, metavar="BYTES", help="the device's heap, such as 64k (default 88k on 32 bits, 176k on 64 bits)")
    add("--micropython", type=path, metavar="PATH", help="the interpreter (default: Debian's for 32 bits where it runs, else PyPI's)")
    add("--speed", type=speed, default=1, metavar="X", help="virtual seconds per second, 1 to 1000 (default 1)")
    add("--host", type=address, default="127.0.0.1", metavar="ADDRESS", help="where everything listens (default %(default)s)")
    add("--app", type=path, metavar="DIR", help="run this folder (main.py and what it imports) instead of the build")
    add("--power-cut-after", type=count, metavar="N", help="stop the flash in the middle of its Nth block write and end")
    options = parser.parse_args(arguments)
    options.hotspot_port = options.hotspot_port or options.port + 1
    taken = [options.port, options.hotspot_port] + ([] if options.thingspeak else [options.thingspeak_port, options.thingspeak_port + 1])
    if len(set(taken)) < len(taken):
        parser.error("--port, --hotspot-port and --thingspeak-port (N and N+1) need ports of their own")
    return options


def path(text):
    if not text:
        raise argparse.ArgumentTypeError("a path is needed")
    return Path(text)


def port(text):
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 65534:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65534, not %r" % text)
    return number


def port_or_off(text):
    return 0 if text == "0" else port(text)


def count(text):
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError("it counts from 1: %r is no such number" % text)
    return number


def heap_bytes(text):
    try:
        return heap.parse(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem))


def address(text):
    """The IPv4 address that `text` is or stands for: the device reports it as its own."""
    try:
        return socket.getaddrinfo(text or "?", None, socket.AF_INET)[0][4][0]
    except (OSError, UnicodeError):
        raise argparse.ArgumentTypeError("%r is no IPv4 address" % text)


def speed(text):
    try:
        factor = float(text)
    except ValueError:
        factor = 0
    if not 1 <= factor <= 1000:
        raise argparse.ArgumentTypeError("the speed is a number from 1 to 1000")
    return int(factor) if factor == int(factor) else factor


def server(text):
    """(host, HTTP port, HTTPS port) of a URL; a port that it names stands for its own scheme, HTTPS is one above HTTP."""
    try:
        parts = urlsplit(text)
        number = parts.port
    except ValueError:
        parts, number = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.path not in ("", "/"):
        raise argparse.ArgumentTypeError("a server is given as http://HOST[:PORT] or https://HOST[:PORT], not %r" % text)
    if not number:
        return parts.hostname, 80, 443
    return (parts.hostname, number, number + 1) if parts.scheme == "http" else (parts.hostname, number - 1, number)
