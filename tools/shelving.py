"""The modules of the firmware packed into shelves, one a folder, from which device/shelf.py imports them.

A shelf is `count` (2 bytes), `count` records of (checksum of the file name, offset of a stream, bytes before the module in that stream),
2 bytes each, and then the streams: raw deflate with a window of 1 KB. Modules share a stream, which packs them by a third better than
each alone, but no more than STREAM_BYTES of them: whoever wants the last one unpacks all before it. All numbers are little endian.
"""

import binascii
import struct
import zlib

FOLDERS = ("", "core", "hardware", "microdot")
LOOSE = "shelf.mpy"
"""What opens the shelves cannot lie in one."""
WINDOW_BITS = 10
STREAM_BYTES = 8000
LONGEST_BYTES = 0xFFFF


class NotShelved(Exception):
    """The modules do not fit; the text says why."""


def shelved(modules):
    """{"core/dht.mpy": bytes, ...} -> {"core.shelf": bytes, ..., "shelf.mpy": bytes}. Raises NotShelved."""
    files = {LOOSE: modules[LOOSE]}
    for folder in FOLDERS:
        names = sorted(name for name in modules if name != LOOSE and name.rpartition("/")[0] == folder)
        files["%s.shelf" % (folder or "top")] = _shelf([(name.rpartition("/")[2], modules[name]) for name in names])
    homeless = [name for name in modules if name.rpartition("/")[0] not in FOLDERS]
    if homeless:
        raise NotShelved("%s lies in a folder that has no shelf: see FOLDERS in tools/shelving.py and device/shelf.py" % homeless[0])
    return files


def _shelf(modules):
    records, streams = [], b""
    head_bytes = 2 + 6 * len(modules)
    for together in _in_streams(modules):
        skip = 0
        for name, content in together:
            records.append((binascii.crc32(name.encode()) & 0xFFFF, head_bytes + len(streams), skip))
            skip += len(content)
        streams += _packed(b"".join(content for _, content in together))
    if len({checksum for checksum, _, _ in records}) < len(records):
        raise NotShelved("two modules have the same checksum: rename one of %s" % ", ".join(name for name, _ in modules))
    if head_bytes + len(streams) > LONGEST_BYTES:
        raise NotShelved("a shelf holds at most %d bytes" % LONGEST_BYTES)
    return struct.pack("<H", len(records)) + b"".join(struct.pack("<HHH", *record) for record in records) + streams


def _in_streams(modules):
    """The modules in lists whose contents are at most STREAM_BYTES long together."""
    together, size = [], 0
    for name, content in modules:
        if together and size + len(content) > STREAM_BYTES:
            yield together
            together, size = [], 0
        together.append((name, content))
        size += len(content)
    yield together


def _packed(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -WINDOW_BITS, 9)
    return packer.compress(content) + packer.flush()
