"""The settings in a real browser: logging in, changing, bringing a file back, and what the board is told to do."""

import json
import re

import pytest
from old_phone import WITHOUT, too_new, wait_until
from page_preview import network
from phone_browser import PHONE, chromium, faults_in_any_light, too_wide_in_a_language
from playwright.sync_api import expect
from readings_states import SETTINGS, STATES, LivePreview

MOST_REQUESTS, MOST_BYTES, HEAD_BYTES, DOCUMENT_BYTES = 4, 14_000, 400, 400
pytestmark = pytest.mark.timeout(600)
TARGET_PX = 44
KEY = "ABCDEFGHIJKLMNOP"
NOTHING_OURS = "This is not a settings file of Dewlog"


@pytest.fixture(scope="module")
def preview():
    with LivePreview(STATES) as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def open_page(browser, preview):
    """A function that opens a page of a device at work in an old browser; no script may fail."""
    contexts, complaints = [], []

    def open_page(path="/settings", viewport=PHONE, **options):
        preview.show("live")
        context = browser.new_context(viewport=viewport, **{"locale": "en-GB", **options})
        context.add_init_script(WITHOUT)
        contexts.append(context)
        page = context.new_page()
        page.clock.install()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(preview.url + path)
        if path == "/settings":
            expect(page.locator("#save")).to_be_enabled()
            wait_until(page, "Boolean(words.codes) && typeof showFile === 'function' && typeof leave === 'function'")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def save(page):
    page.get_by_role("button", name="Save").click()


def restore(page, content):
    """Choose a settings file with this content: bytes, text, or what becomes JSON."""
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else json.dumps(content)).encode()
    page.get_by_label("Settings file").set_input_files({"name": "dewlog.json", "mimeType": "application/json", "buffer": content})


def changes(page):
    """{setting: (now, then)} of the table."""
    expect(page.locator("#difference")).to_be_visible()
    rows = page.locator("#file-rows tr").all()
    return {row.locator("th").inner_text(): (row.locator("del").inner_text(), row.locator("ins").inner_text()) for row in rows}


def sent(preview):
    """The fields of the last POST to the settings, but for the phone's time."""
    fields = dict(preview.posts("/api/settings")[-1])
    assert abs(fields.pop("phone_time") - 1.7e12) < 1e12
    return fields


# --- as it looks ---


def test_every_page_is_accessible_and_fits(open_page, preview):
    def faults_of(page, what):
        return faults_in_any_light(page, "settings-%s" % what)

    page = open_page("/login")
    preview.answers["/login"] = (401, {"error": "wrong_password"})
    page.get_by_label("Device password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("not the device password")
    assert not faults_of(page, "login-wrong")

    page = open_page()
    assert not faults_of(page, "form")
    preview.answers["/api/settings"] = (400, {"errors": {"api_key": "not_a_key", "name": "too_long"}})
    page.get_by_label("Name", exact=True).fill("Attic")
    save(page)
    expect(page.locator("#api_key-error")).to_be_visible()
    for name in ("Erase", "Calibrate with a reference"):
        page.get_by_text(name, exact=True).first.click()
    page.get_by_role("button", name="Search for networks").click()
    expect(page.get_by_label("Networks in sight")).to_be_visible()
    preview.documents["/api/diagnostics"] = {"version": "1.1.0", "events": ["started", "x" * 300]}
    page.get_by_role("button", name="Diagnostics").click()
    restore(page, {"ssid": "Other network", "https": False, "interval_s": 300, "name": "Cellar", "units": "K", "wifi_ssid": "x"})
    expect(page.locator("#difference")).to_be_visible()
    assert not faults_of(page, "everything")
    small = page.evaluate(
        """least => [...document.querySelectorAll("main button, main a, main select, main input, main label, main summary")]
        .filter((one) => one.offsetParent && !["radio", "checkbox"].includes(one.type))
        .filter((one) => one.tagName !== "LABEL" || one.querySelector("input"))
        .filter((one) => one.getBoundingClientRect().height < least).map((one) => one.outerHTML)""",
        TARGET_PX,
    )
    assert not small

    preview.answers["/api/restart"] = (202, {"state": "restarting"})
    page.evaluate("waitForDevice = () => null")
    page.get_by_role("button", name="Restart").click()
    expect(page.get_by_role("heading", name="Restarting")).to_be_visible()
    assert not faults_of(page, "restarting")
    assert not faults_of(open_page("/nothing"), "missing")


def test_the_settings_fit_on_every_screen_in_every_language(open_page):
    page = open_page()
    page.locator("#calibration summary").click()
    assert not too_wide_in_a_language(page)


def test_the_first_view_is_light(browser, preview, capsys):
    context = browser.new_context(viewport=PHONE, locale="en")
    page = context.new_page()
    preview.show("live")
    page.goto(preview.url + "/settings")
    expect(page.get_by_role("button", name="Save")).to_be_enabled()
    wait_until(page, "Boolean(words.codes)")
    later = page.evaluate("all('link[hreflang]').map((link) => link.dataset.codes)")
    context.close()
    first = [path for _, path, _ in preview.asked if path not in later and not re.search("settings_|board-|^/api/update", path)]
    served = {path: len(content) for path, content in preview.files.items()}
    name = {"/settings": "settings.html"}
    sizes = {path: HEAD_BYTES + served.get("static/%s.gz" % name.get(path, path.rpartition("/")[2]), DOCUMENT_BYTES) for path in first}
    with capsys.disabled():
        print("\n/settings: %d requests, %d bytes (%s)" % (len(first), sum(sizes.values()), sizes))
    assert len(first) <= MOST_REQUESTS
    assert sum(sizes.values()) <= MOST_BYTES


@pytest.mark.parametrize("script", "settings settings_form settings_file update calibration board login".split())
def test_a_script_is_written_for_phones_of_2019(script):
    assert not too_new(script + ".js")


# --- the form ---


def test_what_is_set_is_shown_and_only_what_was_changed_is_sent(open_page, preview):
    page = open_page()
    assert page.get_by_label("Network", exact=True).input_value() == "Home"
    assert page.get_by_label("Send a reading").locator("option:checked").inner_text() == "every minute"
    preview.answers["/api/settings"] = (200, {"state": "saved"})
    page.get_by_label("Name", exact=True).fill("Attic")
    page.get_by_label("Temperature in").select_option("°F")
    page.get_by_label("Temperature correction").fill("-0,5")
    page.get_by_label("Send a reading").select_option("every 5 minutes")
    preview.documents["/api/settings"] = dict(SETTINGS, name="Attic", units="F", temperature_offset_c=-0.5, interval_s=300)
    save(page)
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("Saved.")).to_be_focused()
    assert sent(preview) == {"name": "Attic", "units": "F", "temperature_offset_c": "-0,5", "interval_s": "300"}
    assert page.get_by_label("Temperature correction").input_value() == "-0.5", "shown again as it was understood"


