"""The shelf: every module comes out as it went in, read by the firmware's own code on MicroPython."""

import binascii

import build
import micropython_process
import pytest
import shelving


def test_every_module_of_the_build_comes_off_the_shelf_unchanged():
    out = build.build()
    names = build.shelf_names()
    del names[shelving.LOOSE]
    modules = {name + ".mpy": (out / "modules" / (module.replace(".", "/") + ".mpy")).read_bytes() for module, name in names.items()}
    process = micropython_process.start("read_shelf.py", out / "flash")
    asked = "".join("%s %d\n" % (name, len(content)) for name, content in modules.items())
    said = process.communicate(asked, timeout=60)[0].split()
    assert len(modules) > 50
    kinds = [str(0x4000), str(0x8000)]  # a folder, a file
    missing = ["2", "2", "2"]  # ENOENT
    assert said == [str(binascii.crc32(content)) for content in modules.values()] + kinds + missing


def test_two_names_with_one_checksum_are_refused():
    names, seen = [], {}
    for number in range(3000):
        name = "m%d" % number
        other = seen.setdefault(binascii.crc32(name.encode() + b".mpy") & 0xFFFF, name)
        if other != name:
            names = [name, other]
            break
    with pytest.raises(shelving.NotShelved, match="same checksum"):
        shelving.shelved({shelving.LOOSE: b"", **dict.fromkeys(names, b"")}, dict(zip(names, names)))
