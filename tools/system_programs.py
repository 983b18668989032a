"""Programs of the operating system that the tests start: found, or installed with Debian's apt where that can be done."""

import os
import shutil
import subprocess

PACKAGES = {"ip": ("iproute2",), "dig": ("bind9-dnsutils", "dnsutils"), "chromium": ("chromium",)}
"""What brings each program: names of packages on Debian, the newest first."""
INSTALL_SECONDS = 900


class Unavailable(Exception):
    """A program is not there and cannot be installed; the text says what to do."""


def ensure(name):
    """Path of the program `name` as text, installed now if there was none. Raises Unavailable."""
    if missing(name):
        install(name)
    reason = missing(name)
    if reason:
        raise Unavailable(reason)
    return shutil.which(name)


def missing(name):
    """Why the program `name` cannot be started, in a sentence; None when it can."""
    return None if shutil.which(name) else "There is no `%s`: install the package %s." % (name, PACKAGES[name][0])


def install(name):
    """Try to install the program `name`; whether it is there afterwards is another question."""
    if not can_install():
        return
    print("Installing `%s` for the tests (once) ..." % name, flush=True)
    succeeds(["apt-get", "update"])  # a source that fails may be another one than the package's
    for package in PACKAGES[name]:
        if succeeds(["apt-get", "install", "-y", "--no-install-recommends", package]):
            return


def can_install():
    """Whether this is a Debian system and we are its administrator."""
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0


def succeeds(command):
    """Run a command that asks nothing; whether it ended well."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    try:
        return subprocess.run(command, env=environment, capture_output=True, timeout=INSTALL_SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def in_ci():
    """Whether this is continuous integration, where what is missing is a failure and not a reason to leave out a test."""
    return os.environ.get("CI", "").lower() in ("1", "true")
