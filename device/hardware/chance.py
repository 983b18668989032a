"""Chance: random numbers from the hardware."""

import os


def chance():
    """A number from 0 up to 1."""
    return int.from_bytes(os.urandom(3), "big") / (1 << 24)


def random_bytes(count):
    return os.urandom(count)
