"""The set-up pages in a real browser: filled in as a person would, with and without JavaScript, seen in every state."""

import re
import time

import pytest
from phone_browser import PHONE, SMALL_PHONE, ZOOMED_PHONE, chromium, faults, first_view, screenshot
from playwright.sync_api import expect
from portal_preview import AT_HOME, HOSTILE, IN_USE, KEY, STATES, WPA2, PortalPreview, network

MOST_REQUESTS = 3
MOST_BYTES = 14 * 1024
TARGET_PX = 44
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def preview():
    with PortalPreview() as running:
        yield running
    assert not running.problems, "the server complained"


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def open_page(browser, preview):
    """A function that shows `state` (None: what is shown already) and returns the page; the browser's console must stay silent."""
    contexts, complaints = [], []

    def open_page(state, viewport=PHONE, is_allowed=lambda complaint: False, **options):
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: is_allowed(message.text) or complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append("a dialog: " + dialog.message))
        page.goto(preview.show(state) if state else preview.url + "/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def refused(complaint):
    """Chromium notes every answer of 400 and above, and every answer that did not come."""
    return "Failed to load resource" in complaint


def fill_in(page, key=KEY):
    page.get_by_label("Home").check()
    page.get_by_label("Wi-Fi password").fill(PASSWORD)
    page.get_by_label("Write API Key").fill(key)


def overflow_px(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


# --- every state, as it looks ---


@pytest.mark.parametrize("state", STATES)
def test_a_page_is_accessible_and_fits_a_phone(open_page, state):
    page = open_page(state)
    page.wait_for_timeout(150)  # the first answer of the running proof
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        screenshot(page, "portal-%s-%s" % (state, scheme))
        assert not faults(page), scheme


@pytest.mark.parametrize("viewport", [SMALL_PHONE, ZOOMED_PHONE], ids=["320", "zoom"])
@pytest.mark.parametrize("state", ["form-hostile-names", "form-in-use", "proof-done", "proof-key-refused"])
def test_a_page_fits_a_small_screen_and_zoom(open_page, state, viewport):
    page = open_page(state, viewport)
    screenshot(page, "portal-%s-%dpx" % (state, viewport["width"]))
    assert not overflow_px(page)


@pytest.mark.parametrize("state", ["form", "form-60-networks", "proof-done", "proof-key-refused"])
def test_everything_to_touch_is_large_enough(open_page, state):
    page = open_page(state)
    small = page.evaluate(
        """least => [...document.querySelectorAll("main :is(button, .button, select, input, label:has(input), li a, p > a:only-child)")]
        .filter((one) => one.offsetParent && one.type !== "radio")
        .filter((one) => one.getBoundingClientRect().height < least)
        .map((one) => one.outerHTML)""",
        TARGET_PX,
    )
    assert not small


@pytest.mark.parametrize("state", ["form", "form-60-networks", "form-hostile-crowd", "proof-starts"])
def test_the_first_view_is_light(preview, browser, state):
    view = first_view(browser, preview.show(state))
    total = sum(size for _, size in view)
    print("%s: %d bytes on the wire, %s" % (state, total, view))
    assert len(view) <= MOST_REQUESTS
    assert total <= MOST_BYTES


def test_a_second_view_costs_only_the_page(open_page, preview):
    page = open_page("form")
    paths = []
    page.on("response", lambda response: paths.append(response.url.removeprefix(preview.url)))
    page.goto(preview.url + "/")
    from_network = page.evaluate("performance.getEntriesByType('resource').filter((one) => one.transferSize).map((one) => one.name)")
    assert "/" in paths and not from_network


# --- the form ---


def test_a_person_fills_in_the_form_and_sees_the_proof(open_page, preview):
    page = open_page("form")
    fill_in(page)
    page.get_by_label("Send a reading").select_option("every 5 minutes")
    page.get_by_label("Name", exact=True).fill("Cellar")
    page.get_by_label("°F").check()
    page.get_by_role("button", name="Try it now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checking your set-up")
    told_s, source = preview.clock.told
    assert abs(told_s - time.time()) < 600 and source == "phone", "the phone's clock came along"
    started = preview.trial.started_with
    assert (started["ssid"], started["password"], started["api_key"]) == (b"Home", PASSWORD, KEY)
    assert (started["interval_s"], started["name"], started["units"]) == (300, "Cellar", "F")


def test_a_name_that_is_not_text_arrives_byte_for_byte(open_page, preview):
    page = open_page("form-hostile-names")
    page.locator("#networks label").nth(3).click()
    page.get_by_label("Wi-Fi password").fill(PASSWORD)
    page.get_by_label("Write API Key").fill(KEY)
    page.get_by_role("button", name="Try it now").click()
    page.wait_for_url("**/setup")
    assert preview.trial.started_with["ssid"] == HOSTILE[3][0]


def test_hostile_names_stay_text(open_page):
    page = open_page("form-hostile-names")
    assert page.locator("#networks bdi").first.text_content() == "<img src=x onerror=alert(1)>"
    page.get_by_role("link", name="Search again").click()
    expect(page.locator("#found")).to_have_text("6 networks")
    assert page.locator("#networks bdi").nth(1).text_content() == "\"'><b>bold</b>&amp;"
    assert page.locator("#networks :is(img, b)").count() == 0


def test_a_hidden_network_is_typed(open_page, preview):
    page = open_page("form")
    name = page.get_by_label("Its name")
    expect(name).to_be_hidden()
    page.get_by_label("Other network").check()
    name.fill(" Attic 2 ")
    page.get_by_label("Wi-Fi password").fill(PASSWORD)
    page.get_by_label("Write API Key").fill(KEY)
    page.get_by_role("button", name="Try it now").click()
    page.wait_for_url("**/setup")
    assert preview.trial.started_with["ssid"] == b" Attic 2 "


def test_where_nothing_is_in_sight_a_name_can_be_typed_at_once(open_page):
    page = open_page("form-no-network", java_script_enabled=False)
    assert page.get_by_label("Its name").is_visible()
    assert "No networks found" in page.locator("#found").text_content()


def test_a_form_without_networks_searches_by_itself(open_page, preview):
    preview.show("form-no-network")
    preview.wifi.next_scan = AT_HOME
    page = open_page(None)
    expect(page.locator("#found")).to_have_text("5 networks")
    expect(page.get_by_label("Home")).to_be_visible()
    preview.wifi.next_scan = ()
    page.get_by_role("link", name="Search again").click()
    expect(page.locator("#found")).to_contain_text("2.4 GHz networks only")


def test_an_open_network_asks_for_no_password_and_sends_none(open_page, preview):
    page = open_page("form")
    fill_in(page)
    page.get_by_label("Café de la Gare").check()
    expect(page.get_by_label("Wi-Fi password")).to_be_hidden()
    page.get_by_role("button", name="Try it now").click()
    page.wait_for_url("**/setup")
    assert preview.trial.started_with["password"] == ""


def test_a_network_that_cannot_be_joined_says_why(open_page):
    page = open_page("form")
    eduroam = page.get_by_label("eduroam")
    expect(eduroam).to_be_disabled()
    expect(page.locator("#networks label").nth(3)).to_contain_text("not supported")


def test_searching_again_keeps_the_choice_and_what_was_typed(open_page, preview):
    page = open_page("form")
    fill_in(page)
    preview.wifi.scan_takes_s = 0.3
    preview.wifi.next_scan = (network(b"New", -40, 1, WPA2), *AT_HOME)
    page.get_by_role("link", name="Search again").click()
    expect(page.locator("#found")).to_have_text("Searching …")
    expect(page.locator("#found")).to_have_text("6 networks")
    assert page.locator("#networks bdi").first.text_content() == "New"
    expect(page.get_by_label("Home")).to_be_checked()
    expect(page.get_by_label("Wi-Fi password")).to_have_value(PASSWORD)


def test_a_choice_that_is_out_of_sight_for_a_moment_stays(open_page, preview):
    page = open_page("form")
    page.get_by_label("Attic").check()
    preview.wifi.next_scan = AT_HOME[:2]
    page.get_by_role("link", name="Search again").click()
    expect(page.locator("#found")).to_have_text("2 networks")
    expect(page.get_by_label("Attic")).to_be_checked()


def test_a_long_list_opens_on_demand(open_page):
    page = open_page("form-60-networks")
    expect(page.locator("#networks label:visible")).to_have_count(6)
    page.get_by_role("button", name="Show 14 more").click()
    expect(page.locator("#networks label:visible")).to_have_count(20)
    expect(page.locator("#networks input").nth(6)).to_be_focused()


def test_the_password_can_be_seen(open_page):
    page = open_page("form")
    password = page.get_by_label("Wi-Fi password")
    password.fill(PASSWORD)
    page.get_by_role("button", name="Show password").click()
    expect(password).to_have_attribute("type", "text")
    expect(page.locator("#revealed")).to_have_text("The password is shown")
    page.get_by_role("button", name="Hide password").click()
    expect(password).to_have_attribute("type", "password")
    expect(password).to_have_value(PASSWORD)


def test_keyboards_leave_names_and_secrets_alone(open_page):
    page = open_page("form")
    for name in ("ssid", "password", "api_key"):
        field = page.locator("[name=%s]" % name)
        assert field.get_attribute("autocorrect") == "off" and field.get_attribute("spellcheck") == "false"
        assert field.get_attribute("autocapitalize") == ("characters" if name == "api_key" else "none")
        assert field.get_attribute("maxlength") is None, "a pasted entry must not be cut in silence"


def test_the_interval_tells_what_it_uses_of_the_budget(open_page):
    page = open_page("form")
    expect(page.locator("#budget")).to_contain_text("525,600 a year")
    page.get_by_label("Send a reading").select_option("every 15 seconds")
    expect(page.locator("#budget")).to_contain_text("2,102,400 a year")


def test_wrong_entries_are_explained_beside_their_fields(open_page, preview):
    page = open_page("form", is_allowed=refused)
    fill_in(page, key="TOO SHORT")
    page.get_by_role("button", name="Try it now").click()
    summary = page.locator("#errors")
    expect(summary).to_be_focused()
    key = page.get_by_label("Write API Key")
    expect(key).to_have_attribute("aria-invalid", "true")
    expect(key).to_have_value("TOO SHORT")
    expect(page.get_by_label("Wi-Fi password")).to_have_value(PASSWORD)
    expect(page.locator("#api_key-error")).to_contain_text("16 letters and digits")
    assert "api_key-error" in key.get_attribute("aria-describedby")
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        screenshot(page, "portal-form-errors-" + scheme)
        assert not faults(page), scheme
    summary.get_by_role("link").click()
    expect(key).to_be_focused()
    key.fill("simu lated key 0001")
    page.get_by_role("button", name="Try it now").click()
    page.wait_for_url("**/setup")
    assert preview.trial.started_with["api_key"] == KEY


def test_a_phone_that_left_the_hotspot_loses_nothing(open_page):
    page = open_page("form", is_allowed=refused)
    fill_in(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="Try it now").click()
    expect(page.locator("#errors")).to_contain_text("still on its hotspot")
    expect(page.get_by_label("Wi-Fi password")).to_have_value(PASSWORD)
    page.context.set_offline(False)
    page.get_by_role("button", name="Try it now").click()
    page.wait_for_url("**/setup")


def test_secrets_that_are_kept_are_not_in_the_page(open_page):
    page = open_page("form-in-use")
    assert IN_USE["password"] not in page.content() and IN_USE["api_key"] not in page.content()
    expect(page.locator("#password-kept")).to_contain_text("leave this empty")
    expect(page.get_by_label("Home")).to_be_checked()
    expect(page.get_by_label("Send a reading")).to_have_value("45")


# --- without JavaScript ---


def test_the_form_works_without_javascript(open_page, preview):
    page = open_page("form", is_allowed=refused, java_script_enabled=False)
    fill_in(page, key="wrong")
    page.get_by_label("Name", exact=True).fill("Cellar")
    page.get_by_role("button", name="Try it now").click()
    expect(page.locator("#errors")).to_be_visible()
    assert "16 letters and digits" in page.locator("#api_key-error").text_content()
    assert page.get_by_label("Write API Key").get_attribute("aria-invalid") == "true"
    assert page.get_by_label("Name", exact=True).input_value() == "Cellar"
    assert page.get_by_label("Home").is_checked()
    assert page.get_by_label("Wi-Fi password").input_value() == "", "kept on the device, not echoed"
    screenshot(page, "portal-form-errors-no-javascript")
    assert not overflow_px(page)
    page.get_by_label("Write API Key").fill(KEY)
    page.get_by_role("button", name="Try it now").click()
    expect(page.locator("h1")).to_have_text("Checking your set-up")
    assert preview.trial.started_with["password"] == PASSWORD


def test_the_proof_reloads_itself_without_javascript(open_page, preview):
    page = open_page("proof-midway", java_script_enabled=False)
    assert page.locator("meta[http-equiv=refresh]").count() == 1
    preview.do(preview.trial.pass_steps, 5)
    page.wait_for_event("load", timeout=8000)
    assert page.locator("#done").is_visible()
    assert page.locator("meta[http-equiv=refresh]").count() == 0, "the address must stay on the screen when the hotspot goes"


# --- the proof ---


def test_the_proof_is_live_and_ends_with_the_address(open_page, preview):
    page = open_page("form")
    fill_in(page)
    page.get_by_role("button", name="Try it now").click()
    expect(page.locator("[data-step=wifi]")).to_have_attribute("data-state", "waiting")
    for passed, name in enumerate(["wifi", "address", "internet", "sensor", "thingspeak"]):
        preview.do(preview.trial.pass_steps, passed)
        expect(page.locator("[data-step=%s]" % name)).to_have_attribute("data-state", "running")
    expect(page.locator("#said")).to_contain_text("ThingSpeak: running")
    expect(page.locator("#done")).to_be_hidden()
    preview.do(preview.trial.pass_steps, 5)
    expect(page.locator("#done")).to_be_focused()
    assert page.title() == "Dewlog is ready"
    expect(page.get_by_role("link", name="http://192.168.1.57/")).to_have_attribute("href", "http://192.168.1.57/")
    expect(page.get_by_role("link", name="http://dewlog-a1b2c3.local/")).to_be_visible()
    expect(page.get_by_role("link", name="ThingSpeak channel")).to_have_attribute("href", re.compile("/channels/123456$"))
    expect(page.locator("#done")).to_contain_text("Go back to your own Wi-Fi")
    expect(page.locator("#restart")).to_contain_text(re.compile(r"restarts in 1\d s"))


def test_a_failed_step_gives_its_advice_and_the_way_back_to_the_form(open_page, preview):
    page = open_page("proof-starts")
    preview.do(preview.trial.fail_step, "wifi", "wrong_password")
    failed = page.locator("#failed")
    expect(failed).to_be_focused()
    expect(failed).to_contain_text("The password does not match")
    expect(failed).to_contain_text("Check capitals")
    expect(page.get_by_role("button", name="Keep them anyway")).to_be_hidden()
    expect(page.locator("[data-step=thingspeak]")).to_contain_text("skipped")
    page.get_by_role("link", name="Change the entries").click()
    expect(page.locator(".note")).to_contain_text("The password does not match")


def test_entries_can_be_kept_although_the_sensor_is_silent(open_page):
    page = open_page("proof-sensor-silent")
    page.get_by_role("button", name="Keep them anyway").click()
    expect(page.locator("#done")).to_be_visible()
    expect(page.get_by_role("link", name="http://192.168.1.57/")).to_be_visible()


def test_lost_contact_is_explained_and_survived(open_page, preview):
    page = open_page("proof-midway", is_allowed=refused)
    page.context.set_offline(True)
    expect(page.locator("#lost")).to_be_visible(timeout=8000)
    screenshot(page, "portal-proof-lost-contact")
    assert not faults(page)
    preview.do(preview.trial.pass_steps, 5)
    page.context.set_offline(False)
    expect(page.locator("#done")).to_be_visible()
    expect(page.locator("#lost")).to_be_hidden()


def test_after_the_restart_the_address_stays_on_the_screen(open_page, preview):
    page = open_page("proof-starts", is_allowed=refused)
    preview.do(preview.trial.pass_steps, 5)
    preview.do(preview.trial.restart_in, 4)
    expect(page.locator("#restart")).to_contain_text(re.compile("restarts in [234] s"))
    page.context.set_offline(True)
    expect(page.locator("#restart")).to_contain_text("this hotspot is gone")
    expect(page.get_by_role("link", name="http://192.168.1.57/")).to_be_visible()
    expect(page.locator("#lost")).to_be_hidden()
