"""The readings page in a real browser: every state as it looks, values as they arrive, the chart as it is used."""

import re
import time

import pytest
from old_phone import WITHOUT, too_new, wait_until
from phone_browser import DESKTOP, PATIENCE_MS, PHONE, chromium, faults, faults_in_any_light, too_wide, too_wide_in_a_language
from playwright.sync_api import expect
from readings_states import STATES, UNKNOWN, LivePreview, history_document, iso, weather
from page_preview import readings_document

pytestmark = pytest.mark.timeout(600)
MOST_REQUESTS = 4
MOST_BYTES = 14_000
HEAD_BYTES, DOCUMENT_BYTES = 400, 1100
TARGET_PX = 44
SILENCE_MS = 15_000
"""After so long a device that says nothing is gone."""
SPANS = {"One hour": "In the last hour", "24 hours": "In the last 24", "Seven days": "In the last seven", "30 days": "In the last 30"}


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
    """A function that shows `state` (None: what is shown already) in an old browser; its console must stay silent."""
    contexts, complaints = [], []

    def open_page(state="live", viewport=PHONE, is_allowed=lambda complaint: False, **options):
        context = browser.new_context(viewport=viewport, timezone_id="Europe/Berlin", **{"locale": "en-GB", **options})
        context.add_init_script(WITHOUT)
        contexts.append(context)
        page = context.new_page()
        page.clock.install()
        page.on("console", lambda message: is_allowed(message.text) or complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(preview.show(state) if state else preview.url + "/readings")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def refused(complaint):
    """Chromium notes every answer of 400 and above, every answer that did not come and every stream that is none."""
    return "Failed to load resource" in complaint or "net::ERR" in complaint or "EventSource" in complaint


def wait_for_chart(page):
    """The whole page has come: its history, and the words for codes."""
    expect(page.locator("#summary")).to_have_text(re.compile(r"^In the last"))
    wait_until(page, "Boolean(words.codes)")


def send(preview, **changes):
    """Tell the page that is open what `changes` make of an ordinary document."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while not preview.listeners():
        assert time.monotonic() < until, "no page listens"
        time.sleep(0.02)
    preview.send_event(readings_document(**changes))


def now_s():
    return int(time.time()) // 60 * 60


# --- every state, as it looks ---


STATE_SENTENCES = {
    "live": {"#contact": "Live, measured", "#upload": "Every reading is in the channel.", "#dropped": None},
    "fresh": {"#contact": "No reading yet"},
    "first-hour": {
        "#contact": "Live, measured",
        "#summary": "In the last hour: on average",
        "#temperature-day": "today",
        "button[aria-pressed=true]": "1 h",
    },
    "stale": {"#contact": "Last seen"},
    "sensor-missing": {"#problem": "No answer from the sensor"},
    "key-refused": {"#problem[role=alert]": "Copy the Write API Key", "#outage": None},
    "offline-backlog": {
        "#waiting": "2,880 readings",
        "#dropped": "12 readings could not be kept or were refused",
        "#outage[role=status]": "",
        "#problem": None,
    },
    "wifi-lost": {"#outage": "The Wi-Fi is away", "a[href='/setup']:visible": "Choose another network"},
    "clock-unknown": {"#outage": "does not know the time"},
    "memory": {"#outage": "short of memory"},
    "month": {"#contact": "Live"},
    "not-set-up": {"#not-set-up": "waits for its set-up"},
}
"""{state: {selector: words there, or None where nothing is shown}}: what passes by itself looks calmer than a fault."""
LOOKS = ("live", "fresh", "key-refused", "offline-backlog", "not-set-up")
"""Between them they show everything that has a colour."""


@pytest.mark.parametrize("state", STATES)
def test_every_state_says_what_it_is_and_is_accessible_on_every_screen(open_page, state):
    page = open_page(state)
    wait_for_chart(page)
    for where, words in STATE_SENTENCES[state].items():
        if words is None:
            expect(page.locator(where)).to_be_hidden()
        else:
            expect(page.locator(where)).to_contain_text(words)
            expect(page.locator(where)).to_be_visible()
    assert not (faults_in_any_light(page, "readings-" + state) if state in LOOKS else faults(page) + too_wide(page))
    small = page.evaluate(
        """least => [...document.querySelectorAll("main button, main a, main summary, main select")]
        .filter((one) => one.offsetParent && one.getBoundingClientRect().height < least).map((one) => one.outerHTML)""",
        TARGET_PX,
    )
    assert not small, "for a finger"


def test_a_small_screen_and_zoom_are_enough_in_every_language(open_page):
    page = open_page("offline-backlog")
    wait_for_chart(page)
    wait_until(page, "!element('below').hidden")
    assert not too_wide_in_a_language(page)


def test_how_much_of_the_free_plan_is_used(open_page, preview):
    page = open_page()
    expect(page.locator("#plan")).to_have_text("18 % of the free plan")
    send(preview, settings={"interval_s": 15, "units": "C"})
    expect(page.locator("#plan")).to_have_text("70 % of the free plan")
    send(preview, settings={"interval_s": 3600, "units": "C"})
    expect(page.locator("#plan")).to_have_text("less than 1 % of the free plan")


def test_the_channel_is_the_one_of_thingspeak_or_the_one_that_the_device_names(open_page, preview):
    page = open_page()
    link = page.get_by_role("link", name="Open the channel")
    expect(link).to_have_attribute("href", "https://thingspeak.mathworks.com/channels/123456")
    send(preview, upload={"channel_url": "http://127.0.0.1:9000/channels/1"})
    expect(link).to_have_attribute("href", "http://127.0.0.1:9000/channels/1")
    send(preview, upload={"channel_url": "javascript:alert(1)"})
    expect(page.locator("#channel")).to_be_hidden()
    send(preview, upload={"channel_id": None})
    expect(page.locator("#entry")).to_contain_text("4211, ")
    expect(page.locator("#channel")).to_be_hidden()


def test_an_entry_without_a_number_has_its_time(open_page, preview):
    """ThingSpeak tells none for many readings at once."""
    page = open_page()
    send(preview, upload={"last_entry_id": None, "last_time": "2026-11-20T12:00:00Z"})
    expect(page.locator("#entry")).to_contain_text(re.compile(r"^\D*\d.*\d"))
    send(preview, upload={"last_entry_id": None, "last_time": None})
    expect(page.locator("#entry")).to_have_text("none yet")


def test_the_first_reading_appears_in_the_chart_by_itself(open_page, preview):
    page = open_page("fresh")
    expect(page.locator("#summary")).to_have_text("In the last 24 hours: no readings yet.")
    preview.documents["/api/history"] = lambda query: history_document(query["span"], now_s(), 900)
    page.clock.fast_forward(10_000)
    expect(page.locator("#summary")).to_contain_text("In the last hour: on average")
    expect(page.get_by_role("button", name="One hour")).to_have_attribute("aria-pressed", "true")


# --- live ---


def test_values_and_title_follow_the_sensor(open_page, preview):
    page = open_page()
    expect(page.locator("#contact")).to_have_attribute("data-live", "yes")
    expect(page.locator("#temperature-day")).to_contain_text("today")
    send(preview, temperature_c=31.26, humidity_pct=77.0, dew_point_c=26.7)
    expect(page.locator("#temperature")).to_have_text("31.3")
    expect(page.locator("#humidity")).to_have_text("77.0")
    expect(page).to_have_title("31.3\u202f°C · Cellar")
    expect(page.locator("#dew")).to_have_text("26.7\u202f°C")
    expect(page.locator("#comfort")).to_have_text("oppressive")
    expect(page.locator("#temperature-day")).to_contain_text("31.3 today")
    send(preview, **UNKNOWN)
    expect(page.locator("#temperature")).to_have_text("–")
    expect(page.locator("#comfort")).to_have_text("–")


def test_the_day_has_its_lowest_and_highest_value(open_page):
    page = open_page()
    wait_for_chart(page)
    shown = [float(number) for number in re.findall(r"[\d.]+", page.locator("#humidity-day").inner_text())]
    midnight_s = page.evaluate("new Date().setHours(0, 0, 0, 0) / 1000")
    day = [weather(time_s)[1] for time_s in range(int(midnight_s) + 300, now_s(), 60)]
    assert not day or (shown[0] <= min(day) + 0.1 and shown[1] >= max(day) - 0.1)
    assert shown[0] <= shown[1]


def test_fahrenheit_by_a_click_stays_for_this_browser(open_page):
    page = open_page()
    wait_for_chart(page)
    celsius = float(page.locator("#temperature").inner_text())
    page.get_by_role("button", name="Show degrees Fahrenheit").click()
    expect(page.locator("#unit")).to_have_text("°F")
    assert abs(float(page.locator("#temperature").inner_text()) - (celsius * 1.8 + 32)) < 0.2
    expect(page.locator("#summary")).to_contain_text("°F")
    page.reload()
    expect(page.locator("#unit")).to_have_text("°F")


def test_the_device_chooses_the_units_of_a_browser_that_did_not(open_page, preview):
    page = open_page()
    send(preview, temperature_c=20.0, settings={"interval_s": 60, "units": "F"})
    expect(page.locator("#temperature")).to_have_text("68.0")


def test_a_viewer_without_a_stream_asks_and_is_just_as_current(open_page, preview):
    preview.show("live")
    preview.documents["/api/events"] = {"error": "busy"}
    page = open_page(None, is_allowed=refused)
    expect(page.locator("#contact")).to_have_attribute("data-live", "yes")
    preview.documents["/api/readings"] = readings_document(temperature_c=25.5)
    expect(page.locator("#temperature")).to_have_text("25.5")


def test_a_device_that_falls_silent_is_noticed_and_found_again(open_page, preview):
    page = open_page(is_allowed=refused)
    expect(page.locator("#contact")).to_have_attribute("data-live", "yes")
    preview.silent = True
    preview.cut_streams()
    page.clock.fast_forward(SILENCE_MS)
    expect(page.locator("#gone")).to_be_visible()
    expect(page.locator("#contact")).to_have_attribute("data-live", "lost")
    expect(page.locator("#seen")).to_contain_text("Last seen")
    preview.silent = False
    expect(page.locator("#contact")).to_have_attribute("data-live", "yes")
    expect(page.locator("#gone")).to_be_hidden()


def test_a_device_that_goes_before_its_first_word_is_noticed_and_found_again(open_page, preview):
    preview.show("live")
    page = open_page(None, is_allowed=refused, service_workers="block", java_script_enabled=True)
    page.route("**/api/**", lambda route: None)  # taken, and never answered
    page.route("**/*.json", lambda route: None)
    page.reload()
    wait_until(page, "typeof keepInTouch === 'function'")
    page.clock.fast_forward(SILENCE_MS)
    expect(page.locator("#gone")).to_be_visible()
    expect(page.locator("#gone")).to_have_text("Dewlog does not answer; trying again.")
    page.unroute("**/*.json")
    page.unroute("**/api/**")
    expect(page.locator("#contact")).to_have_attribute("data-live", "yes")
    expect(page.locator("#seen")).to_contain_text("Live")


def test_silence_is_said_within_15_seconds(open_page):
    """By the page's own figures: no test waits for a real clock."""
    page = open_page()
    assert page.evaluate("SILENCE_MS > 10000")
    for silent_ms in page.evaluate("[0, POLL_MS, FIRST_EVENT_MS, SILENCE_MS]"):
        assert silent_ms + page.evaluate("patience_ms(%d)" % silent_ms) <= 15000
    assert page.evaluate("patience_ms(0)") > 8000, "a device that is short of memory has the time to say so"


def test_one_connection_serves_the_live_values(open_page, preview):
    page = open_page()
    wait_for_chart(page)
    before = len(preview.asked)
    for tenth in range(5):
        send(preview, temperature_c=30 + tenth / 10)
    expect(page.locator("#temperature")).to_have_text("30.4")
    assert len(preview.asked) == before


# --- the chart ---


def choose(page, name):
    page.get_by_role("button", name=name).click()
    expect(page.locator("#summary")).to_contain_text(SPANS[name])
    expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")


OVERLAPPING = """() => {
    const labels = [...document.querySelectorAll("#chart text")].map((one) => [one.textContent, one.getBoundingClientRect()]);
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 4 && b.top < a.bottom - 4;
    return labels.filter(([, box], n) => labels.slice(n + 1).some(([, other]) => meet(box, other))).map(([word]) => word);
}"""


@pytest.mark.parametrize("state", ["month", "clock-unknown"])
def test_each_span_has_axes_lines_bands_and_words_that_stand_apart(open_page, state):
    page = open_page(state, DESKTOP)
    wait_for_chart(page)
    for name in SPANS:
        choose(page, name)
        labels = page.locator("#chart svg > text").all_text_contents()
        assert 3 <= len(labels) <= 16, name
        assert len(set(labels)) == len(labels), name
        for quantity in ("temperature", "humidity"):
            assert page.locator("#chart .%s .line" % quantity).count() >= 1, name
            assert page.locator("#chart .%s .band" % quantity).count() == page.locator("#chart .%s .line" % quantity).count(), name
            assert 3 <= page.locator("#chart .%s text:not(.label)" % quantity).count() <= 10, name
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)
            page.evaluate("draw()")
            assert not page.evaluate(OVERLAPPING), (name, size)


