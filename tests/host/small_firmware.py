"""A firmware file that is small, yet complete for every check: bootloader, partition table, app; it runs on nothing."""

import hashlib
import struct

from firmware import APP, CHIPS, DATA, ENTRY, ENTRY_MAGIC, MD5_MAGIC, TABLE_ADDRESS, TABLE_BYTES

APP_OFFSET, APP_BYTES = 0x10000, 0x1F0000
VFS_OFFSET, VFS_BYTES = 0x200000, 0x200000
RAM = {"esp32": 0x3FFF0018, "esp32s3": 0x3FCD5820, "esp32c3": 0x3FCD5820}
MAPPED_FLASH = {"esp32": 0x3F400020, "esp32s3": 0x3C000020, "esp32c3": 0x3C000020}
FLASH_SIZE_CODES = {2: 0x10, 4: 0x20, 8: 0x30, 16: 0x40}


def make(chip=CHIPS[0], version="v1.28.0", flash_mb=4, has_vfs=True):
    """Return the bytes of a firmware file for `chip`, as on micropython.org: from the bootloader to the end of the app."""
    description = struct.pack("<4sI8s32s32s", b"\x32\x54\xcd\xab", 0, b"", version.encode(), b"micropython").ljust(256, b"\0")
    table = _table(has_vfs)
    parts = {chip.offset: _image(chip, RAM[chip.name], bytes(64), flash_mb), TABLE_ADDRESS: table,
             APP_OFFSET: _image(chip, MAPPED_FLASH[chip.name], description, flash_mb)}
    content = bytearray()
    for address, part in parts.items():
        content += b"\xff" * (address - chip.offset - len(content)) + part
    return bytes(content)


def _image(chip, address, segment, flash_mb):
    """One image: header, extended header, a segment that belongs at `address`, checksum, SHA-256."""
    head = struct.pack("<BBBBI", 0xE9, 1, 2, FLASH_SIZE_CODES[flash_mb], 0x40080000)
    extended = struct.pack("<B3sHBHH4sB", 0xEE, b"", chip.image_id, 0, 0, 0xFFFF, b"", 1)
    body = head + extended + struct.pack("<II", address, len(segment)) + segment
    checksum = 0xEF
    for byte in segment:
        checksum ^= byte
    body = body.ljust(len(body) // 16 * 16 + 15, b"\0") + bytes((checksum,))
    return body + hashlib.sha256(body).digest()


def _table(has_vfs):
    entries = [(DATA, 2, 0x9000, 0x6000, b"nvs"), (DATA, 1, 0xF000, 0x1000, b"phy_init"), (APP, 0, APP_OFFSET, APP_BYTES, b"factory")]
    if has_vfs:
        entries.append((DATA, 0x81, VFS_OFFSET, VFS_BYTES, b"vfs"))
    table = b"".join(ENTRY.pack(ENTRY_MAGIC, kind, subkind, offset, size, label, 0) for kind, subkind, offset, size, label in entries)
    table += MD5_MAGIC + b"\xff" * 14 + hashlib.md5(table).digest()
    return table.ljust(TABLE_BYTES, b"\xff")
