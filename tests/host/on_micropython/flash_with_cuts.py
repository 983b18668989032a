"""A flash in memory whose power can be cut in the middle of a write."""

BLOCK_BYTES = 4096
BLOCKS = 64
FAILED = -5


class Flash:
    """A block device in memory that stops in the middle of its write number `cut_at`, and for good."""

    def __init__(self, blocks):
        self.blocks = memoryview(blocks)
        self.writes = self.erases = 0
        self.cut_at = None

    def readblocks(self, number, buffer, offset=0):
        begin = number * BLOCK_BYTES + offset
        buffer[:] = self.blocks[begin : begin + len(buffer)]

    def writeblocks(self, number, buffer, offset=0):
        if self.is_cut():
            return FAILED
        self.writes += 1
        length = len(buffer) // 2 if self.is_cut() else len(buffer)
        begin = number * BLOCK_BYTES + offset
        self.blocks[begin : begin + length] = memoryview(buffer)[:length]
        return FAILED if self.is_cut() else None

    def ioctl(self, operation, argument):
        if operation == 4:
            return BLOCKS
        if operation == 5:
            return BLOCK_BYTES
        if operation == 6:
            if self.is_cut():
                return FAILED
            self.erases += 1
            self.blocks[argument * BLOCK_BYTES : (argument + 1) * BLOCK_BYTES] = b"\xff" * BLOCK_BYTES
        return 0

    def is_cut(self):
        return self.cut_at is not None and self.writes >= self.cut_at
