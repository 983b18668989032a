"""The modules of the firmware packed into one file, from which device/shelf.py imports them.

A shelf is `count` and `shift` (a byte each), `count` checksums of file names (16 bits of the CRC-32, from bit `shift` on), `count` records
of (half the offset of a stream, the stream's length unpacked, bytes before the module in it; 2 bytes each), and then the streams, each of
which begins at an even offset. All numbers are little endian.

A stream is raw deflate with a window of 1 KB that never says that it ends. Its last byte is a block by itself, stored as it is: whoever has
unpacked that stands before a block, at the beginning of a byte, and can go on with any other stream. Modules share a stream, which
packs them by a third better than each alone, but no more than STREAM_BYTES of them: whoever wants one unpacks all of it.
"""

import binascii
import struct
import zlib

NAME = "app.shelf"
LOOSE = "shelf"
"""What opens the shelf cannot lie in it."""
WINDOW_BITS = 10
STREAM_BYTES = 8000
COMPARED_BYTES = 512
LONGEST_BYTES = 2 * 0xFFFF
MOST_MODULES = 0xFF
STORED_BYTE = b"\0\1\0\xfe\xff"
"""What goes before one byte in a stored block that is not the last: RFC 1951, 3.2.4."""


class NotShelved(Exception):
    """The modules do not fit; the text says why."""


def shelved(modules, names):
    """{module ("core.dht"): .mpy} -> {"app.shelf": bytes, "shelf.mpy": bytes}. Raises NotShelved.

    names: {module: the name that it is looked for by}.
    """
    on_shelf = _alike_together({module: modules[module] for module in set(modules) - {LOOSE}})
    shift, checksums = _checksums([names[module] + ".mpy" for module in on_shelf])
    records, streams = b"", b""
    head_bytes = 2 + 8 * len(on_shelf)
    for together in _in_streams([modules[module] for module in on_shelf]):
        before, unpacked = 0, b"".join(together)
        for content in together:
            records += struct.pack("<HHH", (head_bytes + len(streams)) // 2, len(unpacked), before)
            before += len(content)
        streams += _packed(unpacked)
        streams += bytes(len(streams) % 2)
    if head_bytes + len(streams) > LONGEST_BYTES:
        raise NotShelved("a shelf holds at most %d bytes" % LONGEST_BYTES)
    return {LOOSE + ".mpy": modules[LOOSE], NAME: struct.pack("BB", len(on_shelf), shift) + checksums + records + streams}


def _alike_together(modules):
    """The names of the modules so that each follows one after which it packs well: that saves a fortieth of the file."""
    left = sorted(modules)
    order, tail = [], b""
    alone = {module: _size_behind(b"", modules[module]) for module in left}
    while left:
        order.append(min(left, key=lambda module: _size_behind(tail, modules[module]) - alone[module] if order else 0))
        left.remove(order[-1])
        tail = (tail + modules[order[-1]])[-(1 << WINDOW_BITS) :]
    return order


def _size_behind(before, content):
    """The packed size of the first bytes of a module behind what stands `before` it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -WINDOW_BITS, 9, zlib.Z_DEFAULT_STRATEGY, before)
    return len(packer.compress(content[:COMPARED_BYTES]) + packer.flush())


def _checksums(files):
    """(shift, checksums as bytes): the first shift with which no two files have the same one."""
    if len(files) > MOST_MODULES:
        raise NotShelved("a shelf holds at most %d modules" % MOST_MODULES)
    for shift in range(17):
        checksums = [binascii.crc32(file.encode()) >> shift & 0xFFFF for file in files]
        if len(set(checksums)) == len(files):
            return shift, struct.pack("<%dH" % len(files), *checksums)
    raise NotShelved("two modules have the same name, or the same checksum")


def _in_streams(contents):
    """The modules in lists that are at most STREAM_BYTES long together."""
    together, size = [], 0
    for content in contents:
        if together and size + len(content) > STREAM_BYTES:
            yield together
            together, size = [], 0
        together.append(content)
        size += len(content)
    yield together


def _packed(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -WINDOW_BITS, 9)
    return packer.compress(content[:-1]) + packer.flush(zlib.Z_SYNC_FLUSH) + STORED_BYTE + content[-1:]
