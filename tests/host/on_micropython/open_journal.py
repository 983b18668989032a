"""Opens the journal on the littlefs image whose path it is given, and tells what that cost, in JSON."""

import gc
import json
import sys
import vfs

from hardware.journal import Journal

BLOCK_BYTES = 4096
READS_A_LOOK = 16


class Flash:
    """A block device that counts what is read, and looks now and then how much heap is in use then."""

    def __init__(self, file, blocks):
        self._file, self._blocks = file, blocks
        self.reads = self.most_heap = 0

    def readblocks(self, block, buffer, offset=0):
        self.reads += 1
        if self.reads % READS_A_LOOK == 0:
            gc.collect()
            self.most_heap = max(self.most_heap, gc.mem_alloc())
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        return -30  # opening writes nothing

    def ioctl(self, operation, argument):
        return {4: self._blocks, 5: BLOCK_BYTES}.get(operation, 0)


def main(path):
    file = open(path, "rb")
    flash = Flash(file, file.seek(0, 2) // BLOCK_BYTES)
    vfs.mount(vfs.VfsLfs2(flash), "/flash")
    gc.collect()
    before = gc.mem_alloc()
    flash.reads = flash.most_heap = 0
    journal = Journal("/flash")
    reads, taken = flash.reads, flash.most_heap - before
    print(json.dumps({"readings": journal.waiting(), "taken": taken, "reads": reads}))


main(sys.argv[1])
