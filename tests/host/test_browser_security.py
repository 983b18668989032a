"""What a real browser lets a foreign page do to the device: nothing. DNS rebinding, cross-site posts, framing, reading across origins."""

import http.server
import threading

import pytest
from phone_browser import NAMES, PHONE
from playwright.sync_api import sync_playwright
from virtual_device import FORM, VirtualDevice

EVIL = "evil.example"
NEW_KEY = "EVILEVILEVILEVIL"
RULES = "MAP *.example 127.0.0.1"


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    """A device in set-up mode that already has a draft to steal and settings to replace."""
    with VirtualDevice(tmp_path_factory.mktemp("security")) as device:
        device.wait_for(device.takes_set_up)
        yield device
        assert "Traceback" not in device.serial()


@pytest.fixture(scope="module")
def evil_site(device):
    """A page of another site that posts a set-up of its own to the device as soon as it is opened."""
    fields = "".join('<input name="%s" value="%s">' % item for item in {**FORM, "api_key": NEW_KEY}.items())
    page = (
        '<!doctype html><form method="post" action="%s/setup">%s</form><script>document.forms[0].submit()</script>' % (device.url, fields)
    ).encode()

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page if self.path == "/post" else b"<!doctype html><title>evil</title>")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield "http://%s:%d" % (EVIL, server.server_port)
    server.shutdown()


@pytest.fixture(scope="module")
def page():
    """A browser for which every *.example is this computer, as after a DNS rebinding."""
    import shutil

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, NAMES)), None),
            args=["--no-proxy-server", "--host-resolver-rules=" + RULES],
        )
        yield browser.new_page(viewport=PHONE)
        browser.close()


def test_a_rebound_name_sees_no_page_of_the_device(device, page):
    """In set-up mode it is sent to the device's own address, which is another origin; nothing is readable under the foreign one."""
    answers = []
    page.on("response", lambda response: answers.append((response.url, response.status)))
    page.goto("http://%s:%d/" % (EVIL, device.port))
    assert ("http://%s:%d/" % (EVIL, device.port), 302) in answers
    assert page.url == device.hotspot_url + "/" and (page.url, 200) in answers
    assert [status for url, status in answers if EVIL in url and status == 200] == []


def test_a_page_of_another_site_cannot_post(device, page, evil_site):
    with page.expect_navigation(url="**/setup") as navigation:
        page.goto(evil_site + "/post")
    assert navigation.value.status == 403
    assert navigation.value.request.all_headers()["origin"] == evil_site
    assert device.get("/api/setup").json()["state"] == "idle"


def test_a_page_of_another_site_can_neither_read_nor_send(device, page, evil_site):
    page.goto(evil_site + "/")
    for path, method in (("/api/setup", "GET"), ("/api/networks", "GET"), ("/setup", "POST")):
        outcome = page.evaluate(
            "([url, options]) => fetch(url, options).then(() => 'read', () => 'refused')",
            [device.url + path, {"method": method, "body": "ssid=Evil"} if method == "POST" else {}],
        )
        assert outcome == "refused", path
    reply = device.get("/api/setup", {"Origin": evil_site})
    assert not [name for name in reply.headers if name.lower().startswith("access-control")]
    assert reply.json()["state"] == "idle"


def test_a_page_of_another_site_cannot_frame_the_device(device, page, evil_site):
    page.goto(evil_site + "/")
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.evaluate("url => { document.body.append(Object.assign(document.createElement('iframe'), {src: url})) }", device.url + "/")


def test_injected_script_does_not_run(device, page):
    page.goto(device.url + "/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.injected = 1\">')")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.injected = 1'})), 0")
    page.wait_for_timeout(300)
    assert page.evaluate("window.injected") is None


def test_the_devices_own_form_is_accepted(device, page):
    """The counterpart: the same browser may post from the device's own page, with scripts and without."""
    page.goto(device.url + "/")
    form = "{method: 'POST', body: new URLSearchParams({ssid: ''})}"
    assert page.evaluate("fetch('/setup', %s).then(reply => reply.status)" % form) == 400
    context = page.context.browser.new_context(java_script_enabled=False, viewport=PHONE)
    plain = context.new_page()
    plain.goto(device.url + "/")
    with plain.expect_navigation() as navigation:
        plain.locator("form[action='/setup'] button[type=submit], form[action='/setup'] button:not([type])").first.click()
    assert navigation.value.request.method == "POST"
    assert navigation.value.status == 400, "refused for what is missing, not for where it comes from"
    context.close()
