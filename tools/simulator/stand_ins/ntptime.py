"""The firmware's own ntptime, which believes whatever comes back."""

import struct
import time as _time

import socket

host = "pool.ntp.org"
timeout = 1


def time():
    """Seconds since 2000. Raises OSError when the name or the server does not answer."""
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        asking.settimeout(timeout)
        asking.sendto(b"\x1b" + bytes(47), socket.getaddrinfo(host, 123)[0][-1])
        seconds = struct.unpack("!I", asking.recv(48)[40:44])[0]
    finally:
        asking.close()
    return (seconds if seconds >= 3913056000 else seconds + (1 << 32)) - 3155673600


def settime():
    import machine

    year, month, day, hour, minute, second, weekday, _ = _time.gmtime(time())
    machine.RTC().datetime((year, month, day, weekday + 1, hour, minute, second, 0))
