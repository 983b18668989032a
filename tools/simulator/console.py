"""What is on the screen: the device's serial console, and sentences for the person at the keyboard."""

import shutil
import sys
import textwrap

LONGEST_LOG_BYTES = 5_000_000
SPEAKER = "[simulator] "


class Console:
    """The device's serial console: standard output and a file."""

    def __init__(self, path):
        is_long = path.exists() and path.stat().st_size > LONGEST_LOG_BYTES
        self._log = open(path, "wb" if is_long else "ab", buffering=0)

    def __call__(self, text):
        if text:
            self._log.write(text)
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._log.close()


def say(sentence):
    """Tell the person at the keyboard: on standard error, since standard output is the device's console."""
    told = SPEAKER + sentence
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        told = textwrap.fill(told, width, subsequent_indent=" " * len(SPEAKER), break_long_words=False, break_on_hyphens=False)
    print(told, file=sys.stderr, flush=True)
