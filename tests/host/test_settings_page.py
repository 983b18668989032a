"""The settings in a real browser: logging in, changing, bringing a file back, with and without JavaScript."""

import json

import pytest
from dashboard_preview import DashboardPreview
from phone_browser import DESKTOP, PHONE, SMALL_PHONE, ZOOMED_PHONE, chromium, faults, screenshot
from playwright.sync_api import expect
from test_dashboard import PASSWORD, SECRETS

TARGET_PX = 44


@pytest.fixture(scope="module")
def preview():
    with DashboardPreview() as running:
        yield running
    assert not running.problems, "the server complained"


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def open_settings(browser, preview):
    """A function that logs in to a fresh device and returns the settings page."""
    contexts = []

    def open_settings(log_in=True, viewport=PHONE, **options):
        preview.show("live")
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(preview.url + "/settings")
        if log_in:
            page.get_by_label("Device password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
            page.wait_for_load_state()  # its script has run
        return page

    yield open_settings
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP, SMALL_PHONE], ids=["phone", "desktop", "320"])
def test_every_page_is_accessible_and_fits(open_settings, preview, viewport, scheme):
    name = "settings-%%s-%d-%s" % (viewport["width"], scheme)
    page = open_settings(log_in=False, viewport=viewport, color_scheme=scheme)
    screenshot(page, name % "login")
    assert not faults(page)
    page.get_by_label("Device password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    screenshot(page, name % "login-wrong")
    assert not faults(page)

    page = open_settings(viewport=viewport, color_scheme=scheme)
    screenshot(page, name % "form")
    assert not faults(page)
    page.get_by_text("Erase everything").click()
    page.get_by_label("Seconds between two readings").fill("3")
    page.get_by_role("button", name="Save").click()
    screenshot(page, name % "errors")
    assert not faults(page)
    page.get_by_label("Content of the file").fill(json.dumps({"name": "Attic", "interval_s": 300, "units": "F"}))
    page.get_by_role("button", name="Check the file").click()
    screenshot(page, name % "difference")
    assert not faults(page)
    page.goto(preview.url + "/settings")
    page.get_by_label("Content of the file").fill("nonsense")
    page.get_by_role("button", name="Check the file").click()
    screenshot(page, name % "file-refused")
    assert not faults(page)
    page.goto(preview.url + "/settings")
    page.get_by_role("button", name="Set up again").click()
    screenshot(page, name % "set-up-again")
    assert not faults(page)


def test_the_settings_fit_at_200_percent_zoom(open_settings):
    page = open_settings(viewport=ZOOMED_PHONE)
    screenshot(page, "settings-form-195")
    assert not faults(page)


SMALL_TARGETS = """least => [...document.querySelectorAll("main :is(button, a, select, input, textarea, label:has(input), summary)")]
    .filter((one) => one.offsetParent && !["radio", "checkbox"].includes(one.type) && !one.closest("li"))
    .filter((one) => one.getBoundingClientRect().height < least).map((one) => one.outerHTML)"""


def test_everything_to_touch_is_large_enough(open_settings):
    assert not open_settings(log_in=False).evaluate(SMALL_TARGETS, TARGET_PX)
    page = open_settings()
    page.get_by_text("Erase everything").click()
    assert not page.evaluate(SMALL_TARGETS, TARGET_PX)
    page.get_by_label("Content of the file").fill('{"name": "Attic"}')
    page.get_by_role("button", name="Check the file").click()
    assert not page.evaluate(SMALL_TARGETS, TARGET_PX)


@pytest.mark.parametrize("javascript", [True, False], ids=["with", "without"])
def test_settings_are_changed_with_and_without_javascript(open_settings, preview, javascript):
    page = open_settings(java_script_enabled=javascript)
    page.get_by_label("Name", exact=True).fill("Attic")
    page.get_by_label("Temperature in").select_option("F")
    page.get_by_label("Temperature correction").fill("-0.5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert preview.station.settings["name"] == "Attic"
    assert preview.station.settings["temperature_offset_c"] == -0.5
    assert (preview.station.settings["password"], preview.station.settings["api_key"]) == SECRETS[:2]
    page.goto(preview.url + "/readings")
    expect(page.locator("#unit")).to_have_text("°F")


def test_an_error_stands_beside_its_field_which_gets_the_focus(open_settings, preview):
    page = open_settings()
    page.get_by_label("Write API Key").fill("too short")
    page.get_by_role("button", name="Save").click()
    field = page.get_by_label("Write API Key")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#api_key-error")).to_contain_text("16 letters and digits")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")
    assert preview.station.done == []


def test_another_wifi_leads_to_its_proof(open_settings, preview):
    page = open_settings()
    page.get_by_label("Network").fill("Other network")
    page.locator("#password").fill("another password")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/setup")
    assert preview.station.trial.started_with["ssid"] == b"Other network"
    assert preview.station.settings["ssid"] == b"Home"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_proof_speaks_of_the_home_network(open_settings, preview, scheme):
    page = open_settings(color_scheme=scheme)
    page.get_by_label("Network").fill("Other network")
    page.locator("#password").fill("another password")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#running")).to_contain_text("leaves the Wi-Fi it is on")
    screenshot(page, "settings-proof-running-" + scheme)
    assert "hotspot" not in page.locator("main").inner_text()
    assert not faults(page)
    page.context.set_offline(True)
    expect(page.locator("#lost")).to_be_visible(timeout=20_000)
    expect(page.locator("#lost")).to_contain_text("join “Other network” and open http://dewlog-a1b2c3.local/")
    screenshot(page, "settings-proof-away-" + scheme)
    assert "hotspot" not in page.locator("main").inner_text()
    preview.do(preview.station.trial.pass_steps, 5)
    page.context.set_offline(False)
    expect(page.locator("#done")).to_contain_text("Choose “Other network” in the phone’s Wi-Fi settings")
    expect(page.locator("#restart")).to_contain_text("Dewlog restarts in")
    screenshot(page, "settings-proof-done-" + scheme)
    assert "hotspot" not in page.locator("main").inner_text()
    assert not faults(page)


def test_the_proof_leads_back_to_the_settings_without_javascript(open_settings, preview):
    page = open_settings(java_script_enabled=False)
    page.get_by_label("Network").fill("Other network")
    page.locator("#password").fill("another password")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(1)
    preview.do(preview.station.trial.fail_step, "wifi", "not_found")
    page.locator("#failed").wait_for()  # the page comes again by itself
    assert page.locator("#failed").is_visible() and not page.locator("#running").is_visible()
    page.get_by_role("link", name="Change the entries").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")


def test_a_file_is_restored_without_javascript(open_settings, preview):
    page = open_settings(java_script_enabled=False)
    page.get_by_label("Content of the file").fill('{"name": "Attic"}')
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("ins")).to_have_text("Attic")
    page.get_by_role("button", name="Use these settings").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert preview.station.settings["name"] == "Attic"


def test_a_downloaded_file_comes_back_after_a_look_at_the_difference(open_settings, preview, tmp_path):
    page = open_settings()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the settings").click()
    assert download.value.suggested_filename == "dewlog-settings.json"
    saved = json.loads(open(download.value.path()).read())
    assert "password" not in saved and "api_key" not in saved
    saved["name"] = "Brought back"
    changed = tmp_path / "dewlog-settings.json"
    changed.write_text(json.dumps(saved))
    page.get_by_label("Settings file").set_input_files(changed)
    expect(page.get_by_label("Content of the file")).to_have_value(changed.read_text())
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("ins")).to_have_text("Brought back")
    assert preview.station.settings["name"] == "Cellar"
    page.get_by_role("button", name="Use these settings").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert preview.station.settings["name"] == "Brought back"


