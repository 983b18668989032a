"""What runs on the board while a tool talks to it: sent over the REPL, never installed.

Runs on MicroPython 1.24 and newer; what a function has to tell it prints, a line of JSON at a time.
"""

import binascii
import hashlib
import json
import os
import sys

COPY_BYTES = 1024
GET_BYTES = 3072
DIRECTORY = 0x4000


def facts():
    """Print who this board is."""
    import machine

    implementation = sys.implementation
    fragment_bytes, _, blocks, free_blocks = os.statvfs("/")[:4]
    if free_blocks > blocks:  # littlefs has counted some blocks twice, and less than none is a very large number
        free_blocks = 0
    print(json.dumps({
        "platform": sys.platform,
        "version": list(implementation[1])[:3],
        "machine": getattr(implementation, "_machine", ""),
        "mpy": getattr(implementation, "_mpy", 0),
        "mac": binascii.hexlify(machine.unique_id()).decode(),
        "reset_cause": machine.reset_cause(),
        "flash_bytes": _flash_bytes(),
        "littlefs": _is_littlefs(),
        "block_bytes": fragment_bytes,
        "total_bytes": fragment_bytes * blocks,
        "free_bytes": fragment_bytes * free_blocks,
        "active": (_text("/active") or "")[:1] or None,
        "files": sorted(os.listdir("/")),
    }))


def hashes(folder):
    """Print a line for each file of a tree, [path below folder, bytes, SHA-256]; nothing when there is none."""
    buffer = memoryview(bytearray(COPY_BYTES))
    for path in _files(folder):
        digest = hashlib.sha256()
        size = 0
        with open(folder + "/" + path, "rb") as file:
            while True:
                count = file.readinto(buffer)
                if not count:
                    break
                digest.update(buffer[:count])
                size += count
        print(json.dumps([path, size, binascii.hexlify(digest.digest()).decode()]))


def copy(source, target):
    """Copy one file on the board itself."""
    _make_folder_of(target)
    buffer = memoryview(bytearray(COPY_BYTES))
    with open(source, "rb") as old, open(target, "wb") as new:
        while True:
            count = old.readinto(buffer)
            if not count:
                break
            new.write(buffer[:count])


def start(path):
    """Begin to write a file: piece() after piece() goes into it until finish()."""
    global _unfinished
    _make_folder_of(path)
    _unfinished = open(path, "wb")


def piece(base64):
    """Write the next piece of the file that start() opened."""
    _unfinished.write(binascii.a2b_base64(base64))


def finish():
    """Close the file that start() opened: now its content is on flash."""
    _unfinished.close()


def get(path, start):
    """Print a piece of a file from `start` in base64; an empty line at its end or when there is no such file."""
    try:
        with open(path, "rb") as file:
            file.seek(start)
            print(binascii.b2a_base64(file.read(GET_BYTES)).decode().strip())
    except OSError:
        print()


def replace(path, base64):
    """Write a small file all or nothing: beside the old one, then rename over it, which littlefs does in one step."""
    start(path + ".new")
    piece(base64)
    finish()
    os.rename(path + ".new", path)


def remove(path):
    """Remove a file or a whole tree; nothing happens when there is none."""
    try:
        is_folder = os.stat(path)[0] & DIRECTORY
    except OSError:
        return
    if not is_folder:
        os.remove(path)
        return
    for name in os.listdir(path):
        remove(path + "/" + name)
    os.rmdir(path)


def _files(folder, below=""):
    try:
        entries = list(os.ilistdir(folder + "/" + below if below else folder))
    except OSError:
        return
    for entry in entries:
        path = below + "/" + entry[0] if below else entry[0]
        if entry[1] & DIRECTORY:
            for inner in _files(folder, path):
                yield inner
        else:
            yield path


def _make_folder_of(path):
    parts = path.split("/")[1:-1]
    for count in range(1, len(parts) + 1):
        try:
            os.mkdir("/" + "/".join(parts[:count]))
        except OSError:
            pass  # it is there already; if not, open() will say so


def _text(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return None


def _flash_bytes():
    try:
        import esp

        return esp.flash_size()
    except (ImportError, AttributeError):
        return None


def _is_littlefs():
    """Whether the filesystem is littlefs, where renaming over a file is one step; None when that cannot be told."""
    try:
        from flashbdev import bdev

        start = bytearray(16)
        bdev.readblocks(0, start, 0)
        return bytes(start[8:16]) == b"littlefs"
    except (ImportError, AttributeError, TypeError, OSError):
        return None


def forget_starts():
    """Clear the memory that survives restarts: what an older version noted there, its bad starts included, is not the new one's."""
    import machine

    machine.RTC().memory(b"")


def forget_quick_starts():
    """Opening the port may have reset the board: that was no power cycle by which a person asks for set-up."""
    try:
        with open("/state.json") as file:
            state = json.load(file)
        if state.get("quick_starts"):
            state["quick_starts"] = 0
            replace("/state.json", binascii.b2a_base64(json.dumps(state).encode()))
    except (OSError, ValueError, AttributeError):
        pass  # the app has not made it yet, or will make it anew
