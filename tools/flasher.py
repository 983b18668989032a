"""Writing MicroPython to a chip with esptool."""

import contextlib
import os

from firmware import FirmwareProblem
from serial_ports import why_not_open

FASTER_BAUD = 460800


class Flasher:
    """The boot loader of the chip on a serial port; use it in `with`. The chip restarts at the end. Raises FirmwareProblem.

    This is esptool's documented way to be used from Python: https://docs.espressif.com/projects/esptool/en/latest/esp32/esptool/scripting.html
    """

    def __init__(self, device):
        self.device = device
        self._chip = None

    def __enter__(self):
        from esptool.cmds import detect_chip
        from esptool.util import FatalError

        if not os.path.exists(self.device) and os.name != "nt":
            raise FirmwareProblem(why_not_open(self.device))
        try:
            self._chip = detect_chip(self.device)
        except (FatalError, OSError) as problem:
            raise FirmwareProblem(
                "No ESP32 answers on %s: %s. Hold the BOOT button while the tool connects, or try another cable."
                % (self.device, first_line(problem))
            ) from None
        return self

    def __exit__(self, *_):
        from esptool.cmds import reset_chip
        from esptool.util import FatalError

        with contextlib.suppress(FatalError, OSError):  # the cable may be out; what went wrong has been said
            reset_chip(self._chip, "hard-reset")
        with contextlib.suppress(OSError):
            self._chip._port.close()

    @property
    def chip_name(self):
        """"ESP32", "ESP32-S3" ..."""
        return self._chip.CHIP_NAME

    def write(self, firmware):
        """Erase the whole flash and write a firmware.Firmware; esptool shows its own progress. Raises FirmwareProblem."""
        from esptool.cmds import attach_flash, run_stub, write_flash
        from esptool.util import FatalError

        try:
            self._chip = run_stub(self._chip)
            self._chip.change_baud(FASTER_BAUD)
            attach_flash(self._chip)
            write_flash(self._chip, [(firmware.chip.offset, firmware.content)], flash_size="detect", erase_all=True, compress=True)
        except (FatalError, OSError) as problem:
            raise FirmwareProblem(
                "Writing MicroPython stopped: %s. Start again: the chip can always be written anew." % first_line(problem)
            ) from None


def first_line(problem):
    """Return what esptool says first about a problem; hints and details follow there."""
    return (str(problem).strip() or type(problem).__name__).splitlines()[0].rstrip(".")
