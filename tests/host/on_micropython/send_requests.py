"""Sends the requests it is told on standard input, a JSON object a line, through the device's uploader; answers in JSON."""

import asyncio
import gc
import json
import os
import sys
import time

import requests

from hardware.background import Background
from hardware.uploader import Uploader

STACK_BYTES = 1 << 18  # the C frames of a computer are larger than the chip's

worst_pause_ms = 0


async def tick():
    """What the web server would feel: the longest time asyncio stood still."""
    global worst_pause_ms
    while True:
        before = time.ticks_ms()
        await asyncio.sleep_ms(1)
        worst_pause_ms = max(worst_pause_ms, time.ticks_diff(time.ticks_ms(), before) - 1)


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


async def send(uploader, order):
    body = order.get("body", "").encode()
    headers = order.get("headers", {})
    if "pieces" in order:
        headers["Content-Length"] = str(len(body) * order["pieces"])
        body = pieces(order["pieces"], body)
    began = time.ticks_ms()
    answer = await uploader.send((order.get("method", "POST"), order["url"], headers, body), order.get("deadline_s", 5))
    return answer, time.ticks_diff(time.ticks_ms(), began)


async def main(root_path):
    global worst_pause_ms
    uploader = Uploader(Background(STACK_BYTES), root_path)
    asyncio.create_task(tick())
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        order = json.loads(line)
        if order.get("time_url"):
            import hardware.uploader

            hardware.uploader.TIME_URL = order["time_url"]
            print(json.dumps({"time": await uploader.server_time()}))
            continue
        worst_pause_ms = 0
        held = ballast(order["left_bytes"]) if "left_bytes" in order else []
        for _ in range(order.get("times", 1)):
            (status, body, failure), took_ms = await send(uploader, order)
        held.clear()
        gc.collect()
        print(
            json.dumps(
                {
                    "status": status,
                    "body": str(body, "utf-8"),
                    "failure": failure,
                    "took_ms": took_ms,
                    "worst_pause_ms": worst_pause_ms,
                    "open_files": len(os.listdir("/proc/self/fd")),
                    "heap": gc.mem_alloc(),
                }
            )
        )


sys.modules["urequests"] = requests  # the alias that ESP32 firmware has
asyncio.run(main(sys.argv[1]))
