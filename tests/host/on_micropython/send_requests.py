"""Sends the requests it is told on standard input, a JSON object a line, through the device's uploader; answers in JSON."""

import asyncio
import gc
import json
import os
import sys
import time

import requests


class Chip:
    """What hardware/chip.py imports that a computer does not have."""

    RTC = WDT = reset = None


sys.modules["esp32"] = sys.modules["machine"] = Chip
from hardware.chip import Background  # noqa: E402

STACK_BYTES = 1 << 18  # the C frames of a computer are larger than the chip's

rounds = 0


class Heap:
    """Python's heap is the real one; ESP-IDF's says what it is told, and `later` once the request has begun."""

    def __init__(self, idf=(60_000, 40_000), later=None):
        self.answers = [idf, later or idf]

    def has(self, wanted):
        gc.collect()
        return gc.mem_free() >= wanted

    def idf(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Clock:
    """Keeps what it is told."""

    def __init__(self):
        self.told = []

    def set(self, unix_s, source):
        self.told.append([unix_s, source])


class Device:
    at_peak = False

    def __init__(self, background, heap, clock):
        self.background, self.heap, self.clock = background, heap, clock
        self.sensor_background = Background(STACK_BYTES)


class StandIn:
    """A module or an object of which some parts are replaced."""

    def __init__(self, real, **parts):
        self._real = real
        for name, part in parts.items():
            setattr(self, name, part)

    def __getattr__(self, name):
        return getattr(self._real, name)


def fail_at(step, error, background):
    """Let the next request raise `error` when the "thread" starts, the "name" is looked up, the "socket" is made, the "root" is read, TLS
    is set up ("wrap"), or in the "handshake"."""
    import socket
    import tls

    from hardware import uploader

    def fail(*_, **__):
        raise error

    async def fail_to_start(*_):
        raise error

    def take(*_, **__):
        return StandIn(None, write=fail if step == "handshake" else None, close=lambda: None)

    if step == "thread":
        return StandIn(background, run=fail_to_start)
    if step in ("name", "socket"):
        uploader.socket = StandIn(socket, **{"name": {"getaddrinfo": fail}, "socket": {"socket": fail}}[step])
    else:
        context = StandIn(None, load_verify_locations=fail if step == "root" else take, wrap_socket=fail if step == "wrap" else take)
        uploader.tls = StandIn(tls, SSLContext=lambda _: context)
    return background


def mend():
    import socket
    import tls

    from hardware import uploader

    uploader.socket, uploader.tls = socket, tls


async def tick():
    """In the web server's place: count how often asyncio comes round."""
    global rounds
    while True:
        await asyncio.sleep_ms(1)
        rounds += 1


def pieces(count, piece):
    for _ in range(count):
        yield piece


def ballast(left_bytes):
    """So much that no more than `left_bytes` of the heap are free while somebody holds it."""
    blocks = []
    gc.collect()
    while gc.mem_free() > left_bytes:
        blocks.append(bytearray(256))
    return blocks


async def hurry(uploader, most_s):
    while not uploader._began_ms:
        await asyncio.sleep_ms(1)
    uploader.hurry(most_s)


async def send(uploader, order):
    body = order.get("body", "").encode()
    headers = order.get("headers", {})
    if "pieces" in order:
        headers["Content-Length"] = str(len(body) * order["pieces"])
        body = pieces(order["pieces"], body)
    began = time.ticks_ms()
    if "hurry_s" in order:
        asyncio.create_task(hurry(uploader, order["hurry_s"]))
    answer = await uploader.send((order.get("method", "POST"), order["url"], headers, body), order.get("deadline_s", 5))
    return answer, time.ticks_diff(time.ticks_ms(), began)


async def main(root_path):
    global rounds
    import hardware.uploader

    clock = Clock()
    background = Background(STACK_BYTES)
    asyncio.create_task(tick())
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        order = json.loads(line)
        rounds = 0
        hardware.uploader.HOST = order.get("time_host", "api.thingspeak.com")
        chosen = background
        if "fail" in order:
            step, kind, argument = order["fail"]
            chosen = fail_at(step, {"OSError": OSError, "ValueError": ValueError, "MemoryError": MemoryError}[kind](argument), background)
        held = ballast(order["left_bytes"]) if "left_bytes" in order else []
        for _ in range(order.get("times", 1)):
            heap = Heap(order["idf"], order.get("idf_later")) if "idf" in order else Heap()
            uploader = hardware.uploader.Uploader(Device(chosen, heap, clock), root_path)
            (status, body, failure), took_ms = await send(uploader, order)
        held.clear()
        mend()
        gc.collect()
        print(
            json.dumps(
                {
                    "status": status,
                    "body": str(body, "utf-8"),
                    "failure": failure,
                    "took_ms": took_ms,
                    "rounds": rounds,
                    "open_files": len(os.listdir("/proc/self/fd")),
                    "heap": gc.mem_alloc(),
                    "tls_broken": uploader.tls_broken,
                    "told": clock.told,
                }
            )
        )


sys.modules["urequests"] = requests  # the alias that ESP32 firmware has
asyncio.run(main(sys.argv[1]))
