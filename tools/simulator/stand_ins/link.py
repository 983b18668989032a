"""The wire from the chip to the world around it: the supervisor answers what is asked and notes what is told."""

import _thread
import json
import os
import struct
import time

REPLY_BYTES = 640  # every answer is padded to this: MicroPython's readinto() waits until the buffer is full

_line = open(int(os.getenv("DEWLOG_LINK")), "r+b")
_lock = _thread.allocate_lock()
_reply = bytearray(REPLY_BYTES)
_flash_note = bytearray(8)
_speed = 1


def ask(verb, *arguments):
    """Return the supervisor's answer. Raises OSError with the number and the text that it names, ValueError with its text."""
    with _lock:
        tell(verb, *arguments)
        if not _line.readinto(_reply):
            power_off()
        is_answer, value = json.loads(_reply)
    if is_answer:
        return value
    raise ValueError(value) if is_answer is None else OSError(*value)


def tell(verb, *arguments):
    """Note something that needs no answer."""
    _send(json.dumps((verb,) + arguments))


def tell_flash(verb, block, length):
    """Note a write (ord("w")) or an erase (ord("e")) of the flash; takes no heap."""
    struct.pack_into("<BBHI", _flash_note, 0, verb, 0, block, length)
    _send(_flash_note)


def tell_feed():
    """Note that the watchdog was fed; takes no heap."""
    _send(b"f")


def pause(virtual_s):
    """Block the calling thread as the real call would."""
    time.sleep(virtual_s / _speed)


def begin(speed):
    """Take the speed of virtual time."""
    global _speed
    _speed = speed


def halt():
    """Stand still until the supervisor takes the power away."""
    while True:
        time.sleep(60)


def power_off():
    """End this process: nobody is left who could do it."""
    os.system("kill -9 $PPID")
    halt()


def _send(message):
    try:
        _line.write(message)
    except OSError:
        power_off()
