"""The built firmware with something broken in it: what no one can do from outside, a test does in main.py."""

import re
import shutil

import build

START = """import sys
sys.path.insert(0, "/" + open("/active").read().strip())
import shelf; shelf.mount()
%s
import app; app.start()
"""


def altered(folder, alteration):
    """Make `folder` hold the build with `alteration` run before the app starts: source lines, with the names of device/.

    For VirtualDevice(app=folder).
    """
    built = build.build()
    for name, short in build.short_names().items():
        alteration = re.sub(r"\b%s\b" % name, short, alteration)
    shutil.copytree(built / "flash", folder)
    (folder / "main.py").write_text(START % alteration)
    return folder