def spiky():
    """A day of 20 °C and 50 % in which single readings, hidden in their averages, were -3.5 °C and 97 %."""
    count = 360
    document = {"span": "24h", "step_s": 240, "start": iso(now_s() - count * 240)}
    temperature = {"temperature_c": 20.0, "temperature_min_c": 19.5, "temperature_max_c": 20.5}
    humidity = {"humidity_pct": 50.0, "humidity_min_pct": 49.0, "humidity_max_pct": 51.0}
    for key, value in {**temperature, **humidity}.items():
        document[key] = [value] * count
    document["temperature_min_c"][100] = -3.5
    document["humidity_max_pct"][200] = 97.0
    return document


def test_the_summary_and_the_axis_know_the_true_extremes(open_page, preview):
    preview.show("live")
    preview.documents["/api/history"] = spiky()
    page = open_page(None)
    expect(page.locator("#summary")).to_contain_text("20.0\u202f°C (-3.5\u202f°C to 20.5\u202f°C)")
    expect(page.locator("#summary")).to_contain_text("50.0\u202f% (49.0\u202f% to 97.0\u202f%)")
    outside = page.evaluate(
        """() => [...document.querySelectorAll("#chart .band")].map((band) => [band.getBBox(), band.ownerSVGElement.viewBox.baseVal])
        .filter(([band, view]) => band.y < 0 || band.y + band.height > view.height).length"""
    )
    assert not outside
    ticks = [int(text) for text in page.locator("#chart .temperature text:not(.label)").all_text_contents()]
    assert min(ticks) <= -3.5 and max(ticks) >= 20.5


