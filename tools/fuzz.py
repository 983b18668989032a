"""Fuzzing for longer: the same tests as in a check, with fresh random choices, until the time is over."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    from environment import enter

    enter("check")

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES_IN_A_ROUND = 300
WORLD_EXAMPLES_IN_A_ROUND = 4  # one of them is minutes of a device's life


def rounds(minutes, word, announce=print):
    """Run rounds of the fuzz tests until `minutes` are over. Returns pytest's status of the first round that fails, or 0."""
    ends = time.monotonic() + minutes * 60
    number = 0
    while time.monotonic() < ends:
        number += 1
        announce("Round %d, %d minutes left" % (number, (ends - time.monotonic()) / 60))
        for tests, examples in _parts(word):
            status = subprocess.call(_command(tests), cwd=ROOT, env=dict(os.environ, DEWLOG_FUZZ_EXAMPLES=str(examples)))
            if status:
                return status
    announce("Nothing was found in %d rounds." % number)
    return 0


def _parts(word):
    for path in sorted((ROOT / "tests" / "host").glob("test_fuzz_*.py")):
        if word in path.stem:
            yield path, WORLD_EXAMPLES_IN_A_ROUND if path.stem == "test_fuzz_world" else EXAMPLES_IN_A_ROUND


def _command(tests):
    return [sys.executable, "-m", "pytest", "-q", "-x", "--hypothesis-seed=random", str(tests)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, metavar="N", help="how long (default %(default)s)")
    parser.add_argument("-k", default="", metavar="WORD", dest="word", help="only tests with WORD in their file name, such as http")
    options = parser.parse_args()
    if options.minutes <= 0:
        parser.error("--minutes must be more than 0")
    if not list(_parts(options.word)):
        parser.error("no fuzz test has %r in its name" % options.word)
    return 1 if rounds(options.minutes, options.word) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(1)
