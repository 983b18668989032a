"""The hotspot: open for set-up, and beside a station whose network stays away. `device.hotspot` is the task of its name server: UDP 53,
where every phone asks for every name, and every name is the hotspot (RFC 1035)."""

import asyncio
import socket

from core.on_demand import Borrowed, with_room
from micropython import const

_UNUSED_S = const(900)
_LONGEST_S = const(3600)  # phones ask by themselves for as long as they are on the hotspot
_LOOK_S = const(5)
_ROOM_BYTES = const(8 * 1024)


def open_hotspot(device):
    """Open it, and answer every name that a phone asks for with its address."""
    wifi, board, settings = device.wifi, device.board, device.settings
    password = None if board.OPEN_HOTSPOT else device.state["hotspot_password"]
    with Borrowed():
        from core.networks import likely_channel
        from hardware import radio

        radio.open_hotspot(wifi, password, likely_channel(wifi.networks, settings["ssid"] if settings else b""))
    address = wifi.hotspot_address()
    device.log("Hotspot: %s" % wifi.hotspot_name)
    device.log.say("Password: %s" % password if password else "No password")  # on the console alone
    device.log("Join it with a phone and open %s" % board.url(address))
    device.hotspot = device.go_on("names", serve(address, board.DNS_PORT))


def close_hotspot(device):
    device.hotspot.cancel()
    device.hotspot = None
    device.wifi.hotspot.active(False)
    device.log("The hotspot is closed")


async def set_up(device):
    """Set-up mode: scan before it is up (a scan drags its phones along), open it, and give up when nobody uses it or it takes too long."""
    device.pattern = "hotspot"
    with Borrowed():
        from hardware import radio
    await radio.scan(device.wifi)
    radio = None
    open_hotspot(device)
    left_s, longest_s, answered = _UNUSED_S, _LONGEST_S, 0
    while left_s >= 0 or device.settings is None or device.wifi.held:  # a trial has an end of its own
        await asyncio.sleep(_LOOK_S)
        left_s, longest_s = left_s - _LOOK_S, longest_s - _LOOK_S
        if not device.wifi.hotspot_address():  # the trial has joined a home network that is the same subnet
            try:
                await with_room(device, _ROOM_BYTES, _open_elsewhere, device)
            except MemoryError:
                pass  # with the next look
        if device.server.answered != answered:
            left_s, answered = min(_UNUSED_S, longest_s), device.server.answered
    device.restart_soon("the set-up was not finished")


async def _open_elsewhere(device):
    if device.hotspot:
        close_hotspot(device)
    open_hotspot(device)


async def serve(address, port):
    """Answer every name with `address`, on which it also listens, until cancelled. Port 0: there is to be none."""
    while port:
        try:
            listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.setblocking(False)
                listener.bind(socket.getaddrinfo(address, port)[0][-1])
                while True:
                    await _asked(listener)
                    try:
                        query, client = listener.recvfrom(512)
                        reply = answer(query, address)
                        if reply:
                            listener.sendto(reply, client)
                    except (OSError, MemoryError):
                        pass  # who asked is gone, or there is no room to answer: the phone asks again
            finally:
                listener.close()
        except OSError:
            await asyncio.sleep(5)


def _asked(listener):
    """Awaited: returns when a question waits, after everybody else had a turn."""
    yield asyncio.core._io_queue.queue_read(listener)


def answer(query, address):
    """The reply to `query`, or None where it is no well-formed question.

    An A question gets `address` ("192.168.4.1") with TTL 0, so that no phone remembers it on its next network; every other type
    (AAAA, HTTPS ...) gets an empty NOERROR at once, so that no phone waits for it.
    """
    size = len(query)
    if not 17 <= size <= 512 or query[2] & 0xF8 or query[4:6] != b"\0\1":
        return None  # too short or long, a response, another opcode, or not exactly one question
    at = 12
    while at < size and 0 < query[at] < 64:  # a label; from 64 on a compressed name, which no question needs
        at += query[at] + 1
    end = at + 5
    if end > size or query[at] or at >= 267:
        return None
    found = query[at + 1 : end] in (b"\0\1\0\1", b"\0\xff\0\1")  # A or ANY of the internet
    flags = bytes((0x84 | query[2] & 1, 0x80))  # response, authoritative, recursion desired as asked; recursion available, NOERROR
    reply = query[:2] + flags + (b"\0\1\0\1" if found else b"\0\1\0\0") + bytes(4) + query[12:end]
    if found:
        reply += b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4" + bytes(map(int, address.split(".")))  # the name above, A, IN, TTL 0, 4 bytes
    return reply
