"""The built firmware with something broken in it: what no one can do from outside, a test does in main.py."""

import re
import shutil

import board_modules
import build
import linking

START = """import sys
sys.path.insert(0, "/" + open("/active").read().strip())
import shelf; shelf.mount()
%s
import app; app.start()
"""


def altered(folder, alteration):
    """Make `folder` hold the build with `alteration` run before the app starts: source lines, with the names of device/.

    For VirtualDevice(app=folder). What it changes it names by `from module import name`.
    """
    built = build.build()
    modules, names = build.board_words()
    for home, *members in linking.BUNDLES:  # they are one module there
        for member in members:
            alteration = re.sub(r"\bfrom %s import\b" % re.escape(member), "from %s import" % home, alteration)
    alteration = board_modules.renamed(alteration, modules)
    for name, short in names.items():
        alteration = re.sub(r"\b%s\b" % name, short, alteration)
    shutil.copytree(built / "flash", folder)
    (folder / "main.py").write_text(START % alteration)
    return folder
