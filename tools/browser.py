"""The browser of the tests: the system's Chromium, or the one Playwright brings."""

import os
import shutil
import sys
from pathlib import Path

import system_programs
from system_programs import Unavailable

NAMES = ("chromium", "chromium-browser", "google-chrome")


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
    system_programs.install("chromium")
    if not find():
        print("Fetching Playwright's own browser for the tests (once) ...", flush=True)
        with_libraries = ["--with-deps"] if system_programs.can_install() else []
        system_programs.succeeds([sys.executable, "-m", "playwright", "install", *with_libraries, "chromium"])
    path = find()
    if not path:
        raise Unavailable("There is no Chromium and none can be installed here: install the package `chromium` and start again.")
    return path


def _playwrights_own():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path
