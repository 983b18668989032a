"""The build: the same bytes every time, names and lines kept, nothing but what a board needs."""

import shutil
import subprocess

import build
import chosen_micropython
import pytest


@pytest.fixture(scope="module")
def built():
    """What was built: ({path: bytes} of a slot, main.py)."""
    return build.read(build.build())


def test_two_builds_are_the_same_bytes(tmp_path, built):
    assert build.read(build.build(tmp_path)) == built


def test_a_slot_has_a_module_for_each_of_device_and_no_source_but_main(built):
    contents, main_py = built
    device = build.ROOT / "device"
    sources = {path.relative_to(device).with_suffix(".mpy").as_posix() for path in device.rglob("*.py")} - {"main.mpy"}
    modules = {path for path in contents if path.endswith(".mpy") and path != "microdot.mpy"}
    assert modules == sources
    assert main_py == (device / "main.py").read_bytes()
    others = {path.partition("/")[0] for path in set(contents) - modules}
    assert others == {"microdot.mpy", "static", "thingspeak_root.der", "version"}


def test_a_slot_leaves_most_of_the_flash_to_readings(built):
    taken = build.bytes_on_flash(built[0])
    assert taken <= build.SLOT_LIMIT_BYTES
    assert build.table(built[0])[-1].endswith("kB of %d" % (build.SLOT_LIMIT_BYTES >> 10))


def names(module):
    """The names that a .mpy brings, see intern_names in device/hardware/profile.py."""
    found, at = set(), 4

    def number():
        nonlocal at
        value, byte = 0, 128
        while byte > 127:
            byte = module[at]
            value, at = value << 7 | byte & 127, at + 1
        return value

    count, _ = number(), number()
    for _ in range(count):
        size = number()
        if not size & 1:
            found.add(module[at:at + size // 2])
            at += size // 2 + 1
    return found


def test_the_names_fit_the_tables_that_they_fill(built):
    """MicroPython's tables of names hold 20, 40 ... 640, 1,260 in all; the next one takes 7.7 kB.

    Some 220 of ours are in the interpreter already; the paths of the modules come on the way, and on the virtual device some 190 of its
    stand-ins, which a board has in ROM: with 1,207 of ours micropython.qstr_info() counted 1,244.
    """
    found = set().union(*[names(content) for path, content in built[0].items() if path.endswith(".mpy")])
    assert len(found) <= 1210, len(found)


def test_a_build_leaves_unchanged_files_alone_and_takes_stale_ones_away(tmp_path):
    flash = build.build(tmp_path) / "flash"
    before = {path: path.stat().st_mtime_ns for path in flash.rglob("*") if path.is_file()}
    (flash / "static" / "gone.gz").write_bytes(b"stale")
    (flash / "old").mkdir()
    (flash / "old" / "gone.mpy").write_bytes(b"stale")
    build.build(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in flash.rglob("*") if path.is_file()} == before
    assert not (flash / "old").exists()


DIVIDES = '''"""What it is."""


def divide(dividend, divisor):
    # a comment
    return dividend // divisor
'''


def test_a_traceback_names_file_function_and_line(tmp_path):
    (tmp_path / "sums.mpy").write_bytes(build.compile_module(DIVIDES, "core/sums.py", tmp_path))
    command = [chosen_micropython.path(), "-c", "import sums; sums.divide(1, 0)"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert 'File "core/sums.py", line 6, in divide' in ran.stdout + ran.stderr


def test_the_same_source_is_compiled_once(tmp_path, monkeypatch):
    compiled = build.compile_module(DIVIDES, "core/sums.py", tmp_path)
    monkeypatch.setattr(build.subprocess, "run", None)
    assert build.compile_module(DIVIDES, "core/sums.py", tmp_path) == compiled


def test_the_root_certificate_is_the_one_that_signs_thingspeak():
    from cryptography.x509 import load_der_x509_certificate

    assert "CN=DigiCert Global Root G2" in load_der_x509_certificate(build._root_certificate()).subject.rfc4514_string()


def test_the_version_changes_with_any_file():
    assert build._version({"a": b"1"}) == build._version({"a": b"1"})
    assert build._version({"a": b"1"}) != build._version({"a": b"2"}) != build._version({"b": b"2"})


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(build.BuildFailed, match="file.* cannot be used: "):
        build.build(tmp_path / "file")


def test_a_module_that_does_not_compile_is_named_with_its_line(tmp_path):
    with pytest.raises(build.BuildFailed, match="broken.py does not compile: line 2: SyntaxError"):
        build.compile_module("x = 1\ndef broken(:\n", "broken.py", tmp_path)
    assert not list(tmp_path.glob("*.py"))


def test_a_page_that_names_what_is_not_there_is_a_sentence(tmp_path, monkeypatch):
    for folder in ("device", "tools"):
        (tmp_path / folder).symlink_to(build.ROOT / folder)
    shutil.copytree(build.ROOT / "web", tmp_path / "web")
    (tmp_path / "web" / "broken.html").write_text('<!doctype html><link rel="icon" href="nowhere.svg">')
    monkeypatch.setattr(build, "ROOT", tmp_path)
    with pytest.raises(build.BuildFailed, match="nowhere.svg"):
        build.build(tmp_path / "out")
