"""The two slots for the app on a board: what has to be copied, when the new one counts, and the bundle that updates one over Wi-Fi.

The app lives in /a or /b; /active names the one that starts. A new version is written into the other slot, checked there, and counts
from the moment /active is replaced, which littlefs does in one step: a cable pulled at any time leaves the old or the new app whole.
From then on it is on trial: see device/main.py.
"""

import hashlib
from collections import namedtuple

SLOTS = ("a", "b")
INLINE_BYTES = 128
"""MicroPython's cache for littlefs: a file up to this size is kept in its folder's own block."""

ON_TRIAL = "3"
"""What follows the letter in /active: the starts that a new version may take to prove itself."""

Plan = namedtuple("Plan", "slot send copy keep remove")
"""slot: the one to be written. send: paths that only this computer has. copy: paths that the active slot has, too, with the same
content. keep: paths that are right already. remove: paths in the slot that the new version does not have."""


def manifest(contents):
    """Return {path: (bytes, SHA-256 in hex)} of {path: content}."""
    return {path: (len(content), hashlib.sha256(content).hexdigest()) for path, content in contents.items()}


def whole_board(contents, main_py):
    """Return {path: content} of a new board's filesystem: main.py, and the app in both slots as after a first deploy."""
    files = {"main.py": main_py, "active": SLOTS[0].encode()}
    for slot in SLOTS:
        files.update({"%s/%s" % (slot, name): content for name, content in contents.items()})
    return files


def other(active):
    """Return the slot that is not `active`; the first one when none is."""
    return SLOTS[1] if active == SLOTS[0] else SLOTS[0]


def plan(wanted, active, target, slot):
    """Return the Plan that makes `target`, the slot's content now, into `wanted`, with the help of `active`. All three are manifests."""
    keep = [path for path in wanted if target.get(path) == wanted[path]]
    missing = [path for path in wanted if path not in keep]
    copy = [path for path in missing if active.get(path) == wanted[path]]
    send = [path for path in missing if path not in copy]
    remove = [path for path in target if path not in wanted]
    return Plan(slot, sorted(send), sorted(copy), sorted(keep), sorted(remove))


def bundle(contents):
    """The file that POST /api/update takes: a line that says what it is, each file of {path: content} behind a line of its own, an end.

    The first line: dewlog-bundle, the version of .mpy, the version of the app. The others: bytes, SHA-256 in hex, path. The last:
    end, SHA-256 of all lines before.
    """
    first = "dewlog-bundle %d %s\n" % (contents["app.mpy"][1], contents["version"].decode().strip())
    lines, pieces = hashlib.sha256(first.encode()), [first.encode()]
    for path, (size, digest) in manifest(contents).items():
        line = ("%d %s %s\n" % (size, digest, path)).encode()
        lines.update(line)
        pieces += [line, contents[path]]
    return b"".join(pieces) + b"end %s\n" % lines.hexdigest().encode()


def bytes_on_flash(files, block_bytes):
    """Return the room that the `files` of a manifest take on littlefs: whole blocks each, two for a folder; tiny ones live inside it."""
    folders = {path.rpartition("/")[0] for path in files}
    return block_bytes * (2 * len(folders) + sum(-(-size // block_bytes) for size, _ in files.values() if size > INLINE_BYTES))
