"""The set-up pages in a real browser: filled in as a person would, seen in every state, by old browsers and without JavaScript."""

import re
import threading

import pytest
from old_phone import WITHOUT, wait_until
from page_preview import AT_HOME, Preview, network, setup_document
from phone_browser import PHONE, chromium, faults, faults_in_any_light, too_wide, too_wide_in_a_language
from playwright.sync_api import expect
from setup_states import HOSTILE, IN_USE, KEY, STATES, done, failed, running

pytestmark = pytest.mark.timeout(600)
TARGET_PX = 44
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def preview():
    with Preview(STATES) as running_preview:
        yield running_preview


@pytest.fixture(scope="module")
def browser():
    with chromium() as running_browser:
        yield running_browser


@pytest.fixture
def open_page(browser, preview):
    """A function that shows `state` (None: what is shown already) in an old browser; its console must stay silent."""
    contexts, complaints = [], []

    def open_page(state, viewport=PHONE, is_allowed=lambda complaint: False, **options):
        context = browser.new_context(viewport=viewport, **{"locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(WITHOUT)
        page.clock.install()
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
    """What a browser itself says of an answer that is no success, or of none."""
    return "Failed to load resource" in complaint


def settled(page):
    """The page with everything that it loads, which it does one after another."""
    page.wait_for_load_state("networkidle")
    return page


def fill_in(page, key=KEY):
    page.get_by_label("Home").check()
    page.get_by_label("Wi-Fi password").fill(PASSWORD)
    page.get_by_label("Write API Key").fill(key)


def send(page, preview, setup=None):
    """Press the button of a form that is right."""

    def take(fields):
        preview.documents["/api/setup"] = setup or running(0)
        return 202, {"state": "running"}

    preview.answers["/setup"] = take
    page.get_by_role("button", name="Try it now").click()
    page.wait_for_url("**/setup")
    return preview.posts("/setup")[-1]


# --- every state ---


LAST = "The last try did not work"
STATE_SENTENCES = {
    "form-closed": {"#closed a[href='/login']": "Log in"},
    "form-wrong-password": {"#password[aria-invalid=true]": "", "#password-error": "The password does not match", "#errors": LAST},
    "form-not-found": {"#ssid[aria-invalid=true]": "", "#ssid-error": "cannot see this network", "#errors": LAST},
    "form-sensor-type": {"#sensor[aria-invalid=true]": "", "#sensor-error": "Another type of sensor", "#errors": LAST},
}
"""{state: {selector: words there}}"""
LOOKS = ("form", "form-in-use", "form-not-found", "proof-midway", "proof-done", "proof-key-refused")
"""Between them they show everything that has a colour."""


@pytest.mark.parametrize("state", STATES)
def test_every_state_says_what_it_is_and_is_accessible_on_every_screen(open_page, state):
    page = settled(open_page(state))
    for where, words in STATE_SENTENCES.get(state, {}).items():
        expect(page.locator(where)).to_contain_text(words)
        expect(page.locator(where)).to_be_visible()
    assert not (faults_in_any_light(page, "setup-" + state) if state in LOOKS else faults(page) + too_wide(page))
    small = page.evaluate(
        """least => [...document.querySelectorAll("main :is(button, .button, select, input, summary, label:has(input), p > a:only-child)")]
        .filter((one) => one.offsetParent && !["radio", "hidden"].includes(one.type))
        .filter((one) => one.getBoundingClientRect().height < least && !one.closest("#errors"))
        .map((one) => one.outerHTML)""",
        TARGET_PX,
    )
    assert not small, "for a finger"


@pytest.mark.parametrize("state", ["form-wrong-password", "proof-key-refused", "proof-done"])
def test_every_language_fits_on_every_screen(open_page, state):
    assert not too_wide_in_a_language(settled(open_page(state)))


def test_a_second_view_costs_only_the_page_and_its_data(open_page, preview):
    page = settled(open_page("form"))
    preview.asked.clear()
    page.goto(preview.url + "/")
    settled(page)
    assert not [path for _, path, _ in preview.asked if path.startswith("/static/")]


def test_the_words_are_those_of_the_browser_and_another_language_is_one_choice_away(open_page, preview):
    page = settled(open_page("form", locale="fr-CA"))
    french = page.locator("h1").inner_text()
    assert french != "Set up Dewlog"
    page.get_by_role("combobox").last.select_option("en")
    expect(page.locator("h1")).to_have_text("Set up Dewlog")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert len([path for _, path, _ in preview.asked if path.startswith("/static/fr-")]) == 2, "its words, then those for codes"
    settled(page).reload()
    expect(page.locator("h1")).to_have_text("Set up Dewlog")


def test_what_was_typed_survives_another_language(open_page):
    page = open_page("form")
    fill_in(page)
    page.locator("#language").select_option("de")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#password")).to_have_value(PASSWORD)
    expect(page.get_by_label("Home")).to_be_checked()


# --- the form ---


def test_a_person_fills_in_the_form_and_sees_the_proof(open_page, preview):
    page = open_page("form")
    fill_in(page)
    page.get_by_label("Send a reading").select_option("every 5 minutes")
    page.get_by_label("Name", exact=True).fill("Cellar")
    page.get_by_label("°F").check()
    sent = send(page, preview)
    expect(page.get_by_role("heading", level=1)).to_have_text("Checking your set-up")
    assert sent.pop("phone_time") > 1704067200000
    assert sent == {
        "network": "=Home",
        "password": PASSWORD,
        "api_key": KEY,
        "kept": True,
        "interval_s": 300,
        "name": "Cellar",
        "units": "F",
        "sensor": "auto",
        "https": True,
        "country": "GB",
    }


def test_the_country_is_that_of_the_browser_s_language(open_page):
    page = settled(open_page("form", locale="de-CH"))
    wait_until(page, "typeof countryOf === 'function'")
    assert page.evaluate("countryOf(navigator.language)") == "CH"
    for language, country in (("de", "DE"), ("zh-Hant-TW", "TW"), ("en", ""), ("es-419", "ES")):
        assert page.evaluate("countryOf('%s')" % language) == country, language


def test_a_name_that_is_not_text_arrives_by_its_id(open_page, preview):
    page = open_page("form-hostile-names")
    page.locator("#networks label").nth(3).click()
    page.get_by_label("Wi-Fi password").fill(PASSWORD)
    page.get_by_label("Write API Key").fill(KEY)
    sent = send(page, preview)
    assert sent["network"] == HOSTILE[3]["id"] and "ssid" not in sent


def test_hostile_names_stay_text(open_page, preview):
    page = open_page("form-hostile-names")
    for number, one in enumerate(HOSTILE):
        expect(page.locator("#networks bdi").nth(number)).to_have_text(one["ssid"])
    assert page.locator("#networks :is(img, b)").count() == 0
    fill = HOSTILE[0]["ssid"]
    preview.documents["/api/setup"] = failed("wifi", "not_found", "ssid", ssid=fill, hotspot=fill, version=fill)
    page.goto(preview.url + "/setup")
    expect(page.locator("#failed")).to_be_visible()
    preview.documents["/api/setup"] = running(2, ssid=fill, hotspot=fill, version=fill)
    page.reload()
    expect(page.locator("header bdi").first).to_have_text(fill)
    assert page.locator("main :is(img, i > b)").count() == 0


def test_a_hidden_network_is_typed(open_page, preview):
    page = open_page("form")
    name = page.get_by_label("Its name")
    expect(page.get_by_label("Home")).to_be_visible()
    expect(name).to_be_hidden()
    page.get_by_label("Other network").check()
    name.fill(" Attic 2 ")
    page.get_by_label("Wi-Fi password").fill(PASSWORD)
    page.get_by_label("Write API Key").fill(KEY)
    sent = send(page, preview)
    assert sent["ssid"] == " Attic 2 " and "network" not in sent


def test_a_form_without_networks_searches_by_itself_at_the_first_press_again(open_page, preview):
    page = open_page("form-no-network")
    expect(page.locator("#found")).to_contain_text("2.4 GHz networks only")
    assert ("GET", "/api/networks?refresh=1", None) in preview.asked
    expect(page.get_by_label("Its name")).to_be_visible()
    answers = [{"scanning": True, "networks": []}, {"scanning": False, "networks": AT_HOME}]
    preview.documents["/api/networks"] = lambda query: answers.pop(0) if len(answers) > 1 else answers[0]
    page.get_by_role("button", name="Search again").click()
    expect(page.locator("#found")).to_have_text("5 networks")
    expect(page.get_by_label("Home")).to_be_visible()


def test_an_open_network_asks_for_no_password_and_sends_none(open_page, preview):
    page = open_page("form")
    fill_in(page)
    page.get_by_label("Café de la Gare").check()
    expect(page.get_by_label("Wi-Fi password")).to_be_hidden()
    assert send(page, preview)["password"] == ""


def test_a_network_that_cannot_be_joined_says_why(open_page):
    page = open_page("form")
    expect(page.get_by_label("eduroam")).to_be_disabled()
    expect(page.locator("#networks label").nth(3)).to_contain_text("not supported")
    expect(page.locator("#networks label").first).to_contain_text("password needed, 4 of 4 bars")


def test_searching_again_keeps_the_choice_and_what_was_typed(open_page, preview):
    page = open_page("form")
    fill_in(page)
    preview.documents["/api/networks"]["networks"] = [network("New", -40), *AT_HOME]
    page.get_by_role("button", name="Search again").click()
    expect(page.locator("#found")).to_have_text("6 networks")
    assert page.locator("#networks bdi").first.text_content() == "New"
    expect(page.get_by_label("Home")).to_be_checked()
    expect(page.get_by_label("Wi-Fi password")).to_have_value(PASSWORD)


def test_a_choice_that_is_out_of_sight_for_a_moment_stays(open_page, preview):
    page = open_page("form")
    page.get_by_label("Attic").check()
    preview.documents["/api/networks"]["networks"] = AT_HOME[:2]
    page.get_by_role("button", name="Search again").click()
    expect(page.locator("#found")).to_have_text("2 networks")
    expect(page.get_by_label("Attic")).to_be_checked()
    expect(page.locator("#networks label").first).to_contain_text("not in sight")


def test_a_long_list_opens_on_demand(open_page):
    page = open_page("form-20-networks")
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


def test_the_sensor_is_seen_before_anything_is_typed(open_page, preview):
    page = open_page("form-sensor-silent")
    expect(page.locator("#reading")).to_contain_text("No answer from the sensor")
    preview.documents["/api/readings"].update(temperature_c=21.4, humidity_pct=48.0, quality="ok", problem=None)
    page.clock.fast_forward(5000)
    expect(page.locator("#reading")).to_contain_text("21.4\u202f°C, 48.0\u202f%")
    page.get_by_label("°F").check()
    expect(page.locator("#reading")).to_contain_text("70.5\u202f°F")


def test_wrong_entries_are_explained_beside_their_fields(open_page, preview):
    page = open_page("form", is_allowed=refused)
    fill_in(page, key="TOO SHORT")
    preview.answers["/setup"] = 400, {"errors": {"api_key": "not_a_key", "password": "too_short", "units": "not_a_choice"}}
    page.get_by_role("button", name="Try it now").click()
    summary = page.locator("#errors")
    expect(summary).to_be_focused()
    key = page.get_by_label("Write API Key")
    expect(key).to_have_attribute("aria-invalid", "true")
    expect(key).to_have_value("TOO SHORT")
    expect(page.get_by_label("Wi-Fi password")).to_have_value(PASSWORD)
    expect(page.locator("#api_key-error")).to_contain_text("16 letters and digits")
    expect(page.locator("#password-error")).to_contain_text("at least 8 characters")
    expect(page.locator("#units-error")).to_be_visible()
    assert "api_key-error" in key.get_attribute("aria-describedby")
    assert not faults_in_any_light(page, "setup-form-errors")
    summary.get_by_role("link").first.click()
    expect(key).to_be_focused()
    key.fill(KEY)
    assert send(page, preview)["api_key"] == KEY


def test_a_refusal_is_told_and_loses_nothing(open_page, preview):
    page = open_page("form", is_allowed=refused)
    fill_in(page)
    for answer, words in (
        ((409, {"error": "busy"}), "proving or installing something"),
        ((401, {"error": "login_needed"}), "device password"),
        ((500, "Something broke"), "HTTP 500"),
        ((400, {"errors": {"form": "damaged"}}), "arrived damaged"),
    ):
        preview.answers["/setup"] = answer
        page.get_by_role("button", name="Try it now").click()
        expect(page.locator("#errors")).to_contain_text(words)
        expect(page.get_by_label("Wi-Fi password")).to_have_value(PASSWORD)
        expect(page.locator("#errors").get_by_role("link", name="Log in")).to_have_count(1 if answer[0] == 401 else 0)


def test_a_phone_that_left_the_hotspot_loses_nothing(open_page, preview):
    page = settled(open_page("form", is_allowed=refused))
    fill_in(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="Try it now").click()
    expect(page.locator("#errors")).to_contain_text("still on its Wi-Fi")
    expect(page.get_by_label("Wi-Fi password")).to_have_value(PASSWORD)
    page.context.set_offline(False)
    send(page, preview)


def test_entries_that_are_kept_need_not_be_typed(open_page, preview):
    page = open_page("form-in-use")
    expect(page.locator("#password-kept")).to_be_visible()
    expect(page.get_by_label("Home")).to_be_checked()
    expect(page.get_by_label("Send a reading")).to_have_value("45")
    expect(page.locator("#notice")).to_contain_text("restarted several times")
    page.get_by_label("Attic").check()
    expect(page.locator("#password-kept")).to_be_hidden()
    expect(page.locator("#api_key-kept")).to_be_visible()
    sent = send(page, preview)
    assert (sent["password"], sent["api_key"], sent["interval_s"], sent["name"]) == ("", "", 45, IN_USE["name"])
    assert sent["kept"] is True, "a script has to send them each time; the page has told what is kept"


def test_a_network_of_before_that_is_not_in_sight_can_be_kept(open_page, preview):
    page = open_page("form-not-in-sight")
    expect(page.get_by_label("Home")).to_be_checked()
    sent = send(page, preview)
    assert sent["ssid"] == "Home" and "network" not in sent


def test_what_a_person_has_changed_already_is_not_overwritten(open_page, preview):
    preview.start_over()
    may_answer = threading.Event()
    preview.documents["/api/setup"] = lambda query: may_answer.wait(120) and setup_document(draft=IN_USE)
    page = open_page(None)
    page.get_by_label("Home").check()
    page.get_by_label("Name", exact=True).fill("Attic")
    may_answer.set()
    expect(page.get_by_label("Send a reading")).to_have_value("45")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Attic")


def test_a_suggested_name_is_taken_with_one_tap(open_page, preview):
    page = open_page("form-not-found")
    page.get_by_role("button", name="Take “Fritz!Box 7590 XY” instead").click()
    expect(page.locator("#networks [value='=Fritz!Box 7590 XY']")).to_be_checked()
    page.get_by_label("Wi-Fi password").fill(PASSWORD)
    assert send(page, preview)["network"] == "=Fritz!Box 7590 XY"


def test_a_name_is_suggested_where_exactly_one_looks_like_what_was_typed(open_page):
    page = open_page("form-not-found")
    expect(page.get_by_role("button", name="instead")).to_be_visible()
    meant = "([typed, ...seen]) => { setup.draft.ssid = typed; found.networks = seen.map((ssid) => ({ ssid })); return meant(); }"
    for typed, seen in (
        ("home", "Home"),
        (" Home ", "Home"),
        ("Home", "Home "),
        ("Home\u00a0", "Home"),
        ("Zoë’s iPhone", "Zoë's iPhone"),
        ("Zoe's iPhone", "Zoe’s iPhone"),
        ('The "Den"', "The “Den”"),
        ("FRITZ-Box", "Fritz–Box"),
        ("Fritz\u2010Box", "FRITZ-Box"),
        ("MÜLLER", "Müller"),
        ("Mu\u0308ller", "M\u00fcller"),
        ("My\u2009Home", "My Home"),
        ("My\u3000Home\u200b", "My Home"),
        ("Zoe\u2032s", "Zoe\u02bcs"),
        ("Fritz\uff0dBox", "Fritz-Box"),
    ):
        assert page.evaluate(meant, [typed, "Cafe", seen, "Homestead"]) == seen, typed
    for typed, *seen in (
        ("home", "Home", "HOME"),
        ("Home", "Home"),
        ("Home", "Hose", "\ufffd", "Home2"),
        ("Home",),
        ("hom\ufffd", "Hom\ufffd"),
    ):
        assert page.evaluate(meant, [typed, *seen]) == "", typed


def test_a_form_that_is_opened_during_a_trial_goes_to_the_proof(open_page, preview):
    for setup in (running(1), done()):
        preview.start_over()
        preview.documents["/api/setup"] = setup
        open_page(None).wait_for_url("**/setup")
        assert not preview.posts("/setup")


# --- without JavaScript ---


def test_the_form_works_without_javascript(open_page, preview):
    page = open_page("form", is_allowed=refused, java_script_enabled=False)  # the verdict has no icon
    page.get_by_label("Its name").fill("Home")
    page.get_by_label("Wi-Fi password").fill(PASSWORD)
    page.get_by_label("Write API Key").fill(KEY)
    assert not too_wide(page)
    preview.documents["/setup/verdict"] = "wifi: running"

    def take(fields):
        preview.documents["/api/setup"] = running(0)
        return 303, {}, {"Location": "/setup"}

    preview.answers["/setup"] = take
    page.get_by_role("button", name="Try it now").click()
    page.wait_for_url("**/setup/verdict")
    expect(page.locator("body")).to_contain_text("wifi: running")
    sent = preview.posts("/setup")[0]
    assert (sent["network"], sent["ssid"], sent["password"], sent["api_key"]) == ("other", "Home", PASSWORD, KEY)
    assert (sent["interval_s"], sent["name"], sent["units"], sent["sensor"], sent["https"]) == ("60", "Dewlog", "C", "auto", "yes")


# --- the proof ---


def test_the_proof_is_live_and_ends_with_the_address(open_page, preview):
    page = open_page("proof-starts")
    for passed, name in enumerate(["sensor", "wifi", "address", "internet", "thingspeak"]):
        preview.documents["/api/setup"] = running(passed)
        expect(page.locator("#step-" + name)).to_have_attribute("data-state", "running")
    expect(page.locator("#said")).to_contain_text("ThingSpeak: running")
    expect(page.locator("#step-sensor")).to_contain_text("21.4 °C, 48.0 %")
    expect(page.locator("#done")).to_be_hidden()
    preview.documents["/api/setup"] = done()
    expect(page.locator("#done")).to_be_focused()
    assert page.title() == "Dewlog is ready"
    here = page.locator("#done")
    expect(here.locator("[data-link=address]")).to_have_attribute("href", re.compile(r"^http://192\.168\.1\.57[:/]"))
    expect(here.locator("[data-link=hostname]")).to_have_text(re.compile(r"^http://dewlog-a1b2c3\.local[:/]"))
    expect(page.get_by_role("link", name="ThingSpeak channel")).to_have_attribute("href", re.compile("/channels/123456$"))
    expect(here).to_contain_text("Go back to your own Wi-Fi: choose “Home”")
    expect(page.locator("#step-thingspeak")).to_contain_text("entry 42")
    expect(page.locator("#restart")).to_contain_text(re.compile(r"restarts in 1\d s"))


def test_the_links_go_where_the_device_says_that_it_serves(open_page, preview):
    page = open_page("proof-starts")
    preview.documents["/api/setup"] = done(url="http://192.168.1.57:8999/", channel_url="http://127.0.0.1:9000/channels/1")
    expect(page.locator("#done [data-link=address]")).to_have_attribute("href", "http://192.168.1.57:8999/")
    expect(page.get_by_role("link", name="ThingSpeak channel")).to_have_attribute("href", "http://127.0.0.1:9000/channels/1")


def test_a_detail_that_is_a_word_is_said_in_words(open_page, preview):
    page = open_page("proof-starts")
    for step, detail, words in (
        ("wifi", "again", "second try"),
        ("thingspeak", "turn", "one message every 15 seconds"),
        ("thingspeak", "timeout", "in time"),
    ):
        setup = running(4)
        next(one for one in setup["steps"] if one["name"] == step)["detail"] = detail
        preview.documents["/api/setup"] = setup
        expect(page.locator("#step-" + step)).to_contain_text(words)


def test_a_failed_step_gives_its_advice_and_the_way_back_to_the_form(open_page, preview):
    page = open_page("proof-starts")
    preview.documents["/api/setup"] = failed("wifi", "wrong_password", "password")
    box = page.locator("#failed")
    expect(box).to_be_focused()
    expect(box).to_contain_text("The password does not match")
    expect(box).to_contain_text("Check capitals")
    expect(page.get_by_role("button", name="Keep them anyway")).to_be_hidden()
    expect(page.locator("#step-thingspeak")).to_contain_text("skipped")
    page.get_by_role("link", name="Change the entries").click()
    expect(page.locator("#password-error")).to_contain_text("The password does not match")


def test_the_same_entries_are_tried_again(open_page, preview):
    page = open_page("proof-sensor-silent")

    def again(fields):
        preview.documents["/api/setup"] = running(0)
        return 202, {"state": "running"}

    preview.answers["/setup/retry"] = again
    page.get_by_role("button", name="Try again with the same entries").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checking your set-up")
    expect(page.locator("#failed")).to_be_hidden()
    assert len(preview.posts("/setup/retry")) == 1


def test_entries_can_be_kept_although_the_sensor_is_silent(open_page, preview):
    page = open_page("proof-sensor-silent")

    def keep(fields):
        preview.documents["/api/setup"] = done(steps=failed("sensor", "sensor_silent")["steps"])
        return 202, {}

    preview.answers["/setup/keep"] = keep
    page.get_by_role("button", name="Keep them anyway").click()
    expect(page.locator("#done")).to_contain_text("Your entries are kept")


def test_what_is_refused_here_is_told(open_page, preview):
    page = open_page("proof-sensor-silent", is_allowed=refused)
    preview.answers["/setup/keep"] = 409, {"error": "busy"}
    page.get_by_role("button", name="Keep them anyway").click()
    expect(page.locator("#refused")).to_contain_text("proving or installing something")


def test_lost_contact_is_explained_calmly_then_plainly_and_survived(open_page, preview):
    page = open_page("proof-midway", is_allowed=refused)
    expect(page.locator("section.known.when-running [data-link=address]")).to_contain_text("http://192.168.1.57")
    page.context.set_offline(True)
    now_s = page.evaluate("Date.now()") / 1000
    page.clock.set_fixed_time(now_s + 8)
    expect(page.locator("#lost")).to_contain_text("that is normal")
    assert not faults(page)
    page.clock.set_fixed_time(now_s + 30)
    expect(page.locator("#lost")).to_contain_text("Still no contact")
    expect(page.locator("#lost")).to_contain_text("Dewlog-A1B2C3")
    expect(page.locator("section.known.when-running [data-link=address]")).to_be_visible()
    preview.documents["/api/setup"] = done()
    page.context.set_offline(False)
    expect(page.locator("#done")).to_be_visible()
    expect(page.locator("#lost")).to_be_hidden()


def test_a_device_that_takes_requests_and_never_answers_is_noticed(open_page, preview):
    page = open_page("proof-midway", is_allowed=refused)
    expect(page.locator("#step-internet")).to_have_attribute("data-state", "running")
    preview.silent = True
    expect(page.locator("#lost")).to_be_visible()
    preview.silent = False
    expect(page.locator("#lost")).to_be_hidden()


def test_after_the_restart_the_address_stays_on_the_screen(open_page, preview):
    page = open_page("proof-starts", is_allowed=refused)
    preview.documents["/api/setup"] = done(restart_in_s=4)
    expect(page.locator("#restart")).to_contain_text(re.compile("restarts in [234] s"))
    page.context.set_offline(True)
    expect(page.locator("#restart")).to_contain_text("this hotspot is gone")
    expect(page.locator("#done [data-link=address]")).to_be_visible()
    expect(page.locator("#lost")).to_be_hidden()


def test_a_device_that_has_restarted_does_not_take_the_verdict_away(open_page, preview):
    page = open_page("proof-done")
    expect(page.locator("#done")).to_be_visible()
    preview.documents["/api/setup"] = setup_document()
    expect(page.locator("#restart")).to_contain_text("has restarted")
    expect(page.locator("#done [data-link=address]")).to_contain_text("192.168.1.57")


def test_over_the_home_wifi_the_page_goes_on_to_the_readings(open_page, preview):
    page = open_page("proof-home")
    expect(page.locator("#done").get_by_role("link", name="Readings")).to_be_visible()
    preview.documents["/api/readings"]["mode"] = "station"
    preview.documents["/api/setup"] = done(mode="station", open=False, restart_in_s=1)
    expect(page.locator("#restart")).not_to_be_empty()
    page.clock.fast_forward(10_000)
    page.wait_for_url("**/readings")