def test_an_interval_of_ones_own_stays(open_page, preview):
    page = open_page()
    preview.documents["/api/settings"] = dict(SETTINGS, interval_s=77)
    page.reload()
    expect(page.get_by_label("Send a reading").locator("option:checked")).to_have_text("every 77 seconds")


def test_without_a_change_nothing_is_sent(open_page, preview):
    page = open_page()
    save(page)
    expect(page.get_by_text("Nothing was changed.")).to_be_visible()
    assert preview.posts("/api/settings") == []


def test_an_error_stands_beside_its_field_which_gets_the_focus(open_page, preview):
    page = open_page()
    preview.answers["/api/settings"] = (400, {"errors": {"temperature_offset_c": "not_a_number", "api_key": "type_again"}})
    page.get_by_label("Connection").select_option("no")
    page.get_by_label("Temperature correction").fill("warm")
    save(page)
    field = page.get_by_label("Write API Key")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#api_key-error")).to_contain_text("enter the key again")
    assert "api_key-error" in field.get_attribute("aria-describedby")
    expect(page.locator("#temperature_offset_c-error")).to_contain_text("not a number")
    expect(page.locator("#problem")).to_contain_text("Nothing was saved yet")
    preview.answers["/api/settings"] = (200, {"state": "saved"})
    field.fill(KEY)
    save(page)
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert page.locator("[aria-invalid]").count() == 0
    assert sent(preview) == {"https": "no", "api_key": KEY, "temperature_offset_c": "warm"}


def test_another_wifi_leads_to_its_proof(open_page, preview):
    page = open_page()
    preview.answers["/api/settings"] = (202, {"state": "running"})
    page.get_by_label("Network", exact=True).fill("Other network")
    page.locator("#password").fill("another password")
    save(page)
    page.wait_for_url("**/setup")
    assert sent(preview) == {"ssid": "Other network", "password": "another password"}


def test_a_network_is_chosen_by_its_exact_bytes(open_page, preview):
    page = open_page()
    preview.documents["/api/networks"] = {
        "scanning": False,
        "networks": [network("Caf\ufffd", id="=Q2Fm6Q=="), network("Guests", security="open"), network("eduroam", supported=False)],
    }
    page.get_by_role("button", name="Search for networks").click()
    sight = page.get_by_label("Networks in sight")
    expect(sight.locator("option")).to_have_count(4)
    assert sight.locator("option").nth(3).is_disabled()
    assert ("GET", "/api/networks?refresh=1", None) in preview.asked
    preview.answers["/api/settings"] = (409, {"error": "busy"})
    sight.select_option(index=1)
    assert page.get_by_label("Network", exact=True).input_value() == "Caf\ufffd"
    page.locator("#password").fill("correct horse")
    save(page)
    expect(page.get_by_role("link", name="Watch it")).to_have_attribute("href", "/setup")
    assert sent(preview) == {"ssid": "Caf\ufffd", "network": "=Q2Fm6Q==", "password": "correct horse"}
    sight.select_option(index=2)
    page.locator("#password").fill("")
    save(page)
    expect(page.get_by_role("button", name="Save")).to_be_enabled()
    assert sent(preview)["open"] == "yes"
    page.get_by_label("Network", exact=True).fill("Typed")
    save(page)
    expect(page.get_by_role("button", name="Save")).to_be_enabled()
    assert sent(preview) == {"ssid": "Typed", "password": ""}


