"""The command line of the virtual ESP32."""

import argparse
from pathlib import Path
from urllib.parse import urlsplit

from . import heap, state


def parsed(arguments, description):
    """The options of the command line. Leaves with status 2 after a sentence when they are wrong."""
    parser = argparse.ArgumentParser(description=description, epilog="DIR/world.json is the world outside: edit it while the device runs.")
    add = parser.add_argument
    add("--state", type=Path, default=state.default(), metavar="DIR", help="what survives: flash image, world.json (default %(default)s)")
    add("--fresh", action="store_true", help="erase that first")
    add("--port", type=port, default=8080, metavar="N", help="the device's web server (default %(default)s)")
    add("--dns-port", type=port, default=8053, metavar="N", help="the portal's name server, 0 = off (default %(default)s)")
    add("--thingspeak-port", type=port, default=8090, metavar="N", help="the local ThingSpeak, HTTPS on N+1 (default %(default)s)")
    add("--thingspeak", type=server, metavar="URL", help="use another ThingSpeak instead")
    add("--heap", type=heap.parse, metavar="BYTES", help="the device's heap, such as 64k (default 100k on 32 bits, 192k on 64 bits)")
    add("--micropython", type=Path, metavar="PATH", help="the interpreter (default: the one of the tools' environment, or on PATH)")
    add("--speed", type=speed, default=1, metavar="X", help="virtual seconds per second, 1 to 1000 (default 1)")
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="where everything listens (default %(default)s)")
    add("--app", type=Path, metavar="DIR", help="run this folder (main.py and what it imports) instead of the build")
    add("--power-cut-after", type=count, metavar="N", help="stop the flash in the middle of its Nth block write and end")
    return parser.parse_args(arguments)


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
