"""The shelf: every module comes out as it went in, read by the firmware's own code on MicroPython."""

import binascii
import struct

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


def checksum_of(name, shift):
    return binascii.crc32(name.encode() + b".mpy") >> shift & 0xFFFF


def test_names_with_one_checksum_get_another_one():
    seen = {}
    for number in range(3000):
        name = "m%d" % number
        other = seen.setdefault(checksum_of(name, 0), name)
        if other != name:
            break
    shelf = shelving.shelved({shelving.LOOSE: b"", name: b"1", other: b"2"}, {name: name, other: other})[shelving.NAME]
    count, shift = shelf[:2]
    assert (count, shift > 0) == (2, True)
    assert set(struct.unpack("<HH", shelf[2:6])) == {checksum_of(name, shift), checksum_of(other, shift)}


def test_two_modules_of_one_name_are_refused():
    with pytest.raises(shelving.NotShelved, match="same name"):
        shelving.shelved({shelving.LOOSE: b"", "a": b"", "b": b""}, {"a": "one", "b": "one"})