def test_success_is_said_only_for_what_was_done(open_page, preview):
    page = open_page()
    page.get_by_label("Name", exact=True).fill("Attic")
    for answer, words in (
        ((401, {"error": "login_needed"}), "The log-in has run out"),
        ((403, {"error": "foreign_origin"}), "another page"),
        ((507, {"error": "flash_full"}), "storage is full"),
        ((500, {}), "could not save this (500)"),
    ):
        preview.answers["/api/settings"] = answer
        save(page)
        expect(page.locator("#problem")).to_contain_text(words)
        assert page.locator("#saved").is_hidden(), words
        assert page.get_by_label("Name", exact=True).input_value() == "Attic", "what was typed is there to be sent again"


def test_what_a_busy_device_could_not_take_is_sent_again(open_page, preview):
    page = open_page()
    page.get_by_label("Name", exact=True).fill("Attic")
    preview.answers["/api/settings"] = (503, {})
    with page.expect_response(lambda response: response.status == 503):
        save(page)
    assert page.locator("#problem").is_hidden() and page.locator("#saved").is_hidden()
    preview.answers["/api/settings"] = (200, {"state": "saved"})
    expect(page.locator("#saved")).to_be_visible(timeout=30000)


def test_settings_that_do_not_arrive_can_be_asked_for_again(open_page, preview):
    page = open_page()
    settings = preview.documents.pop("/api/settings")
    page.reload()
    expect(page.locator("#not-loaded")).to_be_visible()
    preview.documents["/api/settings"] = settings
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Save")).to_be_enabled()


# --- the pin, and calibration ---


def test_another_pin_is_chosen_and_proven(open_page, preview):
    page = open_page()
    pin = page.locator("#pin")
    expect(page.get_by_label("Data pin")).to_have_value("0")
    assert pin.locator("option").all_inner_texts()[:3] == ["GPIO 23 (usual)", "GPIO 4", "GPIO 13"]
    page.locator("#language").select_option("de")
    expect(pin.locator("option").first).to_have_text("GPIO 23 (üblich)")
    page.locator("#language").select_option("en")
    wait_until(page, "document.documentElement.lang === 'en' && Boolean(words.codes)")
    preview.answers["/api/settings"] = (400, {"errors": {"pin": "not_a_choice"}})
    pin.select_option("GPIO 4")
    save(page)
    expect(page.locator("#pin-error")).to_contain_text("not one of the choices")
    page.evaluate("clear()")
    assert pin.get_attribute("aria-describedby") == "sensor-hint"
    preview.answers["/api/settings"] = (202, {"state": "running"})
    save(page)
    page.wait_for_url("**/setup")
    assert sent(preview) == {"pin": "4"}


def test_a_pin_that_the_board_does_not_offer_is_left_as_it_is(open_page, preview):
    page = open_page()
    preview.documents["/api/settings"] = dict(SETTINGS, pin=40)
    page.reload()
    expect(page.get_by_label("Data pin").locator("option:checked")).to_have_text("GPIO 40")
    wait_until(page, "Boolean(words.codes) && typeof leave === 'function'")
    save(page)
    expect(page.get_by_text("Nothing was changed.")).to_be_visible()


def test_what_is_refused_in_a_closed_part_opens_it(open_page, preview):
    page = open_page()
    preview.answers["/api/settings"] = (400, {"errors": {"humidity_slope": "out_of_range"}})
    page.get_by_label("Name", exact=True).fill("Attic")
    expect(page.get_by_label("Humidity factor")).to_be_hidden()
    save(page)
    expect(page.get_by_label("Humidity factor")).to_be_focused()
    expect(page.locator("#humidity_slope-error")).to_be_visible()


def calibrate(page, *pairs):
    """{field: text} after these pairs were typed and worked out."""
    for n in (1, 2):
        for what, text in zip(("Dewlog", "Reference"), pairs[n - 1] if n <= len(pairs) else ("", "")):
            page.get_by_label("%d. %s" % (n, what)).fill(text)
    page.get_by_role("button", name="Work it out").click()
    return corrections(page)


def corrections(page):
    names = ("temperature_slope", "temperature_offset_c", "humidity_slope", "humidity_offset_pct")
    return tuple(page.locator("#" + name).input_value() for name in names)


def open_calibration(open_page, preview, **settings):
    """The page with that part open, on a device with these settings."""
    page = open_page()
    preview.documents["/api/settings"] = dict(SETTINGS, **settings)
    page.reload()
    wait_until(page, "Boolean(words.codes) && typeof leave === 'function'")
    page.locator("#calibration summary").click()
    return page


