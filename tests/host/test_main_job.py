"""The main job as a person lives it: a phone, a form, a proof, and readings from then on."""

import pytest
from phone_browser import PHONE, chromium, screenshot
from playwright.sync_api import expect

PATIENCE_S = 60
SPEED = 5


def fill_in(page):
    page.get_by_label("Home").check()
    page.get_by_label("Wi-Fi password").fill("correct horse")
    page.get_by_label("Write API Key").fill("simulated key 0001")
    page.get_by_role("button", name="Try it now").click()


@pytest.mark.every_micropython
def test_from_the_box_to_live_values_in_a_browser(new_device):
    device = new_device(speed=SPEED)
    with chromium() as browser:
        page = browser.new_page(viewport=PHONE)
        device.wait_for("Join it with a phone")
        page.goto(device.url)
        fill_in(page)
        expect(page.get_by_role("heading", name="Everything works")).to_be_visible(timeout=PATIENCE_S * 1000)
        screenshot(page, "main-job-proof")
        device.wait_for(device.readings_at_home, PATIENCE_S)
        page.goto(device.url)
        expect(page.locator("#temperature")).to_have_text("21.4")
        device.world(weather={"temperature_c": -3.2, "humidity_pct": 81.5})
        expect(page.locator("#temperature")).to_have_text("-3.2")
        expect(page.locator("#humidity")).to_have_text("81.5")
        screenshot(page, "main-job-readings")


@pytest.mark.every_micropython
def test_readings_arrive_in_the_channel_with_the_weathers_values(new_device):
    device = new_device(speed=SPEED)
    device.world(weather={"temperature_c": -3.2, "humidity_pct": 81.5})
    device.set_up(interval_s="15")
    entries = device.wait_for(lambda: len(device.feed()) >= 3 and device.feed(), PATIENCE_S)
    assert all(abs(float(entry["field1"]) + 3.2) < 0.01 and abs(float(entry["field2"]) - 81.5) < 0.01 for entry in entries)
    assert [entry["entry_id"] for entry in entries] == list(range(1, len(entries) + 1))
    device.wait_for("ThingSpeak: 1 stored, 0 waiting", PATIENCE_S)


def test_pages_answer_at_once_while_thingspeak_is_silent(new_device):
    device = new_device(speed=SPEED)
    device.set_up(interval_s="15")
    device.faults("silent")
    arrived = len(device.requests())
    device.wait_for(lambda: len(device.requests()) > arrived, PATIENCE_S)
    arrived = len(device.requests())
    for _ in range(5):
        assert device.get("/readings").status == 200
    assert len(device.requests()) < arrived + 5, "a page that waited for the network would come with the end of an upload only"