def test_a_span_that_fails_never_shows_the_former_one(open_page, preview):
    page = open_page("month", is_allowed=refused)
    wait_for_chart(page)
    history, answers = preview.documents.pop("/api/history"), []
    page.get_by_role("button", name="Seven days").click()
    expect(page.locator("#summary")).to_have_text("In the last seven days: could not be read.")
    assert page.locator("#chart").is_hidden() and page.locator("#readout").is_hidden() and page.locator("#table").is_hidden()
    assert page.locator("#csv-span").is_hidden()
    assert not faults(page)
    preview.documents["/api/history"] = lambda query: answers.append(query["span"]) or history(query)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#summary")).to_contain_text("In the last seven days: on average")
    assert answers == ["7d"]
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


def test_the_latest_choice_wins_whatever_arrives_last(open_page, preview):
    page = open_page("month")
    wait_for_chart(page)
    page.evaluate(
        """() => {
            const plain = askHistory;
            askHistory = async (of) => {
                const answer = await plain(of);
                while (of === "30d" && !window.isReleased) await pause(20);
                return answer;
            };
        }"""
    )
    page.get_by_role("button", name="30 days").click()
    page.get_by_role("button", name="One hour").click()
    expect(page.locator("#summary")).to_contain_text("In the last hour: on average")
    page.evaluate("window.isReleased = true, pause(200)")
    assert page.evaluate("past.span") == "1h"