def test_one_pair_gives_the_correction_and_two_the_factor(open_page, preview):
    page = open_calibration(open_page, preview)
    assert calibrate(page, ("21,9", "21.4")) == ("1", "-0.5", "1", "0")
    expect(page.locator("#calibrated")).to_have_text("Factor 1, correction -0.5\u202f°C. Not saved yet.")
    assert calibrate(page, ("0", "0.5"), ("30", "31.1")) == ("1.02", "0.5", "1", "0")
    page.get_by_label("What is calibrated").select_option("Humidity (%)")
    assert page.get_by_label("1. Dewlog").input_value() == ""
    found = calibrate(page, ("35", "33"), ("80", "75"))
    assert found == ("1.02", "0.5", "0.933", "0.35")
    assert preview.posts("/api/settings") == []
    preview.answers["/api/settings"] = (200, {"state": "saved"})
    save(page)
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert sent(preview) == dict(zip(("temperature_slope", "temperature_offset_c", "humidity_slope", "humidity_offset_pct"), found))
    assert page.get_by_label("1. Dewlog").input_value() == "", "with other corrections it would show something else"


def test_what_is_set_already_is_in_what_dewlog_shows(open_page, preview):
    page = open_calibration(open_page, preview, temperature_slope=1.1, temperature_offset_c=-2)
    assert calibrate(page, ("20", "20.5"))[:2] == ("1.1", "-1.5")
    assert calibrate(page, ("0", "1"), ("20", "22"))[:2] == ("1.155", "-1.1"), "measured * 1.1 - 2 is shown; 1.05 of that and 1 are right"


def test_calibration_is_in_the_unit_that_is_chosen(open_page, preview):
    page = open_calibration(open_page, preview, units="F")
    assert page.get_by_label("What is calibrated").locator("option").all_inner_texts() == ["Temperature (°F)", "Humidity (%)"]
    assert calibrate(page, ("70", "71.8"))[:2] == ("1", "1")
    assert calibrate(page, ("32", "32"), ("212", "221"))[:2] == ("1.05", "0")
    calibrate(page, ("32", "32"), ("40", "41"))
    expect(page.locator("#calibrated")).to_contain_text("at least 9 °F apart")
    page.get_by_label("Temperature in").select_option("°C")
    assert page.get_by_label("1. Dewlog").input_value() == ""
    assert calibrate(page, ("70", "71.8"))[:2] == ("1", "1.8")


def test_what_cannot_be_calibrated_is_told(open_page, preview):
    page = open_calibration(open_page, preview)
    before = corrections(page)
    for pairs, field, words in (
        ((), "shown1", "missing"),
        ([("21", "warm")], "reference1", "not a number"),
        ([("21", "20"), ("", "30")], "shown2", "missing"),
        ([("21", "20"), ("25.9", "25")], "shown2", "at least 5 °C apart"),
        ([("10", "10"), ("20", "40")], "reference2", "outside of what is possible"),
        ([("10", "40")], "reference1", "outside of what is possible"),
    ):
        assert calibrate(page, *pairs) == before
        expect(page.locator("[aria-invalid]")).to_have_count(1)
        expect(page.locator("#calibrated")).to_contain_text(words)
        expect(page.locator("#" + field)).to_be_focused()
    assert not faults_in_any_light(page, "settings-calibration")


def test_what_is_measured_now_is_shown_raw_and_corrected(open_page, preview):
    page = open_calibration(open_page, preview, temperature_offset_c=-0.5)
    measure, measured = page.get_by_role("button", name="Measure", exact=True), page.locator("#measured")
    preview.documents["/api/readings"].update(raw={"temperature_c": 21.4, "humidity_pct": None}, temperature_c=20.9, humidity_pct=None)
    measure.click()
    expect(measured).to_have_text("Measured now 21.4\u202f°C, corrected 20.9\u202f°C.")
    expect(page.get_by_label("1. Dewlog")).to_have_value("20.9")
    expect(page.get_by_label("1. Reference")).to_be_focused()
    page.keyboard.type("20")
    preview.documents["/api/readings"].update(raw={"temperature_c": 5.0, "humidity_pct": None}, temperature_c=4.5)
    measure.click()
    expect(page.get_by_label("2. Dewlog")).to_have_value("4.5")
    page.get_by_label("Temperature correction").fill("1")
    expect(measured).to_have_text("Measured now 5.0\u202f°C, corrected 6.0\u202f°C.")
    page.get_by_label("What is calibrated").select_option("Humidity (%)")
    expect(measured).to_have_text("No reading yet")
    del preview.documents["/api/readings"]
    measure.click()
    expect(measured).to_have_text("No reading yet")


# --- the file ---


