"""Pages and files for the rare client that does not take gzip: unpacked on the way, through a window of 2 kB."""

import struct

import deflate

from pages import read_to_end
from rendering import CHUNK_BYTES, in_chunks, pieces, texts

WINDOW_BITS = 11  # what the build compressed with, see tools/packing.py


def page(path, values):
    """The text of the packed page at `path`, in chunks."""
    with open(path, "rb") as file:
        yield from in_chunks(_texts(file, values))


def content(file):
    """What the gzip file `file` holds, in chunks."""
    return read_to_end(file, deflate.DeflateIO(file, deflate.GZIP, WINDOW_BITS))


def _texts(file, values):
    index = list(pieces(file))
    file.seek(0)
    file.seek(2 + struct.unpack("<H", file.read(2))[0])
    stream = deflate.DeflateIO(file, deflate.RAW, WINDOW_BITS)
    for _, text_bytes, _, _, name in index:
        while text_bytes:
            text = stream.read(min(text_bytes, CHUNK_BYTES))
            text_bytes -= len(text)
            yield text
        yield from texts(values.get(name, ""))