def test_the_time_of_the_browser_is_shown(open_page, browser, preview):
    page = open_page("live", DESKTOP)
    wait_for_chart(page)
    context = browser.new_context(viewport=DESKTOP, timezone_id="Asia/Kolkata", locale="en-GB")
    other = context.new_page()
    other.goto(preview.url + "/readings")
    wait_for_chart(other)
    times = [one.evaluate("momentText(10)") for one in (page, other)]
    context.close()
    assert times[0] != times[1]


def test_mouse_and_keys_show_a_value_at_a_time_and_a_table_says_the_same_in_words(open_page):
    page = open_page("live", DESKTOP)
    wait_for_chart(page)
    chart = page.locator("#chart")
    assert page.locator("#chart .temperature .line").count() == 2, "a gap is a gap"
    expect(page.locator("#summary")).to_contain_text("One gap without readings")
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + 50)
    expect(page.locator("#chart circle")).to_have_count(2)
    by_mouse = page.locator("#readout").inner_text()
    assert "°C" in by_mouse and "%" in by_mouse
    page.mouse.move(5, 5)
    expect(page.locator("#chart circle")).to_have_count(0)

    chart.focus()
    said = []
    for key in ("Home", "ArrowRight", "PageUp", "End"):
        page.keyboard.press(key)
        said.append(chart.get_attribute("aria-valuetext"))
    assert len(set(said)) == 4
    assert chart.get_attribute("aria-valuenow") == chart.get_attribute("aria-valuemax")
    assert chart.get_attribute("role") == "slider" and chart.get_attribute("aria-describedby") == "summary"
    page.get_by_text("As a table").click()
    rows = page.locator("#rows tr")
    expect(rows).to_have_count(24)
    assert "°C" in rows.first.inner_text()
    assert not faults(page)


