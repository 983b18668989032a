"""The browser of the tests: the system's Chromium, or the one Playwright brings."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL_SECONDS = 900


class Unavailable(Exception):
    """There is no browser and none can be installed; the text says what to do."""


def find():
    """Path of a Chromium as text, or None."""
    for name in NAMES:
        path = shutil.which(name)
        if path and "snap" not in os.path.realpath(path):  # a snap may not read our folders
            return path
    own = _playwrights_own()
    return own if own and Path(own).exists() else None


def ensure():
    """Path of a Chromium, installed now if there was none. Raises Unavailable."""
    path = find()
    if path:
        return path
    print("Installing a browser for the tests (once) ...", flush=True)
    if _can_use_apt():
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]):
            if not _succeeds(command):
                break
    if not find():
        _succeeds([sys.executable, "-m", "playwright", "install"] + (["--with-deps"] if _can_use_apt() else []) + ["chromium"])
    path = find()
    if not path:
        raise Unavailable("There is no Chromium and none can be installed here: install the package `chromium` and start again.")
    return path


def _can_use_apt():
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0


def _succeeds(command):
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    try:
        return subprocess.run(command, env=environment, capture_output=True, timeout=INSTALL_SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _playwrights_own():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path
