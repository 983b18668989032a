"""The profile of a board: what differs on other chips, what /board.json says, its sensor, and how Python's heap begins."""

import _thread
import gc
import json
import os
import sys
import time

PROFILES = (
    # a word of sys.implementation._machine, and what differs there from hardware/board.py
    # For a sensor: what is in and out, and means nothing to the chip at the start; 6 to 11, 16 and 17 belong to flash and PSRAM.
    ("", {"SENSOR_PINS": (4, 13, 14, 18, 19, 21, 22, 23, 25, 26, 27, 32, 33)}),
    # The LED on both DevKits is an addressable one, which a plain pin cannot light: wire an ordinary LED to the pin named here.
    ("ESP32S3", {"SENSOR_PIN": 4, "SENSOR_PINS": tuple(range(4, 19))}),  # GPIO 22 to 25 do not exist; 26 to 37 belong to flash and PSRAM
    # 11 to 17 belong to flash; 2, 8 and 9 are strapping pins
    ("ESP32C3", {"SENSOR_PIN": 4, "SENSOR_PINS": (1, 3, 4, 5, 6, 7), "LED_PIN": 10, "BUTTON_PIN": 9}),
)
"""The ESP8266 is missing on purpose: MicroPython leaves it some 20 kB of heap, too little for a web server beside an uploader."""


def configure(board, overrides, machine):
    """Give the module `board` the profile that fits `machine`, then what the JSON object in `overrides` (bytes or None) says.

    Names that the board does not have are ignored, and so are values of another type and a text that cannot be read.
    """
    found = [differences for word, differences in PROFILES if word in machine]
    try:
        found.append(json.loads(overrides or b"{}"))
    except ValueError:
        pass
    for names in found:
        for name in names if isinstance(names, dict) else ():
            if isinstance(name, str) and name.isupper() and type(getattr(board, name, ...)) in (type(names[name]), type(None)):
                setattr(board, name, names[name])


def sensor(board):
    """The DHT22 or DHT11 of the board, by the stock driver: its start pulse of 18 ms, on the ESP32, is good for both.

    Allow it a second or two after power-up and at least two seconds between reads. `measure()` blocks for about 270 ms.
    """
    import dht
    import machine

    own = board.SENSOR_PIN, board.LED_PIN, board.BUTTON_PIN
    board.SENSOR_PINS = own[:1] + tuple([pin for pin in board.SENSOR_PINS if pin not in own])
    return dht.DHT22(machine.Pin(board.SENSOR_PIN))


def grow(heap, wanted):
    """Let Python's heap grow by about `wanted` bytes, before Wi-Fi takes its share. Returns (bytes before, bytes after), or None.

    heap: hardware/chip.py, which tells why. A thread whose stack takes all but `wanted` bytes of the largest block stands in the way while
    the heap is made to grow.
    """
    heap.size = before = heap.measured()
    if not wanted or before >= 86 * 1024:  # it has grown already, or the board has PSRAM
        return None
    lock = _thread.allocate_lock()
    lock.acquire()
    _thread.stack_size(heap.idf()[1] - wanted)
    _thread.start_new_thread(lock.acquire, ())
    _thread.stack_size(0)
    pieces, largest = [], heap.idf()[1]
    while heap.idf()[1] == largest:
        pieces.append(bytearray(256))
    heap.held = pieces[-1]
    pieces.clear()  # an old place on the stack may hold the list
    gc.collect()
    lock.release()
    for _ in range(10):
        time.sleep_ms(200)  # the idle task gives the stack back
        heap.size = heap.measured()
        if heap.size == heap.measured():  # if it came back in the midst of measuring, the two differ by that
            break
    return before, heap.size


def intern_names():
    """Learn the names in all modules, before anything else lies around: see "Memory" in README.md.

    A .mpy file begins with four bytes, the number of its names, that of its other constants, and the names: twice the length, then the
    bytes and a zero, or an odd number for one of MicroPython's own (https://docs.micropython.org/en/latest/reference/mpyfiles.html).
    """
    for package in ("/", "/core/", "/hardware/", "/portal/"):
        for entry in os.ilistdir(sys.path[0] + package):
            path = sys.path[0] + package + entry[0]
            if path.endswith(".mpy"):
                hasattr(sys, path)  # to look for it is to learn it
                with open(path, "rb") as file:
                    file.read(4)
                    names = _number(file)
                    _number(file)
                    for _ in range(names):
                        size = _number(file)
                        if not size & 1:
                            hasattr(sys, file.read(size // 2 + 1)[:-1].decode())
                gc.collect()


def _number(file):
    """The next one: seven bits a byte, the last byte is below 128."""
    value = 0
    while True:
        byte = file.read(1)[0]
        value = value << 7 | byte & 127
        if byte < 128:
            return value
