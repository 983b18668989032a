"""A power cut in the middle of any flash write leaves a file system that mounts and files that are old or new."""

import pytest
from board_script import write_app
from virtual_device import VirtualDevice

APP = """
import os
def read():
    try:
        return open("/value").read()
    except OSError:
        return None
print("found", read())
for number in range(100):
    with open("/value.new", "w") as file:
        file.write("value %d " % number * 60)
    os.rename("/value.new", "/value")
print("all written")
"""


def cut(tmp_path, name, writes):
    """Run the app until its `writes`th flash write. Returns the device, ended."""
    device = VirtualDevice(tmp_path / name, app=write_app(tmp_path / "app", APP), power_cut_after=writes).start()
    assert device.wait_until_ended() == 0
    assert "The power was cut in the middle of flash write %d" % writes in device.said()
    return device


@pytest.mark.parametrize("writes", [1, 2, 3, 7, 23, 60])
def test_whatever_write_is_cut_the_files_are_old_or_new(tmp_path, writes):
    device = cut(tmp_path, "device", writes)
    value = device.image().read("/value")
    assert value is None or value in [b"value %d " % number * 60 for number in range(100)]
    assert device.wear()["writes"] == writes - 1
    with device.start(power_cut_after=None):  # the power is back
        device.wait_for("found %s" % (None if value is None else "value"))
        device.wait_for("all written")


def test_a_cut_is_the_same_each_time(tmp_path):
    one, two = cut(tmp_path, "one", 20), cut(tmp_path, "two", 20)
    assert one.image().read("/value") == two.image().read("/value")


def test_the_write_is_left_half_done(tmp_path):
    whole, halved = cut(tmp_path, "whole", 12), cut(tmp_path, "halved", 11)
    assert (whole.state / "flash.img").read_bytes() != (halved.state / "flash.img").read_bytes()
