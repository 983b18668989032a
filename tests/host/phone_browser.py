"""Chromium as the tests use it: the system's own, at the size of a phone."""

import contextlib
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 320, "height": 568}
ZOOMED_PHONE = {"width": 195, "height": 422}
"""What is left of a phone's width, in CSS pixels, at 200 % zoom."""
DESKTOP = {"width": 1280, "height": 900}
SCREENSHOTS = Path(__file__).resolve().parents[2] / ".build" / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextlib.contextmanager
def chromium():
    """A running browser. Playwright's own is taken where the system has none."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(filter(None, map(shutil.which, NAMES)), None))
        yield browser
        browser.close()


def screenshot(page, name):
    """Keep the whole page as SCREENSHOTS/name.png, with animations at rest."""
    page.screenshot(path=SCREENSHOTS / (name + ".png"), full_page=True, animations="disabled")
