"""The modules of the firmware packed into shelves, one a folder, from which device/shelf.py imports them.

A shelf is `count` (2 bytes), `count` records of (checksum of the file name, offset of a stream, bytes before the module in that stream),
2 bytes each, and then the streams: raw deflate with a window of 1 KB. Modules share a stream, which packs them by a third better than
each alone, but no more than STREAM_BYTES of them: whoever wants the last one unpacks all before it. All numbers are little endian.
"""

import binascii
import struct
import zlib

FOLDERS = ("top", "core", "hardware")
"""The shelves; "top" has what lies in no folder. device/shelf.py looks through all of them."""
LOOSE = "shelf"
"""What opens the shelves cannot lie in one."""
WINDOW_BITS = 10
STREAM_BYTES = 8000
LONGEST_BYTES = 0xFFFF


class NotShelved(Exception):
    """The modules do not fit; the text says why."""


def shelved(modules, names):
    """{module ("core.dht"): .mpy} -> {"core.shelf": bytes, ..., "shelf.mpy": bytes}, each under its name on the board. Raises NotShelved.

    names: {module: its name on the board}.
    """
    files = {LOOSE + ".mpy": modules[LOOSE]}
    shelves = {folder: [] for folder in FOLDERS}
    checksums = {}
    for module in sorted(set(modules) - {LOOSE}):
        folder, name = module.rpartition(".")[0] or "top", names[module] + ".mpy"
        if folder not in FOLDERS:
            raise NotShelved("%s lies in a folder that has no shelf: see FOLDERS in tools/shelving.py and device/shelf.py" % module)
        checksum = binascii.crc32(name.encode()) & 0xFFFF
        if checksums.setdefault(checksum, module) != module:
            raise NotShelved("%s and %s have the same checksum: rename one of them" % (checksums[checksum], module))
        shelves[folder].append((checksum, modules[module]))
    files.update({"%s.shelf" % folder: _shelf(content) for folder, content in shelves.items()})
    return files


def _shelf(modules):
    """The file of modules: (checksum, .mpy)."""
    records, streams = [], b""
    head_bytes = 2 + 6 * len(modules)
    for together in _in_streams(modules):
        skip = 0
        for checksum, content in together:
            records.append((checksum, head_bytes + len(streams), skip))
            skip += len(content)
        streams += _packed(b"".join(content for _, content in together))
    if head_bytes + len(streams) > LONGEST_BYTES:
        raise NotShelved("a shelf holds at most %d bytes" % LONGEST_BYTES)
    return struct.pack("<H", len(records)) + b"".join(struct.pack("<HHH", *record) for record in records) + streams


def _in_streams(modules):
    """The modules in lists whose contents are at most STREAM_BYTES long together."""
    together, size = [], 0
    for checksum, content in modules:
        if together and size + len(content) > STREAM_BYTES:
            yield together
            together, size = [], 0
        together.append((checksum, content))
        size += len(content)
    yield together


def _packed(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -WINDOW_BITS, 9)
    return packer.compress(content) + packer.flush()
