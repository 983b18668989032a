"""Fixtures for every host test."""

from virtual_device import device, new_device  # noqa: F401
