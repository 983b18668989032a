"""MicroPython firmware files for ESP32 boards: found, fetched, checked, and completed to an image of the whole flash."""

import hashlib
import http.client
import os
import re
import struct
import urllib.error
import urllib.request
from collections import namedtuple
from pathlib import Path

from board_update import NEWEST, OLDEST

FOLDER = Path(__file__).resolve().parent.parent / ".build" / "firmware"
SITE = "https://micropython.org"
FETCH_TIMEOUT_S = 30
LARGEST_BYTES = 8 * 1024 * 1024

Chip = namedtuple("Chip", "name board offset image_id")
"""name: esptool's. board: the firmware's name on micropython.org. offset: where in flash its file begins. image_id: in image headers."""
CHIPS = (Chip("esp32", "ESP32_GENERIC", 0x1000, 0), Chip("esp32s3", "ESP32_GENERIC_S3", 0, 9), Chip("esp32c3", "ESP32_GENERIC_C3", 0, 5))

TABLE_ADDRESS = 0x8000
TABLE_BYTES = 0xC00
ENTRY = struct.Struct("<2sBBII16sI")
ENTRY_MAGIC, MD5_MAGIC = b"\xaa\x50", b"\xeb\xeb"
APP, DATA = 0, 1
FAT = 0x81
"""The subtype that MicroPython gives its filesystem, whatever is in it."""
DESCRIPTION_OFFSET = 32
DESCRIPTION_MAGIC = b"\x32\x54\xcd\xab"
SECTOR_BYTES = 4096

Partition = namedtuple("Partition", "kind offset size label")
Firmware = namedtuple("Firmware", "content chip version flash_bytes vfs_offset vfs_bytes")
"""content: the file's bytes. version: of MicroPython, such as (1, 29) or (1, 26, 1), or None. vfs_offset, vfs_bytes: the filesystem."""


class FirmwareProblem(Exception):
    """No usable firmware; its text is the sentence for the person at the keyboard."""


class Unreachable(FirmwareProblem):
    """micropython.org cannot be asked for the firmware of `chips`, which is not in `folder` either."""

    def __init__(self, chips, folder):
        files = ["%s-<date>-v%d.%d.bin from %s" % ((chip.board,) + NEWEST + (_page(chip),)) for chip in chips]
        super().__init__("micropython.org cannot be reached. Fetch %s with any computer, put %s into %s and start again."
                         % (" and ".join(files), "it" if len(files) == 1 else "them", folder))


def chip_named(name):
    """Return the Chip for "esp32", "ESP32-S3" ... Raises FirmwareProblem."""
    plain = name.lower().replace("-", "")
    for chip in CHIPS:
        if plain == chip.name:
            return chip
    raise FirmwareProblem("The chip is %s; Dewlog runs on %s." % (name, ", ".join(chip.name.upper() for chip in CHIPS)))


def load(path):
    """Read and check a firmware file: image checksums and digests, partition table, version. Raises FirmwareProblem."""
    try:
        content = Path(path).read_bytes()
    except OSError as problem:
        raise FirmwareProblem("Cannot read %s: %s." % (path, problem.strerror)) from None
    try:
        return parse(content)
    except FirmwareProblem as problem:
        raise FirmwareProblem("%s is no MicroPython firmware for an ESP32: %s" % (path, problem)) from None


def parse(content):
    """Return the Firmware in a file's bytes. Raises FirmwareProblem."""
    if len(content) < TABLE_ADDRESS or content[:1] != b"\xe9":
        raise FirmwareProblem("it does not begin with a bootloader.")
    image_id = struct.unpack_from("<H", content, 12)[0]
    chip = next((chip for chip in CHIPS if chip.image_id == image_id), None)
    if chip is None:
        raise FirmwareProblem("it is for another chip (number %d)." % image_id)
    _check_image(chip, content, "the bootloader")
    table = partitions(content[TABLE_ADDRESS - chip.offset :][:TABLE_BYTES])
    app = next((partition for partition in table if partition.kind == APP), None)
    if app is None:
        raise FirmwareProblem("its partition table has no app.")
    start = app.offset - chip.offset
    _check_image(chip, content[start:], "MicroPython")
    flash_bytes = 1 << (20 + (content[3] >> 4))
    return Firmware(content, chip, _version(content[start:]), flash_bytes, *_filesystem(table, flash_bytes))


