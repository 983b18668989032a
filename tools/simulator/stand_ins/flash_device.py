"""The flash chip: 4 kB blocks in an image file, with a power cut in the middle of a chosen write."""

from stand_ins import link

BLOCK_BYTES = 4096
ERASED = b"\xff" * 512
WRITE, ERASE = 0x77, 0x65  # "w" and "e"


class FlashDevice:
    """A block device as esp32.Partition is one.

    `file` is the image, open for reading and writing. `writes_left` counts down to the write that stops half way; None never stops.
    """

    def __init__(self, file, blocks, writes_left=None):
        self._file = file
        self._blocks = blocks
        self._writes_left = writes_left

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=None):
        if offset is None:
            self._erase(block)
            offset = 0
        if self._writes_left is not None:
            self._count_down(block, buffer, offset)
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.write(buffer)
        link.tell_flash(WRITE, block, len(buffer))

    def ioctl(self, operation, argument):
        if operation == 4:
            return self._blocks
        if operation == 5:
            return BLOCK_BYTES
        if operation == 6:
            self._erase(argument)
            return 0

    def _erase(self, block):
        self._file.seek(block * BLOCK_BYTES)
        for _ in range(BLOCK_BYTES // len(ERASED)):
            self._file.write(ERASED)
        link.tell_flash(ERASE, block, BLOCK_BYTES)

    def _count_down(self, block, buffer, offset):
        self._writes_left -= 1
        if self._writes_left == 0:
            self._file.seek(block * BLOCK_BYTES + offset)
            self._file.write(memoryview(buffer)[: len(buffer) // 2])
            link.tell("power_cut")
        if self._writes_left <= 0:
            link.halt()
