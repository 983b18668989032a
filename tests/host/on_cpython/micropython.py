"""MicroPython's module of this name, as far as the firmware needs it on CPython."""


def const(value):
    return value
