"""What a failed import had loaded is let go, on a real MicroPython, which keeps it otherwise."""

import micropython_process


def test_a_failed_import_leaves_nothing_behind(tmp_path):
    (tmp_path / "half.py").write_text("large = bytearray(40000)\nraise MemoryError\n")
    plainly, borrowed = map(int, micropython_process.run("fail_import.py", tmp_path).split())
    assert plainly > 40000, "MicroPython has mended this: forget_failed() can go"
    assert borrowed < -30000, "what the plain one left is let go, too"