def test_a_touch_shows_a_value(open_page):
    page = open_page("live", PHONE, has_touch=True)
    wait_for_chart(page)
    page.locator("#chart").tap(position={"x": 150, "y": 100})
    expect(page.locator("#chart circle")).to_have_count(2)


def test_the_shown_readings_come_as_a_file(open_page, preview):
    page = open_page("month")
    wait_for_chart(page)
    choose(page, "Seven days")
    href = page.get_by_role("link", name="These readings as CSV").get_attribute("href")
    found = re.fullmatch(r"/readings\.csv\?from=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)&to=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)", href)
    assert found and found[1] == page.evaluate("past.start")
    assert page.get_by_role("link", name="All readings as CSV").get_attribute("href") == "/readings.csv"
    page = open_page("clock-unknown")
    wait_for_chart(page)
    assert page.locator("#csv-span").is_hidden(), "a time that nobody knows is no range"


# --- comfort: the formulas ---


@pytest.fixture(scope="module")
def formulas(browser, preview):
    context = browser.new_context()
    page = context.new_page()
    page.goto(preview.show("live"))
    wait_until(page, "typeof heatIndex === 'function'")
    context.set_offline(True)
    yield page.evaluate
    context.close()


def test_the_heat_index_agrees_with_the_chart_of_the_national_weather_service(formulas):
    # °F, %, °F as printed on the chart
    for t, h, expected in ((80, 40, 80), (90, 50, 95), (96, 65, 121), (100, 40, 109), (86, 90, 105), (110, 40, 136)):
        assert abs(formulas("heatIndex((%d - 32) / 1.8, %d) * 1.8 + 32" % (t, h)) - expected) <= 1.3, (t, h)