def partitions(table):
    """Return the entries of a partition table as a list of Partition. Raises FirmwareProblem when its MD5 is wrong."""
    found = []
    for start in range(0, len(table) - ENTRY.size + 1, ENTRY.size):
        magic, kind, _, offset, size, label, _ = ENTRY.unpack_from(table, start)
        if magic == MD5_MAGIC:
            if table[start + 16 : start + 32] != hashlib.md5(table[:start]).digest():
                raise FirmwareProblem("its partition table is damaged.")
            return found
        if magic != ENTRY_MAGIC:
            break
        found.append(Partition(kind, offset, size, label.rstrip(b"\0").decode("ascii", "replace")))
    if not found:
        raise FirmwareProblem("it has no partition table.")
    return found


def _filesystem(table, flash_bytes):
    """Where the filesystem is: the partition "vfs"; newer firmware without one makes it of all flash behind the last partition."""
    for partition in table:
        if partition.label == "vfs":
            return partition.offset, partition.size
    end = max(partition.offset + partition.size for partition in table)
    return end, flash_bytes - end


def _check_image(chip, content, what):
    from esptool.bin_image import LoadFirmwareImage
    from esptool.util import FatalError

    try:
        image = LoadFirmwareImage(chip.name, content)
    except (FatalError, struct.error, ValueError, IndexError):
        raise FirmwareProblem("%s in it is incomplete." % what) from None
    if image.checksum != image.calculate_checksum() or (image.append_digest and image.stored_digest != image.calc_digest):
        raise FirmwareProblem("%s in it is damaged." % what)


