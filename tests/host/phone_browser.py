"""Chromium as the tests use it: the system's own, at the size of a phone."""

import contextlib
import shutil
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from old_phone import wait_until
from playwright.sync_api import expect, sync_playwright

PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 320, "height": 568}
ZOOMED_PHONE = {"width": 195, "height": 422}
"""What is left of a phone's width, in CSS pixels, at 200 % zoom."""
DESKTOP = {"width": 1280, "height": 900}
LANGUAGES = ("en", "de", "es", "fr", "it", "pt")
SCREENSHOTS = Path(__file__).resolve().parents[2] / ".build" / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome")
LEAN = "--disable-features=HttpsUpgrades,Translate,WebUIOmniboxPopup,WebUIOmniboxAimPopup"
"""Chromium 156 loads the pop-ups of its address bar for each new window, unseen: two thirds of what a window takes of the processor. (Of
several such options the last one counts, so Playwright's reasons for the first two stand here as well.)"""
PATIENCE_MS = 120_000
"""A page draws in a second on a quiet computer. On a busy one it takes what it takes: none of these tests is about the browser's speed."""

expect.set_options(timeout=PATIENCE_MS)


@contextlib.contextmanager
def chromium():
    """A running browser. Playwright's own is taken where the system has none."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(filter(None, map(shutil.which, NAMES)), None), args=[LEAN])
        browser.new_context, browser.new_page = _patient(browser.new_context), _patient(browser.new_page)
        yield browser
        browser.close()


def _patient(make):
    """`make`, whose context or page waits for navigations and elements as long as `expect` does."""

    def made(**options):
        found = make(**options)
        found.set_default_timeout(PATIENCE_MS)
        return found

    return made


def screenshot(page, name):
    """Keep the whole page as SCREENSHOTS/name.png, with animations at rest."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / (name + ".png"), full_page=True, animations="disabled")


def faults(page, **options):
    """What is wrong with the page as it stands, for people: violations of axe's rules, more than one h1, parts beyond the right edge."""
    told = Axe().run(page, options={"resultTypes": ["violations"], **options}).response
    found = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in told["violations"]]
    if page.locator("h1").count() != 1:
        found.append("%d h1" % page.locator("h1").count())
    return found + ["%d px too wide" % px for px in (overflow_px(page),) if px > 0]


def faults_in_any_light(page, name):
    """The same, on a phone in light and in dark (where colours alone differ) and on other screens. With pictures of `name`."""
    found = []
    for scheme, options in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        screenshot(page, "%s-%s" % (name, scheme))
        found += [(scheme, fault) for fault in faults(page, **options)]
    return found + too_wide(page)


def too_wide(page, screens=(SMALL_PHONE, ZOOMED_PHONE, DESKTOP)):
    """[(width, pixels beyond the right edge)] of screens for which the page as it stands is too wide. The page is on a phone again."""
    found = []
    for screen in screens:
        page.set_viewport_size(screen)
        found.append((screen["width"], overflow_px(page)))
    page.set_viewport_size(PHONE)
    return [one for one in found if one[1] > 0]


def overflow_px(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def too_wide_in_a_language(page):
    """[(language, what too_wide() finds)] of every language, chosen at the foot of the page."""
    found = []
    for language in LANGUAGES:
        page.locator("#language").select_option(language)
        wait_until(page, "document.documentElement.lang === '%s' && Boolean(words.codes)" % language)
        found.append((language, too_wide(page)))
    return [one for one in found if one[1]]
