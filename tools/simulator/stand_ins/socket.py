"""Sockets whose names are looked up in the simulated internet."""

import socket as _socket

from stand_ins import link


def getaddrinfo(host, port, *rest):
    """Raises OSError(-202) as lwIP does when the name cannot be found."""
    address, port, wait_s = link.ask("look_up", host, port)
    if wait_s:
        link.pause(wait_s)
    if address is None:
        raise OSError(-202)
    return _socket.getaddrinfo(address, port, *rest)


def __getattr__(name):
    return getattr(_socket, name)