def _version(app):
    """MicroPython's version in the app's description, or None."""
    if app[DESCRIPTION_OFFSET : DESCRIPTION_OFFSET + 4] != DESCRIPTION_MAGIC:
        return None
    text = app[DESCRIPTION_OFFSET + 16 : DESCRIPTION_OFFSET + 48].split(b"\0")[0].decode("ascii", "replace")
    match = re.match(r"v(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(number) for number in match.groups() if number) if match else None


def find_or_fetch(chip, folder=FOLDER, opener=urllib.request.urlopen):
    """Return the path of a firmware file for `chip`: the newest in `folder`, else fetched from micropython.org. Raises FirmwareProblem."""
    names = _supported(chip, [path.name for path in folder.glob(chip.board + "-*.bin")] if folder.is_dir() else [])
    if names:
        return folder / names[-1]
    page = _page(chip)
    try:
        with opener(page, timeout=FETCH_TIMEOUT_S) as reply:
            listed = re.findall(r"/resources/firmware/(%s-\d+-v[\d.]+\.bin)" % chip.board, reply.read().decode("utf-8", "replace"))
        names = _supported(chip, listed)
        if not names:
            raise FirmwareProblem("%s lists no MicroPython from %d.%d to %d.%d." % ((page,) + OLDEST + NEWEST))
        with opener("%s/resources/firmware/%s" % (SITE, names[-1]), timeout=FETCH_TIMEOUT_S) as reply:
            content = reply.read(LARGEST_BYTES)
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        raise Unreachable([chip], folder) from None
    try:
        parse(content)
    except FirmwareProblem as problem:
        raise FirmwareProblem("What micropython.org sent is no MicroPython firmware for an ESP32: %s" % problem) from None
    return _keep(content, folder, names[-1])


def find_or_fetch_all(chips=CHIPS, folder=FOLDER, opener=urllib.request.urlopen):
    """Return [path] of a firmware file for each of `chips`. Raises FirmwareProblem, which names all files that cannot be fetched."""
    found, missing = [], []
    for chip in chips:
        try:
            found.append(find_or_fetch(chip, folder, opener))
        except Unreachable:
            missing.append(chip)
    if missing:
        raise Unreachable(missing, folder)
    return found


def _page(chip):
    return "%s/download/%s/" % (SITE, chip.board)


def _keep(content, folder, name):
    unfinished = folder / (name + ".new")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        os.replace(unfinished, folder / name)
    except OSError as problem:
        raise FirmwareProblem("The firmware cannot be kept in %s: %s." % (folder, problem.strerror)) from None
    return folder / name


def _supported(chip, names):
    """Those of `names` that are releases of supported versions for `chip`, the newest last."""
    dated = []
    for name in names:
        match = re.fullmatch(r"%s-(\d{8})-v(\d+)\.(\d+)(?:\.(\d+))?\.bin" % re.escape(chip.board), name)
        if match:
            date, major, minor, patch = match.groups()
            if OLDEST <= (int(major), int(minor)) <= NEWEST:
                dated.append((int(major), int(minor), int(patch or 0), date, name))
    return [entry[-1] for entry in sorted(dated)]


def complete_image(firmware, files):
    """Return the bytes of a whole flash: `firmware` and a littlefs with `files` ({path: bytes}). Raises FirmwareProblem.

    Its partition table always names the filesystem. MicroPython from 1.26 on, whose own table does not, would take all the flash it
    finds, and on a board with more of it than the image was made for refuse a littlefs of another size.
    """
    filesystem = littlefs_image(files, firmware.vfs_bytes // SECTOR_BYTES)
    image = bytearray(b"\xff" * firmware.flash_bytes)
    end = firmware.chip.offset + len(firmware.content)
    if end > firmware.vfs_offset:
        raise FirmwareProblem("The firmware reaches into its own filesystem.")
    image[firmware.chip.offset : end] = firmware.content
    image[firmware.vfs_offset : firmware.vfs_offset + len(filesystem)] = filesystem
    table = image[TABLE_ADDRESS : TABLE_ADDRESS + TABLE_BYTES]
    image[TABLE_ADDRESS : TABLE_ADDRESS + TABLE_BYTES] = _table_with_filesystem(bytes(table), firmware)
    return bytes(image)


def _table_with_filesystem(table, firmware):
    """The partition table, with "vfs" in it."""
    known = partitions(table)
    if any(partition.label == "vfs" for partition in known):
        return table
    entries = table[: len(known) * ENTRY.size]
    entries += ENTRY.pack(ENTRY_MAGIC, DATA, FAT, firmware.vfs_offset, firmware.vfs_bytes, b"vfs", 0)
    digest = MD5_MAGIC + b"\xff" * 14 + hashlib.md5(entries).digest()
    return (entries + digest).ljust(TABLE_BYTES, b"\xff")


def littlefs_image(files, blocks):
    """Return a littlefs with `files` as MicroPython's VfsLfs2 makes it. Raises FirmwareProblem when they do not fit."""
    from littlefs import LittleFS, LittleFSError
    from simulator.flash_image import AS_MICROPYTHON

    try:
        filesystem = LittleFS(block_size=SECTOR_BYTES, block_count=blocks, **AS_MICROPYTHON)
        for path, content in sorted(files.items()):
            folder = path.rpartition("/")[0]
            if folder:
                filesystem.makedirs(folder, exist_ok=True)
            with filesystem.open(path, "wb") as file:
                file.write(content)
        return bytes(filesystem.context.buffer)
    except LittleFSError as problem:
        raise FirmwareProblem("The app does not fit into the filesystem of %d kB: %s" % (blocks * SECTOR_BYTES >> 10, problem)) from None