def test_a_downloaded_file_has_no_secrets_and_comes_back_after_a_look_at_the_difference(open_page, preview):
    page = open_page()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the settings").click()
    assert download.value.suggested_filename == "dewlog-settings.json"
    kept = json.loads(open(download.value.path()).read())
    assert kept["ssid"] == "Home" and not [name for name in kept if "password" in name or "key" in name]
    restore(page, kept)
    expect(page.get_by_text("says what is set already")).to_be_visible()
    restore(page, dict(kept, name="Brought back", temperature_offset_c=-0.5))
    expect(page.locator("#file-title")).to_have_text("What would change")
    assert changes(page) == {"Name": ("Cellar", "Brought back"), "Temperature correction in °C": ("0", "-0.5")}
    assert preview.posts("/api/settings") == []
    preview.answers["/api/settings"] = (200, {"state": "saved"})
    page.get_by_role("button", name="Use these settings").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert sent(preview) == {"name": "Brought back", "temperature_offset_c": "-0.5"}
    assert page.locator("#difference").is_hidden()


def test_the_file_brings_calibration_and_the_pin(open_page, preview):
    page = open_page()
    mine = {"temperature_slope": 1.02, "humidity_slope": 0.9, "pin": 4}
    preview.documents["/api/settings"] = dict(SETTINGS, **mine)
    page.reload()
    wait_until(page, "Boolean(words.codes) && typeof leave === 'function'")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the settings").click()
    kept = json.loads(open(download.value.path()).read())
    assert {name: kept[name] for name in mine} == mine and "pins" not in kept
    restore(page, kept)
    expect(page.get_by_text("says what is set already")).to_be_visible()

    preview.documents["/api/settings"] = dict(SETTINGS)
    page.reload()
    wait_until(page, "Boolean(words.codes) && typeof leave === 'function'")
    restore(page, {"pin": 23, "temperature_slope": "1,0"})
    expect(page.get_by_text("says what is set already")).to_be_visible()
    restore(page, {"pin": 6, "humidity_slope": 3})
    expect(page.locator("#file-unusable")).to_contain_text("Data pin, Humidity factor")
    restore(page, kept)
    assert changes(page) == {
        "Temperature factor": ("1", "1.02"), "Humidity factor": ("1", "0.9"), "Data pin": ("GPIO 23 (usual)", "GPIO 4"),
    }  # fmt: skip
    preview.answers["/api/settings"] = (202, {"state": "running"})
    page.get_by_role("button", name="Use these settings").click()
    page.wait_for_url("**/setup")
    assert sent(preview) == {"temperature_slope": "1.02", "humidity_slope": "0.9", "pin": "4"}


TEXT = '{"name": "Käfer"}'
LENIENT = {
    "byte-order mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "UTF-16": b"\xff\xfe" + TEXT.encode("utf-16-le"),
    "UTF-16, big first": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "Windows": TEXT.encode("cp1252"),
    "a comma too many": b'{"name": "K\xc3\xa4fer",}\r\n',
    "in diagnostics": json.dumps({"version": "1.1.0 3f2a9c01", "settings": {"name": "Käfer"}}).encode(),
}


def test_a_file_is_read_leniently_in_form(open_page):
    page = open_page()
    for form, content in LENIENT.items():
        restore(page, "nonsense")
        expect(page.locator("#difference")).to_be_hidden()
        restore(page, content)
        assert changes(page) == {"Name": ("Cellar", "Käfer")}, form


PICTURE = b"\x89PNG\r\n\x1a\n\0\0"
OTHER_FIRMWARE = b'{"wifi": {"ssid": "x"}, "mqtt": {"host": "y"}}'
FOREIGN = (b"{}", b"[]", b"17", b"null", b'"name"', b"nonsense", b"", PICTURE, OTHER_FIRMWARE, b'{"version": 1, "foo": 2}')


def test_what_is_no_file_of_ours_is_told_so(open_page):
    page = open_page()
    for content in FOREIGN:
        restore(page, {"name": "Attic"})
        expect(page.locator("#difference")).to_be_visible()
        restore(page, content)
        expect(page.locator("#file-problem")).to_contain_text(NOTHING_OURS)
        assert page.locator("#difference").is_hidden(), content


def test_a_file_that_is_too_large_is_not_read(open_page):
    page = open_page()
    restore(page, b"x" * 100_000)
    expect(page.locator("#file-problem")).to_contain_text("too large")


def test_a_file_is_taken_strictly_in_meaning(open_page, preview):
    page = open_page()
    restore(
        page,
        {
            "interval_s": "120",
            "units": "f",
            "sensor": "AM2302",
            "https": "yes",
            "name": {"a": 1},
            "temperature_offset_c": 99,
            "humidity_offset_pct": None,
            "colour": "red",
            "constructor": "toString",
            "password": "",
        },
    )
    expect(page.locator("#file-title")).to_have_text("What would change")
    then = {name: pair[1] for name, pair in changes(page).items()}
    assert then == {"Send a reading": "every 2 minutes", "Temperature in": "°F", "Sensor": "DHT22"}
    expect(page.locator("#file-unchanged")).to_have_text("Unchanged: Connection.")
    for name in ("Name", "Temperature correction in °C", "Humidity correction in %"):
        expect(page.locator("#file-unusable")).to_contain_text(name)
    expect(page.locator("#file-unknown")).to_contain_text("colour, constructor")
    restore(page, {"interval_s": 3})
    expect(page.get_by_text("Nothing in this file can be used.")).to_be_visible()
    assert page.get_by_role("button", name="Use these settings").is_hidden()


