"""The built firmware with something broken in it: what no one can do from outside, a test does before the app starts."""

import shutil

import build


def altered(folder, alteration):
    """Make `folder` hold the build with `alteration`, source lines, run before the app starts. For VirtualDevice(app=folder)."""
    built = build.build()
    shutil.copytree(built / "flash", folder)
    shutil.copy(built / "main.py", folder)
    (folder / "app.mpy").rename(folder / "real_app.mpy")
    source = alteration + "\nfrom real_app import start\n"
    (folder / "app.mpy").write_bytes(build.compile_module(source, "altered.py", built / "cache"))
    return folder
