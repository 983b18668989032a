import os

from hardware import last_start


def folder(name, files):
    """A fresh folder below the current one, with `files` ({path: size})."""
    root = "./" + name
    for path in ["", "/journal", "/a"]:
        try:
            os.mkdir(root + path)
        except OSError:
            pass
    for path, size in files.items():
        with open(root + path, "wb") as file:
            file.write(bytes(size))
    return root


class Flash:
    """Stands for the filesystem's limits: what `repair` asks of it, with `damaged` files and little `free` space."""

    def __init__(self, free, damaged=()):
        self.free, self.damaged = free, damaged

    def takes_writing(self, root):
        return self.free >= last_start.PROBE_BYTES and not any(_exists(path) for path in self.damaged)

    def is_readable(self, path):
        return path not in self.damaged

    def free_bytes(self, path):
        return self.free

    def remove(self, path):
        if _exists(path):
            self.free += os.stat(path)[6]
            os.remove(path)


def _exists(path):
    try:
        os.stat(path)
        return True
    except OSError:
        return False


def repaired(root, flash):
    names = ("_takes_writing", "_is_readable", "free_bytes", "remove")
    before = [getattr(last_start, name) for name in names]
    last_start._takes_writing, last_start._is_readable = flash.takes_writing, flash.is_readable
    last_start.free_bytes, last_start.remove = flash.free_bytes, flash.remove
    try:
        return last_start.repair(root)
    finally:
        for name, function in zip(names, before):
            setattr(last_start, name, function)


def test_a_flash_that_is_well_is_left_alone():
    root = folder("well", {"/settings.json": 100, "/journal/000000.seg": 100})
    assert last_start.repair(root) == []
    assert sorted(os.listdir(root)) == ["a", "journal", "settings.json"]


def test_damaged_files_are_removed_and_all_others_stay():
    root = folder("damaged", {"/settings.json": 100, "/a/app.mpy": 9, "/journal/000000.seg": 100, "/journal/000001.seg": 100})
    said = repaired(root, Flash(1 << 20, [root + "/journal/000001.seg"]))
    assert len(said) == 2 and "000001.seg was damaged" in said[1]
    assert os.listdir(root + "/journal") == ["000000.seg"]
    assert _exists(root + "/settings.json") and _exists(root + "/a/app.mpy")


def test_a_full_flash_loses_its_oldest_readings():
    segments = {"/journal/00000%d.seg" % number: 30000 for number in range(5)}
    root = folder("full", dict(segments, **{"/settings.json": 100}))
    said = repaired(root, Flash(0))
    assert said[1:] == ["The oldest readings made room."] * 3
    assert sorted(os.listdir(root + "/journal")) == ["000003.seg", "000004.seg"]


def test_a_flash_that_cannot_be_repaired_is_said_to_be():
    root = folder("lost", {"/settings.json": 100})
    assert "deploy.py --wipe" in repaired(root, Flash(0))[-1]
    assert _exists(root + "/settings.json")


def test_programs_are_not_looked_at():
    root = folder("programs", {"/a/app.mpy": 9})
    repaired(root, Flash(0, [root + "/a/app.mpy"]))
    assert _exists(root + "/a/app.mpy")
