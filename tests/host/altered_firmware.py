"""The built firmware with something broken in it: what no one can do from outside, a test does before the app starts."""

import shutil

import build


def altered(folder, alteration):
    """Make `folder` hold the build with `alteration`, source lines, run before the app starts. For VirtualDevice(app=folder)."""
    built = build.build()
    shutil.copytree(built / "flash", folder)
    find_slot, start = (built / "main.py").read_text().split("try:\n    import app", 1)
    (folder / "main.py").write_text(find_slot + alteration + "\ntry:\n    import app" + start)
    return folder
