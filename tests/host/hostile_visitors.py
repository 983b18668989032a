"""Visitors that mean no good: what they send, byte for byte, and what a device answers to it."""

import contextlib
import random
import socket
import threading
import time

OWN_HOST = b"Host: 127.0.0.1\r\n"


def say(device, *pieces, pause_s=0.0, finish=False, patience_s=15):
    """Send `pieces` over one connection (with `finish` the sending side is closed then). Returns what came until the device closed."""
    with socket.create_connection((device.host, device.port), timeout=patience_s) as visitor:
        received = b""
        try:
            for piece in pieces:
                visitor.sendall(piece)
                time.sleep(pause_s)
            if finish:
                visitor.shutdown(socket.SHUT_WR)
            while data := visitor.recv(4096):
                received += data
        except ConnectionError:
            pass  # closed over unread bytes
        return received


def status_of(received):
    """The last status in an answer, after any `100 Continue`; None when there is none."""
    heads = [head for head in received.split(b"\r\n\r\n") if head.startswith(b"HTTP/1.")]
    return int(heads[-1].split(b" ")[1]) if heads else None


def idle_connections(device, count):
    """`count` connections that never say anything (some still wait in the device's queue)."""
    visitors = []
    for _ in range(count):
        visitor = socket.socket()
        visitor.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            visitor.connect((device.host, device.port))
        visitors.append(visitor)
    return visitors


def _endless_line(visitor, over):
    while not over():
        visitor.sendall(b"a" * 100)


def _endless_headers(visitor, over):
    visitor.sendall(b"GET / HTTP/1.1\r\n")
    while not over():
        visitor.sendall(b"a: b\r\n")


def _one_byte_a_second(visitor, over):
    for byte in b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" * 20:
        if over():
            return
        visitor.sendall(bytes([byte]))
        time.sleep(1)


def _slow_reader(visitor, over):
    visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    visitor.sendall(b"GET / HTTP/1.1\r\n" + OWN_HOST + b"\r\n")
    while not over() and visitor.recv(1):
        time.sleep(1)


def _random_bytes(visitor, over):
    visitor.sendall(random.Random(0).randbytes(600))
    visitor.recv(100)


ATTACKS = {
    "an endless line": _endless_line,
    "an endless header list": _endless_headers,
    "one byte a second": _one_byte_a_second,
    "one byte a second read": _slow_reader,
    "random bytes": _random_bytes,
}


@contextlib.contextmanager
def under_attack(device, attack, visitors=8):
    """`visitors` that come back as soon as they are thrown out, for as long as the block lasts."""
    over = threading.Event()

    def visit():
        while not over.is_set():
            with contextlib.suppress(OSError), socket.create_connection((device.host, device.port), timeout=3) as visitor:
                attack(visitor, over.is_set)

    threads = [threading.Thread(target=visit) for _ in range(visitors)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
