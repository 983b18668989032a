"""A MicroPython that runs a script of tests/host/on_micropython with the device's own modules."""

import os
import subprocess
from pathlib import Path

import chosen_micropython
import microdot  # as tests/conftest.py loads it

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 240
SCRIPTS = ROOT / "tests" / "host" / "on_micropython"


def start(script, *arguments):
    """The running process; its standard input and output are pipes of text."""
    search_path = (".frozen", str(ROOT / "device"), str(Path(microdot.__file__).parent))
    return subprocess.Popen(
        [chosen_micropython.path(), str(SCRIPTS / script), *map(str, arguments)],
        env=dict(os.environ, MICROPYPATH=":".join(search_path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )


def run(script, *arguments):
    """What a script prints. One that does not come to its end is killed."""
    process = start(script, *arguments)
    try:
        return process.communicate(timeout=PATIENCE_S)[0]
    finally:
        stop(process)


def stop(process):
    process.kill()
    process.communicate()
