"""Secrets stay in: canaries are planted as Wi-Fi password, key and device password, and everything the device ever emitted is searched."""

import base64
import gzip
import json
import urllib.parse

from virtual_device import FORM

PASSWORD = "Canary & <Bird> 42%"
OTHER_PASSWORD = "Wrong canary, sings too"
KEY = FORM["api_key"]
OTHER_KEY = "CANARYCANARY0002"
HOLDERS = ("/settings.json", "/settings.good.json", "/state.json")
"""The only files that may hold secrets."""

PATHS = (
    "/", "/readings", "/api/readings", "/api/history?span=1h", "/readings.csv", "/metrics", "/login", "/settings", "/setup", "/api/setup",
    "/setup/verdict", "/api/networks", "/api/settings", "/api/diagnostics", "/nothing", "/static/nothing.css", "/static/../settings.json",
    "/settings.json", "/%2e%2e/settings.json", "/static/%2e%2e/%2e%2e/settings.json",
)  # fmt: skip


class Ear:
    """Hears everything the device says."""

    def __init__(self, device):
        self._device = device
        self.heard = []

    def get(self, path, headers=None):
        return self._keep(path, self._device.unless_busy(lambda: self._device.get(path, headers)))

    def post(self, path, form, headers=None):
        return self._keep(path, self._device.unless_busy(lambda: self._device.post(path, form, headers=headers)))

    def visit_all(self, headers=None):
        for path in PATHS:
            self.get(path, headers)
            self.get(path, {**(headers or {}), "Accept-Encoding": "gzip"})

    def _keep(self, path, reply):
        body = gzip.decompress(reply.body) if reply.headers.get("Content-Encoding") == "gzip" else reply.body
        self.heard.append((path, str(reply.headers).encode() + body))
        return reply


def disguises(secret):
    """The secret as it might stand in a page, a URL, JSON, a dump."""
    raw = secret.encode()
    html = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;")
    texts = (html, urllib.parse.quote(secret), urllib.parse.quote_plus(secret), json.dumps(secret)[1:-1], raw.hex(), raw.hex().upper())
    return {raw, base64.b64encode(raw).rstrip(b"="), *(text.encode() for text in texts)}


def assert_silent(where, content, secrets):
    for secret in secrets:
        for disguise in disguises(secret):
            assert disguise not in content, "%s tells %r" % (where, secret)


def test_no_secret_is_ever_emitted(new_device):
    home = {"ssid": "Home", "password": PASSWORD, "rssi_dbm": -54, "channel": 6, "security": "wpa2"}
    device = new_device(world={"networks": [home]}, speed=5)
    device.wait_for(device.takes_set_up)
    secrets = [PASSWORD, OTHER_PASSWORD, KEY, OTHER_KEY, device.password()]
    ear = Ear(device)

    # set-up: a form with errors keeps what was typed, a trial fails, another succeeds
    assert ear.post("/setup", {**FORM, "password": PASSWORD, "api_key": OTHER_KEY + "X"}, {"Accept": "text/html"}).status == 400
    ear.visit_all()
    assert ear.post("/setup", {**FORM, "password": OTHER_PASSWORD, "api_key": OTHER_KEY}).status == 303
    assert device.wait_for(device.verdict, 60)["state"] == "failed"
    ear.visit_all()
    assert ear.post("/setup", {**FORM, "password": PASSWORD}).status == 303
    assert device.wait_for(device.verdict, 60)["state"] == "done"
    ear.visit_all()

    # station mode: before the log-in, a wrong one, and all that lies behind it
    device.wait_for(device.readings_at_home, 60)
    ear.visit_all()
    assert ear.post("/login", {"password": OTHER_PASSWORD}).status == 401
    logged_in = device.log_in()
    secrets.append(logged_in["Cookie"].partition("=")[2])
    ear.visit_all(logged_in)
    ear.post("/api/settings", {"api_key": OTHER_KEY + "X", "password": OTHER_PASSWORD}, logged_in)
    assert ear.post("/api/settings", {"api_key": OTHER_KEY}, {**logged_in, "Accept": "application/json"}).status == 202
    device.wait_for(device.verdict, 60)
    assert "Home" in ear.get("/api/settings", logged_in).text and ear.get("/api/diagnostics", logged_in).status == 200
    ear.visit_all(logged_in)

    for path, content in ear.heard:
        assert_silent("the answer to " + path, content, secrets)
    console = device.serial_bytes()
    assert device.password().encode() in console, "the label is printed on the console"
    assert_silent("the serial console", console, [secret for secret in secrets if secret != device.password()])
    for request in device.requests():
        assert_silent("a URL", json.dumps(request.get("path", "")).encode(), secrets)
    device.stop()
    image = device.image()
    assert any(KEY.encode() in (image.read(name) or b"") for name in HOLDERS), "the canary was planted"
    for name in image.names():
        if name not in HOLDERS:
            assert_silent(name, image.read(name) or b"", secrets)
