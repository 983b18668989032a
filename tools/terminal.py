"""The screen of the tools for a board: whole words on a terminal, whole sentences in a file."""

import sys

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text


def screen():
    """Return what prints to standard output."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def complain(problem):
    """Print a sentence (or an exception that is one) to standard error. Brackets in it are no markup."""
    Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty()).print(Text(str(problem)))


def printable(text):
    """The text with nothing in it that could disturb a terminal."""
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in text)


def transfer(screen):
    """A rich Progress for bytes that are on their way."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=screen, transient=True)
