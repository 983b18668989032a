"""The image that tools/deploy.py --image writes is one that starts: the simulator boots its filesystem."""

import io

import build
import deploy
import firmware
import small_firmware
from rich.console import Console
from simulator.flash_image import FlashImage


def test_the_simulator_boots_the_filesystem_of_the_complete_image(tmp_path, new_device):
    firmware_file, image = tmp_path / "firmware.bin", tmp_path / "dewlog.bin"
    firmware_file.write_bytes(small_firmware.make())
    arguments = ["--image", str(image), "--firmware", str(firmware_file)]
    assert deploy.main(arguments, Console(file=io.StringIO()), build.build()) == 0

    found = firmware.parse(firmware_file.read_bytes())
    flash = tmp_path / "device" / "flash.img"
    flash.parent.mkdir()
    flash.write_bytes(image.read_bytes()[found.vfs_offset :][: found.vfs_bytes])
    names = FlashImage(flash).names("/a")

    device = new_device()
    device.wait_for("Hotspot: Dewlog-")
    device.wait_for(lambda: device.get("/").status == 200)
    booted = device.image()
    assert booted.read("/active") == b"a", "the simulator found nothing to bring up to date"
    assert booted.names("/a") == names
