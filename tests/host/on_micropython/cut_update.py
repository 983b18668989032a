"""Cuts the power at every single write of an update, and the connection behind every kilobyte, on a real littlefs.

Prints a JSON object: how many writes, cuts and kilobytes, and every promise that was broken.
"""

import json
import os
import sys
from hashlib import sha256

import vfs

from flash_with_cuts import BLOCK_BYTES, BLOCKS, Flash
from hardware import slots
from hardware.flash import read

OLD = {"app.mpy": b"old" * 900, "version": b"1.0.0 old\n", "core/one.mpy": b"1" * 5000, "static/gone.gz": b"g" * 3000}
NEW = {"app.mpy": b"new" * 1500, "version": b"1.1.0 new\n", "core/one.mpy": b"2" * 9000, "core/no.mpy": b"", "static/come.gz": b"c" * 7000}
REST = {"/settings.json": b"{}", "/journal.seg": b"r" * 2000}


def write(path, content):
    folder = path.rpartition("/")[0]
    for made in (folder.rpartition("/")[0], folder):
        try:
            if made:
                os.mkdir(made)
        except OSError:
            pass
    with open(path, "wb") as file:
        file.write(content)


def bundle(files):
    pieces = [b"dewlog-bundle %d 1.1.0 new\n" % (sys.implementation._mpy & 255)]
    lines = sha256(pieces[0])
    for path, content in files.items():
        line = b"%d %s %s\n" % (len(content), sha256(content).digest().hex().encode(), path.encode())
        lines.update(line)
        pieces += [line, content]
    return b"".join(pieces) + b"end %s\n" % lines.digest().hex().encode()


def prepared():
    """The blocks of a flash with an app in /a that runs, and its forerunner in /b."""
    blocks = bytearray(b"\xff" * (BLOCKS * BLOCK_BYTES))
    vfs.VfsLfs2.mkfs(Flash(blocks))
    vfs.mount(vfs.VfsLfs2(Flash(blocks)), "/")
    for slot in "ab":
        for path in OLD:
            write("/%s/%s" % (slot, path), OLD[path])
    for path in REST:
        write(path, REST[path])
    write("/active", b"a")
    vfs.umount("/")
    return blocks


def update(blocks, cut_at=None, size=None):
    """Send the bundle, or `size` bytes of it, with a cut. Returns (whether the power was cut, writes, the update's problem)."""
    flash = Flash(blocks)
    vfs.mount(vfs.VfsLfs2(flash), "/")
    flash.cut_at = cut_at
    under_way = slots.Update()
    content = BUNDLE if size is None else BUNDLE[:size]
    for start in range(0, len(content), 512):
        under_way.take(content[start : start + 512])
    under_way.finish(True)
    was_cut, writes = flash.is_cut(), flash.writes
    flash.cut_at = 0  # nothing is written any more, whatever the file objects try
    try:
        under_way.close()
        vfs.umount("/")
    except OSError:
        pass
    return was_cut, writes, under_way.problem


def broken_promises(blocks):
    """What the next start finds: (the slot it starts from and what is wrong there)."""
    vfs.mount(vfs.VfsLfs2(Flash(blocks)), "/")
    active, broken = read("/active"), []
    if active not in (b"a", b"b3w"):
        broken.append("active: %s" % active)
    files = NEW if active == b"b3w" else OLD
    slot = "b" if active == b"b3w" else "a"
    broken += ["%s is not whole" % path for path in files if read("/%s/%s" % (slot, path)) != files[path]]
    broken += ["%s is not whole" % path for path in REST if read(path) != REST[path]]
    if slot == "b" and read("/b/static/gone.gz"):
        broken.append("what the new version does not have is there")
    vfs.umount("/")
    return slot, broken


def main():
    whole, blocks, broken = prepared(), bytearray(BLOCKS * BLOCK_BYTES), []
    blocks[:] = whole
    _, writes, problem = update(blocks)
    slot, found = broken_promises(blocks)
    broken += found + ([] if slot == "b" and not problem else ["it does not go through: %s" % problem])
    vfs.mount(vfs.VfsLfs2(Flash(blocks)), "/")
    if not slots.settled(None, 100, ()) or read("/active") != b"b3w":
        broken.append("what ran before has taken the trial of the new one for its own")
    vfs.umount("/")
    cuts = kilobytes = 0
    for cut_at in range(1, writes + 1):
        blocks[:] = whole
        cuts += update(blocks, cut_at)[0]
        broken += ["cut at write %d: %s" % (cut_at, what) for what in broken_promises(blocks)[1]]
        if cut_at % 10 == 0:
            problem = update(blocks)[2]  # the next try
            if problem or broken_promises(blocks)[0] != "b":
                broken.append("after a cut at write %d no update works: %s" % (cut_at, problem))
    for size in range(0, len(BUNDLE), 1024):
        blocks[:] = whole
        _, _, problem = update(blocks, size=size)
        kilobytes += 1
        slot, found = broken_promises(blocks)
        broken += found + (["cut off behind %d bytes it counts" % size] if slot == "b" or not problem else [])
    print(json.dumps({"writes": writes, "cuts": cuts, "kilobytes": kilobytes, "broken": broken}))


sys.path[0] = "/a"
BUNDLE = bundle(NEW)
main()