def test_a_file_with_another_network_needs_its_password(open_page, preview):
    page = open_page()
    restore(page, {"ssid": "Other network", "name": "Cellar"})
    assert changes(page) == {"Network": ("Home", "Other network")}
    preview.answers["/api/settings"] = (400, {"errors": {"password": "too_short"}})
    password = page.get_by_label("Password of “Other network”")
    password.fill("short")
    page.get_by_role("button", name="Use these settings").click()
    expect(page.locator("#file-password-error")).to_contain_text("at least 8 characters")
    expect(password).to_be_focused()
    preview.answers["/api/settings"] = (202, {"state": "running"})
    password.fill("another password")
    page.get_by_role("button", name="Use these settings").click()
    page.wait_for_url("**/setup")
    assert sent(preview) == {"ssid": "Other network", "password": "another password"}


def test_a_file_that_gives_up_https_needs_the_key(open_page, preview):
    page = open_page()
    preview.answers["/api/settings"] = (202, {"state": "running"})
    restore(page, {"https": False})
    assert list(changes(page)) == ["Connection"]
    page.locator("#file-api_key").fill(KEY)
    page.get_by_role("button", name="Use these settings").click()
    page.wait_for_url("**/setup")
    assert sent(preview) == {"https": "no", "api_key": KEY}


def test_secrets_of_a_file_are_taken_and_never_shown(open_page, preview):
    page = open_page()
    preview.answers["/api/settings"] = (202, {"state": "running"})
    restore(page, {"ssid": "Other network", "password": "from the file", "api_key": KEY})
    assert changes(page)["Password"] == ("one", "another one")
    assert page.locator("#file-asks input").count() == 0
    assert "from the file" not in page.content() and KEY not in page.content()
    page.get_by_role("button", name="Use these settings").click()
    page.wait_for_url("**/setup")
    assert sent(preview) == {"ssid": "Other network", "password": "from the file", "api_key": KEY}


def test_a_network_whose_name_is_no_text_survives_the_file(open_page, preview):
    page = open_page()
    preview.documents["/api/settings"] = dict(SETTINGS, ssid="Caf\ufffd", ssid_hex="436166e9")
    page.reload()
    expect(page.get_by_role("button", name="Save")).to_be_enabled()
    wait_until(page, "typeof showFile === 'function'")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the settings").click()
    kept = json.loads(open(download.value.path()).read())
    assert kept["ssid_hex"] == "436166e9" and "ssid" not in kept
    restore(page, kept)
    expect(page.get_by_text("says what is set already")).to_be_visible()


def test_hostile_names_in_a_file_stay_text(open_page):
    page = open_page()
    restore(page, {"name": "<img src=x onerror=alert(1)>", "<b>x</b>": 1})
    assert changes(page)["Name"][1] == "<img src=x onerror=alert(1)>"
    assert page.locator("#difference :is(img, td b, p b)").count() == 0


# --- the board ---


def test_restarting_waits_for_the_device_and_shows_the_readings(open_page, preview):
    page = open_page()
    preview.answers["/api/restart"] = (202, {"state": "restarting"})
    page.get_by_role("button", name="Restart").click()
    expect(page.get_by_role("heading", name="Restarting")).to_be_visible()
    page.clock.fast_forward(10_000)
    page.wait_for_url("**/readings")
    assert len(preview.posts("/api/restart")) == 1


def test_a_device_that_does_not_come_back_is_not_waited_for_without_end(open_page, preview):
    page = open_page()
    assert page.evaluate("LOOKS * (LOOK_MS + 4000) <= 300000")
    preview.answers["/api/restart"] = (202, {"state": "restarting"})
    del preview.documents["/api/readings"]
    shorter = "(plain) => (call, ms, ...rest) => plain(call, [LOOK_MS, FIRST_LOOK_MS].includes(ms) ? 20 : ms, ...rest)"
    page.evaluate("() => { window.setTimeout = (%s)(window.setTimeout) }" % shorter)  # evaluate would call what it is given
    page.get_by_role("button", name="Restart").click()
    expect(page.get_by_text("has not come back yet")).to_be_visible()
    preview.show("live")
    page.get_by_role("button", name="Look again").click()
    page.clock.fast_forward(10_000)
    page.wait_for_url("**/readings")


def test_set_up_again_tells_where_the_hotspot_is(open_page, preview):
    page = open_page()
    preview.answers["/api/setup-mode"] = (202, {"state": "restarting"})
    page.get_by_role("button", name="Set up again").click()
    expect(page.get_by_text("http://192.168.4.1/")).to_be_visible()


