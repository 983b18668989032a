"""Serial ports that may have an ESP32 behind them."""

import errno
import os
import sys
from collections import namedtuple
from pathlib import Path

USB_CHIPS = {
    0x10C4: "CP210x",
    0x1A86: "CH340",
    0x0403: "FTDI",
    0x067B: "PL2303",
    0x303A: "ESP32's own USB",
}
"""USB vendor ids of the chips that sit between an ESP32 and its USB socket."""

DRIVERS = {
    "darwin": "macOS has drivers for most boards; for a CH340 or CP210x that stays invisible, install the maker's driver.",
    "win32": "Look at the Device Manager: an entry with a yellow sign needs the CP210x driver (Silicon Labs) or the CH340 driver (WCH).",
}
LINUX_UDEV = "Linux has the drivers built in; on Ubuntu the package brltty may take a CH340 away: remove it and plug the board in again."

Port = namedtuple("Port", "device chip serial_number")
"""device: what mpremote opens ("/dev/ttyUSB0", "COM3"); chip: the USB chip's name; serial_number: the USB one or None."""


def find(comports=None):
    """Return the ports with a USB chip that ESP32 boards use, as a list of Port. `comports` stands for pyserial's list."""
    if comports is None:
        from serial.tools.list_ports import comports
    return [Port(port.device, USB_CHIPS[port.vid], port.serial_number) for port in comports() if port.vid in USB_CHIPS]


def why_none(usb_devices=Path("/sys/bus/usb/devices"), platform=sys.platform):
    """Say in sentences what may be the matter when find() has found nothing."""
    chip = _chip_without_port(usb_devices)
    if chip:
        return "A %s is connected, but it has no serial port. %s" % (chip, DRIVERS.get(platform, LINUX_UDEV))
    cable = ("No board found. Plug it in with a USB cable that carries data (many only charge) and look whether its power light is on. "
             "If it is: ")
    return cable + DRIVERS.get(platform, "unplug and replug it; `dmesg` tells what Linux sees. " + LINUX_UDEV)


def why_not_open(device):
    """Say in a sentence why `device` could not be opened."""
    try:
        port = os.open(device, os.O_RDWR | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
        is_terminal = os.isatty(port) or os.name == "nt"
        os.close(port)
        if not is_terminal:
            return "%s is no serial port." % device
    except OSError as problem:
        if problem.errno == errno.ENOENT:
            return "There is no port %s." % (device or "without a name")
        if problem.errno in (errno.EACCES, errno.EPERM):
            return ("No permission to use %s. On Linux: sudo usermod -aG dialout $USER, then log out and in again "
                    "(the group is uucp on Arch and Suse)." % device)
        if problem.errno not in (errno.EBUSY, errno.ENXIO):
            return "%s cannot be opened: %s." % (device, problem.strerror)
    return "%s is in use: close other serial monitors (Thonny, Arduino, tools/console.py) and try again." % device


def _chip_without_port(usb_devices):
    """The name of a USB serial chip that Linux lists without having given it a tty."""
    for vendor in sorted(usb_devices.glob("*/idVendor")) if usb_devices.is_dir() else []:
        chip = USB_CHIPS.get(int(vendor.read_text(), 16))
        interfaces = "%s:*" % vendor.parent.name
        if chip and not any(list(interface.glob("tty*")) for interface in usb_devices.glob(interfaces)):
            return chip
    return None
