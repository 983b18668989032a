"""The live page in a real browser: every state as it looks, values as they arrive, the chart as it is used."""

import json
import re
import urllib.request

import pytest
from dashboard_preview import STATES, DashboardPreview
from phone_browser import DESKTOP, PHONE, SMALL_PHONE, ZOOMED_PHONE, chromium, faults, screenshot
from playwright.sync_api import expect

MOST_REQUESTS = 3
MOST_BYTES = 14 * 1024
TARGET_PX = 44
CHART_WORDS = re.compile("^(In|No readings in) the last ")
"""What the chart says in words; not that it is loading, or could not be read and is tried again."""
SIZES = {"phone": PHONE, "desktop": DESKTOP}


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
def open_page(browser, preview):
    """A function that shows `state` and returns the page; the browser's console must stay silent.

    A state is forced by a restart, which a page that is still open may complain of: one state a test.
    """
    contexts, complaints = [], []

    def open_page(state="live", viewport=PHONE, is_allowed=lambda complaint: False, **options):
        context = browser.new_context(viewport=viewport, timezone_id="Europe/Berlin", locale="en-GB", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: is_allowed(message.text) or complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(preview.show(state))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def refused(complaint):
    """Chromium notes every answer of 400 and above, and every answer that did not come."""
    return "Failed to load resource" in complaint or "net::ERR" in complaint


def overflow_px(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def wait_for_chart(page):
    expect(page.locator("#summary")).to_contain_text(CHART_WORDS)


# --- every state, as it looks ---


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_and_fits(open_page, state, size, scheme):
    page = open_page(state, SIZES[size], color_scheme=scheme)
    wait_for_chart(page)
    screenshot(page, "readings-%s-%s-%s" % (state, size, scheme))
    assert not faults(page)


@pytest.mark.parametrize("viewport", [SMALL_PHONE, ZOOMED_PHONE], ids=["320", "zoom"])
@pytest.mark.parametrize("state", ["month", "offline-backlog"])
def test_a_small_screen_and_zoom_are_enough(open_page, state, viewport):
    page = open_page(state, viewport)
    wait_for_chart(page)
    screenshot(page, "readings-%s-%dpx" % (state, viewport["width"]))
    assert overflow_px(page) <= 0


def test_everything_to_touch_is_large_enough(open_page):
    page = open_page()
    expect(page.locator("#channel")).to_be_visible()
    small = page.evaluate(
        """least => [...document.querySelectorAll("main :is(button, a, summary)")]
        .filter((one) => one.offsetParent && one.getBoundingClientRect().height < least).map((one) => one.outerHTML)""",
        TARGET_PX,
    )
    assert not small


STATE_SENTENCES = {
    "fresh": ("#contact", "No reading yet"),
    "live": ("#contact", "Live, measured"),
    "first-hour": ("#contact", "Live, measured"),
    "stale": ("#contact", "Last seen"),
    "sensor-missing": ("#problem", "GPIO 23"),
    "key-refused": ("#problem", "Copy the Write API Key"),
    "offline-backlog": ("#waiting", "2880 readings"),
    "clock-unknown": ("#problem", "does not know the time"),
    "month": ("#contact", "Live"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_says_what_it_is(open_page, state):
    where, words = STATE_SENTENCES[state]
    expect(open_page(state).locator(where)).to_contain_text(words)


@pytest.mark.parametrize("state", [state for state in STATES if STATE_SENTENCES[state][0] == "#problem"])
def test_a_problem_is_told_without_javascript_too(open_page, state):
    where, words = STATE_SENTENCES[state]
    expect(open_page(state, java_script_enabled=False).locator(where)).to_contain_text(words)


def test_what_is_wrong_comes_from_the_same_source_as_the_api(open_page, preview):
    page = open_page("key-refused")
    with urllib.request.urlopen(preview.url + "/api/readings") as answer:
        problem = json.load(answer)["problem"]
    expect(page.locator("#problem")).to_have_text(problem)


def test_a_device_of_an_hour_shows_that_hour(open_page, preview):
    page = open_page("first-hour")
    expect(page.get_by_role("button", name="One hour")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#summary")).to_contain_text("In the last hour: temperature")
    expect(page.locator("#temperature-day")).to_contain_text("today")


def test_the_first_reading_appears_in_the_chart_by_itself(open_page, preview):
    page = open_page("fresh")
    expect(page.locator("#summary")).to_have_text("No readings in the last 24 hours yet.")
    records = preview.do(lambda: STATES["first-hour"](None).journal.records)
    preview.do(lambda: setattr(preview.station.journal, "records", records))
    expect(page.locator("#summary")).to_contain_text("In the last hour: temperature")
    expect(page.get_by_role("button", name="One hour")).to_have_attribute("aria-pressed", "true")


def test_the_day_has_its_lowest_and_highest_value(open_page, preview):
    page = open_page()
    wait_for_chart(page)
    midnight_s = page.evaluate("Math.floor(new Date().setHours(0, 0, 0, 0) / 1000)")
    with urllib.request.urlopen(preview.url + "/api/history?span=24h&day=%d" % midnight_s) as answer:
        low, high = json.load(answer)["day"]["humidity_pct"]
    shown = page.locator("#humidity-day").inner_text().split()
    assert shown[1::2] == ["to", "today"]
    assert abs(float(shown[0]) - low) < 0.2 and abs(float(shown[2]) - high) < 0.2


def test_the_budget_tells_its_days(open_page, preview):
    page = open_page()
    expect(page.locator("#budget")).to_have_text("18 %, lasts 2083 days")
    preview.station.settings["interval_s"] = 15
    page.reload()
    expect(page.locator("#budget")).to_have_text("70 %, lasts 520 days")


def test_the_channel_and_its_last_entry_are_told(open_page):
    page = open_page("offline-backlog")
    expect(page.get_by_role("link", name="Open the channel")).to_have_attribute("href", "https://thingspeak.mathworks.com/channels/1")
    expect(page.locator("#entry")).to_contain_text("4211, ")


def test_no_channel_is_told_before_there_is_one(open_page):
    expect(open_page("fresh").locator("#channel")).to_be_hidden()


# --- live ---


def test_values_and_title_follow_the_sensor(open_page, preview):
    page = open_page()
    expect(page.locator("#contact")).to_have_attribute("data-live", "yes")

    def warm_up():
        preview.station.sensor_works = False
        latest = preview.station.logger.latest
        preview.station.logger.latest = latest._replace(temperature_c=31.26, humidity_pct=77.0)

    preview.do(warm_up)
    expect(page.locator("#temperature")).to_have_text("31.3")
    expect(page.locator("#humidity")).to_have_text("77.0")
    expect(page).to_have_title("31.3\u202f°C · Cellar")
    expect(page.locator("#temperature-day")).to_contain_text("31.3")


def test_fahrenheit_by_a_click_stays_for_this_browser(open_page):
    page = open_page()
    celsius = float(page.locator("#temperature").inner_text())
    page.get_by_role("button", name="Show degrees Fahrenheit").click()
    expect(page.locator("#unit")).to_have_text("°F")
    assert abs(float(page.locator("#temperature").inner_text()) - (celsius * 1.8 + 32)) < 1
    wait_for_chart(page)
    expect(page.locator("#summary")).to_contain_text("°F")
    page.reload()
    expect(page.locator("#unit")).to_have_text("°F")


def test_a_third_viewer_polls_and_is_just_as_current(open_page, preview):
    pages = [open_page(), *(page_of_same_device(open_page, preview) for _ in range(2))]
    for page in pages:
        expect(page.locator("#contact")).to_have_attribute("data-live", "yes")
    reads = preview.station.logger.reads
    expect(pages[2].locator("#sensor")).not_to_contain_text("%d reads" % reads)


def page_of_same_device(open_page, preview):
    """One more viewer of the station that is shown already."""
    show, preview.show = preview.show, lambda state: preview.url + "/readings"
    try:
        return open_page(is_allowed=refused)
    finally:
        preview.show = show


def test_a_device_that_falls_silent_is_noticed_and_found_again(open_page, preview):
    page = open_page(is_allowed=refused)
    expect(page.locator("#contact")).to_have_attribute("data-live", "yes")
    page.route("**/api/**", lambda route: route.abort())
    preview.do(preview.cut_streams)
    expect(page.locator("#contact")).to_have_attribute("data-live", "lost")
    expect(page.locator("#seen")).to_contain_text("trying again")
    expect(page.locator("#seen")).to_contain_text("Last seen")
    page.unroute("**/api/**")
    expect(page.locator("#contact")).to_have_attribute("data-live", "yes")


def test_one_connection_serves_the_live_values(open_page):
    page = open_page()
    wait_for_chart(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3500)
    assert not asked


# --- the chart ---


def test_each_span_has_axes_lines_and_words(open_page):
    page = open_page("month", DESKTOP)
    for name, words in (("One hour", "last hour"), ("Seven days", "last seven"), ("30 days", "last 30"), ("24 hours", "last 24 hours")):
        page.get_by_role("button", name=name).click()
        expect(page.locator("#summary")).to_contain_text(words)
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        labels = page.locator("#chart svg > text").all_text_contents()
        assert 4 <= len(labels) <= 16
        assert len(set(labels)) == len(labels)
        for quantity in ("temperature", "humidity"):
            assert page.locator("#chart .%s .line" % quantity).count() >= 1
            assert 3 <= page.locator("#chart .%s text:not(.label)" % quantity).count() <= 10
        screenshot(page, "readings-span-" + name.lower().replace(" ", "-"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", ["month", "clock-unknown"])
def test_the_words_of_the_axes_stand_apart(open_page, state, size):
    page = open_page(state, SIZES[size])
    for name, words in (("One hour", "last hour"), ("24 hours", "last 24"), ("Seven days", "last seven"), ("30 days", "last 30")):
        page.get_by_role("button", name=name).click()
        expect(page.locator("#summary")).to_contain_text(words)
        screenshot(page, "readings-%s-%s-%s" % (state, name.lower().replace(" ", "-"), size))
        overlapping = page.evaluate(
            """() => {
                const labels = [...document.querySelectorAll("#chart text")].map((one) => [one.textContent, one.getBoundingClientRect()]);
                const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 4 && b.top < a.bottom - 4;
                return labels.filter(([, box], n) => labels.slice(n + 1).some(([, other]) => meet(box, other))).map(([word]) => word);
            }"""
        )
        assert not overlapping, name


def test_gaps_are_gaps(open_page):
    page = open_page("live", DESKTOP)
    wait_for_chart(page)
    assert page.locator("#chart .temperature .line").count() == 2
    expect(page.locator("#summary")).to_contain_text("One gap without readings")


def test_the_time_of_the_browser_is_shown(open_page, browser, preview):
    page = open_page("live", DESKTOP)
    wait_for_chart(page)
    berlin = page.locator("#readout").inner_text()
    context = browser.new_context(viewport=DESKTOP, timezone_id="Asia/Kolkata", locale="en-GB")
    other = context.new_page()
    other.goto(preview.url + "/readings")
    wait_for_chart(other)
    kolkata = other.locator("#readout").inner_text()
    context.close()
    assert berlin.split()[1] != kolkata.split()[1]


def test_mouse_finger_and_keys_show_a_value_at_a_time(open_page):
    page = open_page("live", DESKTOP)
    wait_for_chart(page)
    chart = page.locator("#chart")
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + 50)
    expect(page.locator("#chart circle")).to_have_count(2)
    by_mouse = page.locator("#readout").inner_text()
    assert "°C" in by_mouse and "%" in by_mouse
    page.mouse.move(5, 5)
    expect(page.locator("#chart circle")).to_have_count(0)

    chart.focus()
    page.keyboard.press("Home")
    first = chart.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    second = chart.get_attribute("aria-valuetext")
    page.keyboard.press("End")
    last = chart.get_attribute("aria-valuetext")
    assert len({first, second, last}) == 3
    assert chart.get_attribute("aria-valuenow") == chart.get_attribute("aria-valuemax")


def test_a_touch_shows_a_value(open_page):
    page = open_page("live", PHONE, has_touch=True)
    wait_for_chart(page)
    page.locator("#chart").tap(position={"x": 150, "y": 100})
    expect(page.locator("#chart circle")).to_have_count(2)


def test_the_table_says_the_same_in_words(open_page):
    page = open_page("live", DESKTOP)
    wait_for_chart(page)
    chart = page.locator("#chart")
    assert chart.get_attribute("role") == "slider" and chart.get_attribute("aria-describedby") == "summary"
    page.get_by_text("As a table").click()
    rows = page.locator("#rows tr")
    expect(rows).to_have_count(24)
    assert "°C" in rows.first.inner_text()
    assert not faults(page)


# --- weight, and what else a viewer gets ---


def transferred(page, action, base):
    """[(path, bytes over the wire)] of what `action` makes the page fetch, data of the API and files from the cache left out."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    paths, sizes = {}, []
    session.on("Network.requestWillBeSent", lambda event: paths.update({event["requestId"]: event["request"]["url"].removeprefix(base)}))
    session.on("Network.loadingFinished", lambda event: sizes.append((paths.get(event["requestId"]), event["encodedDataLength"])))
    action()
    wait_for_chart(page)
    session.detach()
    return [(path, size) for path, size in sizes if path and path.startswith("/") and not path.startswith("/api/") and size]


def test_the_first_view_is_light_and_the_second_costs_only_the_page(open_page, preview, capsys):
    page = open_page("fresh", is_allowed=refused)  # reloaded so quickly, its former streams still hold both places
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    first = transferred(page, page.reload, preview.url)
    total = sum(size for _, size in first)
    with capsys.disabled():
        print("\n/readings: %d requests, %d bytes over the wire (%s)" % (len(first), total, ", ".join("%s %d" % one for one in first)))
    assert len(first) <= MOST_REQUESTS
    assert total <= MOST_BYTES
    second = transferred(page, lambda: page.goto(preview.url + "/readings"), preview.url)
    assert [path for path, _ in second] == ["/readings"]


def test_nothing_comes_from_elsewhere(open_page, preview):
    page = open_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    wait_for_chart(page)
    assert asked and all(url.startswith((preview.url, "data:")) for url in asked)


def test_the_manifest_makes_it_installable(open_page, preview):
    page = open_page()
    href = page.locator("link[rel=manifest]").get_attribute("href")
    with urllib.request.urlopen(preview.url + href) as answer:
        manifest = json.load(answer)
        assert answer.headers["Content-Type"].startswith("application/manifest+json")
    assert manifest["start_url"] == "/readings" and manifest["icons"] and manifest["display"] == "standalone"


def test_without_javascript_the_page_renews_itself_and_gives_the_csv(open_page):
    page = open_page(java_script_enabled=False)
    assert float(page.locator("#temperature").inner_text()) > 0
    assert page.locator("noscript meta[http-equiv=refresh]").count() or "refresh" in page.content()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV file").click()
    lines = open(download.value.path()).read().splitlines()
    assert lines[0] == "time,temperature_c,humidity_pct,flags"
    assert len(lines) > 1000


def test_a_month_of_csv_streams_while_the_page_stays_live(open_page, preview):
    page = open_page("month")
    with urllib.request.urlopen(preview.url + "/readings.csv") as answer:
        lines = answer.read().decode().splitlines()
    assert 5_000 < len(lines) < 5_602
    expect(page.locator("#contact")).to_have_attribute("data-live", "yes")