@pytest.mark.parametrize("what, label", [("readings", "The readings kept"), ("settings", "The settings:"), ("everything", "Everything:")])
def test_erasing_takes_a_tick(open_page, preview, what, label):
    page = open_page()
    preview.answers["/api/erase"] = (202, {"state": "restarting"})
    page.get_by_text("Erase", exact=True).first.click()
    page.get_by_label(label).check()
    page.get_by_role("button", name="Erase", exact=True).click()
    expect(page.locator("#confirm-error")).to_contain_text("first")
    assert preview.posts("/api/erase") == []
    page.get_by_label("Yes, erase this").check()
    page.get_by_role("button", name="Erase", exact=True).click()
    expect(page.locator("#away h2")).to_have_text("Restarting" if what == "readings" else "Erasing")
    assert preview.posts("/api/erase") == [{"what": what, "confirm": True}]


def test_an_order_that_was_refused_is_told(open_page, preview):
    page = open_page()
    preview.answers["/api/restart"] = (409, {"error": "busy"})
    page.get_by_role("button", name="Restart").click()
    expect(page.locator("#problem")).to_contain_text("did not do that")
    assert page.locator("#all").is_visible()


def test_diagnostics_are_shown_and_kept_as_a_file(open_page, preview):
    page = open_page()
    page.get_by_role("button", name="Diagnostics").click()
    expect(page.locator("#diagnostics-problem")).to_be_visible()
    preview.documents["/api/diagnostics"] = {"version": "1.1.0", "events": ["<b>started</b>"]}
    page.get_by_role("button", name="Diagnostics").click()
    expect(page.locator("#report pre")).to_contain_text("<b>started</b>")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    assert json.loads(open(download.value.path()).read()) == preview.documents["/api/diagnostics"]


# --- in and out ---


def test_without_a_log_in_the_settings_ask_for_it(open_page, preview):
    page = open_page("/login")
    page.route("**/api/settings", lambda route: route.fulfill(status=401, json={"error": "login_needed"}))
    page.goto(preview.url + "/settings")
    page.wait_for_url("**/login")


def test_the_device_password_opens_the_settings(open_page, preview):
    page = open_page("/login")
    preview.answers["/login"] = (200, {"state": "logged_in"})
    expect(page.get_by_label("Device password")).to_be_focused()
    page.get_by_label("Device password").fill("label password")
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings")
    assert preview.posts("/login") == [{"password": "label password"}]


def test_a_wrong_password_is_told_and_too_many_count_down(open_page, preview):
    page = open_page("/login")
    button = page.get_by_role("button", name="Log in")
    preview.answers["/login"] = (401, {"error": "wrong_password"})
    page.get_by_label("Device password").fill("wrong")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("This is not the device password")
    expect(button).to_be_enabled()
    preview.answers["/login"] = (429, {"error": "too_many_tries"}, {"Retry-After": "3"})
    button.click()
    page.clock.fast_forward(3000)
    expect(page.get_by_role("alert")).to_contain_text("You can try again now")
    expect(button).to_be_enabled()
    preview.answers["/login"] = (429, {"error": "too_many_tries"}, {"Retry-After": "300"})
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("Try again in")
    expect(button).to_be_disabled()


def test_logging_out_is_a_plain_form(open_page):
    form = open_page().locator("form[action='/logout'][method=post]")
    expect(form.get_by_role("button", name="Log out")).to_be_visible()


def test_an_unknown_page_shows_the_way_back(open_page, preview):
    page = open_page("/login")
    assert page.goto(preview.url + "/nothing").status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    page.get_by_role("link", name="Readings").click()
    page.wait_for_url("**/readings")


# --- known networks ---


def known(page):
    return page.locator("#known li span").all_inner_texts()


def test_known_networks_are_listed_and_moved_up_or_forgotten_by_their_exact_names(open_page, preview):
    page = open_page()
    assert known(page) == ["Home", "Caf\ufffd", "A Garden House With A Long Name!"]
    assert not page.get_by_role("button", name="Up: Home").count()
    preview.answers["/api/settings"] = (200, {"state": "saved"})
    page.get_by_role("button", name="Up: A Garden").click()
    expect(page.locator("#saved")).to_be_visible()
    assert sent(preview) == {"networks": [{"ssid": "Home"}, {"ssid": "A Garden House With A Long Name!"}, {"ssid_hex": "436166e9"}]}
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Forget: Home").click()
    assert sent(preview) == {"networks": [{"ssid_hex": "436166e9"}, {"ssid": "A Garden House With A Long Name!"}]}


def test_a_single_network_is_no_list(open_page, preview):
    page = open_page()
    expect(page.locator("#known-field")).to_be_visible()
    preview.documents["/api/settings"] = dict(SETTINGS, networks=SETTINGS["networks"][:1])
    page.reload()
    wait_until(page, "Boolean(words.codes) && typeof showKnown === 'function' && current !== null")
    expect(page.locator("#known-field")).to_be_hidden()


