"""Sockets in the simulated internet: names, the chip's memory for each, and peers as the ESP32 tells them."""

import errno
import io
import socket as _socket
import time

from micropython import const

from stand_ins import link, scaled

_GET_FILE_NUMBER = const(10)
"""MP_STREAM_GET_FILENO of py/stream.h: the request with which `select` finds the real socket."""
_NOT_SUPPORTED = const(-22)


def getaddrinfo(host, port, *rest):
    """Raises OSError(-202) as lwIP does when the name cannot be found."""
    address, port, wait_s = link.ask("look_up", host, port)
    if wait_s:
        link.pause(wait_s)
    if address is None:
        raise OSError(-202)
    return _socket.getaddrinfo(address, port, *rest)


def socket(family=_socket.AF_INET, kind=_socket.SOCK_STREAM, *protocol):
    """Raises OSError(12) when the chip has no memory for it."""
    native = _socket.socket(family, kind, *protocol)
    if kind == _socket.SOCK_STREAM:
        return Stream(native)
    link.ask("socket", native.fileno(), "udp")
    return Datagrams(native)


class Datagrams(io.IOBase):
    """A UDP socket whose recv() keeps its time limit: the collector's signals make the native one begin to wait anew."""

    _limit_ms = None

    def __init__(self, native):
        self.native = native

    def __getattr__(self, name):
        return getattr(self.native, name)

    def settimeout(self, seconds):
        self._limit_ms = int(scaled.deadline_s(seconds) * 1000)
        self.native.setblocking(False)

    def recv(self, size):
        ends_ms = time.ticks_add(time.ticks_ms(), self._limit_ms or 0)
        while True:
            try:
                return self.native.recv(size)
            except OSError as error:
                if error.errno != errno.EAGAIN or time.ticks_diff(ends_ms, time.ticks_ms()) <= 0:
                    raise
            time.sleep(0.02)

    def ioctl(self, request, argument):
        return _file_number(self, request)


class Stream(io.IOBase):
    """A TCP socket; `native` is the computer's own, and what accept() gives is such a one."""

    def __init__(self, native):
        self.native = native

    def __getattr__(self, name):
        return getattr(self.native, name)

    def connect(self, address):
        link.ask("socket", self.native.fileno(), "tcp")
        self.native.connect(address)

    def listen(self, *backlog):
        link.ask("socket", self.native.fileno(), "listening")
        self.native.listen(*backlog)

    def accept(self):
        """Returns (socket, (address, port)). Raises OSError(12) when the chip has no memory for another connection."""
        native, peer = self.native.accept()
        address, port = "%d.%d.%d.%d" % tuple(peer[4:8]), peer[2] << 8 | peer[3]
        try:
            return native, (link.ask("accepted", native.fileno(), address, port), port)
        except OSError:
            native.close()
            raise

    def ioctl(self, request, argument):
        return _file_number(self, request)


def _file_number(sock, request):
    """What `select` asks for."""
    return sock.native.fileno() if request == _GET_FILE_NUMBER else _NOT_SUPPORTED


def __getattr__(name):
    return getattr(_socket, name)