def test_a_file_that_is_too_large_is_not_read(open_settings, tmp_path):
    page = open_settings()
    large = tmp_path / "holiday.json"
    large.write_bytes(b"x" * 10_000)
    page.get_by_label("Settings file").set_input_files(large)
    expect(page.locator("#text-hint")).to_contain_text("too large")
    expect(page.get_by_label("Content of the file")).to_have_value("")


def test_erasing_takes_a_tick_even_without_javascript(open_settings, preview):
    page = open_settings(java_script_enabled=False)
    page.get_by_text("Erase everything").click()
    page.get_by_role("button", name="Erase", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")  # the browser itself asks for the tick
    page.get_by_label("Yes, erase this device").check()
    page.get_by_role("button", name="Erase", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Erasing")
    assert preview.station.done == ["erase"]


def test_restart_and_setup_again_and_log_out(open_settings, preview):
    for button, done, title in (("Restart", "restart", "Restarting"), ("Set up again", "setup", "Going back to set-up")):
        page = open_settings()
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert preview.station.done == [done]
        if done == "restart":
            page.wait_for_url("**/readings", timeout=20000)  # it is there again
    page = open_settings()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/readings")
    page.goto(preview.url + "/settings")
    expect(page.get_by_label("Device password")).to_be_visible()


def test_an_unknown_page_shows_the_way_back(open_settings, preview):
    page = open_settings()
    assert page.goto(preview.url + "/nothing").status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    page.get_by_role("link", name="Readings").click()
    page.wait_for_url("**/readings")


def test_a_wrong_password_is_told_with_the_time_to_wait(open_settings):
    page = open_settings(log_in=False)
    for _ in range(3):
        page.get_by_label("Device password").fill("wrong")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_contain_text("try again in")


def test_no_script_can_read_the_session(open_settings):
    page = open_settings()
    assert page.evaluate("document.cookie") == ""
    cookie = page.context.cookies()[0]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