def test_a_fourth_network_is_refused_with_advice(open_page, preview):
    page = open_page()
    page.get_by_label("Network", exact=True).fill("Fourth")
    preview.answers["/api/settings"] = (400, {"errors": {"ssid": "too_many"}})
    save(page)
    expect(page.locator("#ssid-error")).to_contain_text("Forget one of the known networks")


FIXED = {"address": SETTINGS["lease"][0], "netmask": "255.255.255.0", "gateway": "192.168.1.1", "dns": "9.9.9.9"}


def addresses(page):
    return [page.locator("#static_" + name).input_value() for name in FIXED]


def test_a_fixed_address_is_filled_in_from_the_present_one_mended_and_given_up_again(open_page, preview):
    page = open_page()
    preview.answers["/api/settings"] = (400, {"errors": {"static": "out_of_range"}})
    expect(page.get_by_label("Netmask")).to_be_hidden()
    page.get_by_text("Fixed address").click()
    assert addresses(page) == [""] * 4, "whoever only looks sets nothing"
    page.get_by_role("button", name="Fill in the present ones").click()
    page.get_by_label("Gateway").fill("192.168.2.1")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("another one in the same subnet")).to_be_visible()
    expect(page.get_by_label("Address", exact=True)).to_be_focused()
    assert preview.posts("/api/settings")[-1]["static"] == dict(FIXED, gateway="192.168.2.1")

    preview.documents["/api/settings"] = dict(SETTINGS, static=FIXED, lease=None)
    preview.answers["/api/settings"] = (200, {"state": "saved"})
    page.get_by_label("Gateway").fill(" 192.168.1.1 ")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert preview.posts("/api/settings")[-1]["static"] == FIXED and addresses(page) == list(FIXED.values())

    page.locator("#name").fill("Attic")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert "static" not in preview.posts("/api/settings")[-1]
    for name in FIXED:
        page.locator("#static_" + name).fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert preview.posts("/api/settings")[-1]["static"] is None


def test_a_file_with_another_network_says_that_the_fixed_address_goes(open_page, preview):
    page = open_page()
    preview.documents["/api/settings"] = dict(SETTINGS, static=FIXED, lease=None)
    page.reload()
    wait_until(page, "Boolean(words.codes && current && current.static) && typeof showFile === 'function'")
    restore(page, {"ssid": "Other network"})
    assert changes(page) == {"Network": ("Home", "Other network"), "Fixed address": (FIXED["address"], "–")}
    page.get_by_label("Password of “Other network”").fill("another password")
    preview.answers["/api/settings"] = (202, {"state": "running"})
    page.get_by_role("button", name="Use these settings").click()
    page.wait_for_url("**/setup")
    assert sent(preview) == {"ssid": "Other network", "password": "another password", "static": None}


# --- Updates ---


def send_update(page, content=b"dewlog-bundle"):
    page.locator("#bundle").set_input_files({"name": "dewlog.bundle", "mimeType": "application/octet-stream", "buffer": content})
    page.locator("#update button").click()


def test_an_update_goes_to_the_device_which_then_shows_the_readings(open_page, preview):
    page = open_page()
    expect(page.locator("#version")).to_have_text("Version 1.1.0 3f2a9c01 runs.")
    preview.answers["/api/update"] = (202, {"state": "restarting"})
    send_update(page, b"u" * 100_000)
    expect(page.get_by_role("heading", name="Restarting")).to_be_visible()
    assert preview.posts("/api/update") == [b"u" * 100_000]
    page.clock.run_for(7000)
    expect(page).to_have_url(preview.url + "/readings")


def test_an_update_that_is_refused_says_why_and_can_be_tried_again(open_page, preview):
    page = open_page()
    for status, code, words in (
        (400, "not_a_bundle", "This file is no update for Dewlog."),
        (400, "other_mpy", "does not fit the MicroPython"),
        (409, "busy", "proving or installing something"),
        (507, "flash_full", "The storage is full"),
        (500, "failed", "Something unexpected happened (failed)."),
    ):
        preview.answers["/api/update"] = (status, {"error": code})
        send_update(page)
        expect(page.locator("#problem")).to_contain_text("Nothing was updated.")
        expect(page.locator("#problem")).to_contain_text(words)
        expect(page.locator("progress")).to_be_hidden()
    preview.answers["/api/update"] = (401, {"error": "login_needed"})
    send_update(page)
    expect(page.locator("#problem a")).to_have_attribute("href", "/login")


def test_the_page_says_how_the_last_update_went(open_page, preview):
    page = open_page()
    for told, words in (
        ({"version": "1.1.0 a", "state": "on_trial", "previous": "1.0.0 b", "why": None}, "Version 1.1.0 a is on trial for a minute."),
        ({"version": "1.0.0 b", "state": "taken_back", "previous": "1.1.0 a", "why": "ValueError 3"},
         "Version 1.1.0 a was taken back: ValueError 3. Version 1.0.0 b runs."),
    ):
        preview.documents["/api/update"] = told
        page.reload()
        expect(page.locator("#version")).to_have_text(words)