def test_dry_heat_is_taken_down_and_damp_warmth_up(formulas):
    # 100 °F at 10 %: Rothfusz alone gives about 95.5 °F, the adjustment takes 0.7 °F off
    assert abs(formulas("heatIndex(37.8, 10) * 1.8 + 32") - 94.6) <= 1
    assert formulas("heatIndex(28, 95) > heatIndex(28, 85)")


def test_in_the_cold_it_feels_as_it_is(formulas):
    assert formulas("[-40, -5, 0, 4].every((celsius) => heatIndex(celsius, 50) === celsius)")


def test_the_word_fits_the_air(formulas):
    for celsius, percent, dew, word in (
        (-5, 80, -7.9, "cold"),
        (15, 50, 4.7, "cool"),
        (21, 45, 8.6, "comfortable"),
        (21, 20, -2.5, "dry"),
        (20, 70, 14.4, "humid"),
        (25, 80, 21.3, "muggy"),
        (30, 85, 27.2, "oppressive"),
        (28, 40, 13.1, "warm"),
        (35, 20, 8.7, "hot"),
        (21, 0, None, "dry"),
    ):
        assert formulas("comfortWord(%s, %s, %s)" % (celsius, percent, "null" if dew is None else dew)) == word, (celsius, percent)


# --- weight, and what else a viewer gets ---


def test_the_first_view_is_light_and_the_second_asks_for_data_only(browser, preview, capsys):
    context = browser.new_context(viewport=PHONE, locale="en")
    page = context.new_page()
    page.goto(preview.show("live"))
    wait_for_chart(page)
    later = page.evaluate("all('link[hreflang]').map((link) => link.dataset.codes)")
    served = {path: len(content) for path, content in preview.files.items()}
    later += ["/api/history?span=24h"]
    first = [path for _, path, _ in preview.asked if path not in later and not re.search("chart-|details-", path)]
    name = {"/readings": "readings.html"}
    sizes = {path: HEAD_BYTES + served.get("static/%s.gz" % name.get(path, path.rpartition("/")[2]), DOCUMENT_BYTES) for path in first}
    with capsys.disabled():
        print("\n/readings: %d requests, %d bytes (%s)" % (len(first), sum(sizes.values()), sizes))
    assert len(first) <= MOST_REQUESTS
    assert sum(sizes.values()) <= MOST_BYTES
    page.goto("about:blank")  # what it still asked for has been asked
    preview.asked.clear()
    page.goto(preview.url + "/readings")
    wait_for_chart(page)
    again = {path for _, path, _ in preview.asked if not path.startswith("/api/")}
    context.close()
    assert again <= {"/readings"}, "the page itself has an age of its own; this preview lets none"


def test_nothing_comes_from_elsewhere(open_page, preview):
    page = open_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    wait_for_chart(page)
    assert asked and all(url.startswith((preview.url, "data:")) for url in asked)


def test_without_scripts_a_sentence_leads_to_the_data(open_page):
    content = open_page(java_script_enabled=False).content()
    sentence = re.search("<noscript>(.+?)</noscript>", content)[1]
    assert "needs a browser with scripts" in sentence and "/readings.csv" in sentence and "/metrics" in sentence


def test_another_language_is_spoken_at_once(open_page):
    page = open_page("key-refused")
    wait_for_chart(page)
    english = page.locator("#summary").inner_text()
    page.locator("#language").select_option("de")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#language")).to_have_value("de")
    assert english


@pytest.mark.parametrize("script", ["dewlog.js", "later.js", "readings.js", "details.js", "chart.js", "numbers.js"])
def test_a_script_is_written_for_phones_of_2019(script):
    assert not too_new(script)
