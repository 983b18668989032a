"""Flash: small files that are either the old or the new, never half of one."""

import os


def read(path):
    """The bytes of the file, or None when there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def write_atomically(path, content):
    """Replace the file by `content` (bytes) so that a power cut leaves the old or the new one. Raises OSError when flash is full."""
    fresh = path + ".new"
    try:
        with open(fresh, "wb") as file:
            file.write(content)
    except OSError:
        remove(fresh)
        raise
    os.rename(fresh, path)


def keep(path, content):
    """Like `write_atomically`, but returns whether flash took it: one that takes nothing is no reason not to run."""
    try:
        write_atomically(path, content)
        return True
    except OSError:
        return False


def remove(path):
    """Delete the file; one that is not there is fine."""
    try:
        os.remove(path)
    except OSError:
        pass


def free_bytes(path="/"):
    """What is left on the filesystem that holds `path`. littlefs walks all its blocks to answer: not for every request."""
    facts = os.statvfs(path)
    return facts[0] * facts[3]
