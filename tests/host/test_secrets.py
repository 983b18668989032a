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

SET_UP_PATHS = ("/", "/setup", "/api/setup", "/api/networks", "/nothing", "/static/nothing.css")
STATION_PATHS = (
    "/", "/readings", "/api/readings", "/api/history?span=1h", "/readings.csv", "/metrics", "/login", "/settings", "/setup", "/api/setup",
    "/diagnostics.txt", "/nothing", "/static/../settings.json", "/settings.json", "/%2e%2e/settings.json",
)  # fmt: skip


class Ear:
    """Hears everything the device says."""

    def __init__(self, device):
        self._device = device
        self.heard = []

    def get(self, path, headers=None):
        return self._keep(path, self._device.get(path, headers))

    def post(self, path, form, headers=None):
        return self._keep(path, self._device.post(path, form, headers=headers))

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


def open_verdict(device):
    progress = device.get("/api/setup").json()
    return progress if progress["state"] in ("done", "failed") else None


def test_no_secret_is_ever_emitted(new_device):
    home = {"ssid": "Home", "password": PASSWORD, "rssi_dbm": -54, "channel": 6, "security": "wpa2"}
    device = new_device(world={"networks": [home]})
    device.wait_for(lambda: device.get("/").status == 200)
    device_password = json.loads(device.image().read("/state.json"))["hotspot_password"]
    secrets = [PASSWORD, OTHER_PASSWORD, KEY, OTHER_KEY]
    ear = Ear(device)

    def visit(paths, headers=None):
        for path in paths:
            ear.get(path, headers)
            ear.get(path, {**(headers or {}), "Accept-Encoding": "gzip"})

    # set-up: a form with errors keeps what was typed, a trial fails, another succeeds
    ear.post("/setup", {**FORM, "password": PASSWORD, "api_key": OTHER_KEY + "X"}, {"Accept": "text/html"})
    visit(SET_UP_PATHS)
    ear.post("/setup", {**FORM, "password": OTHER_PASSWORD, "api_key": OTHER_KEY})
    assert device.wait_for(lambda: open_verdict(device), 60)["state"] == "failed"
    visit(SET_UP_PATHS)
    device.world(networks=[home])
    ear.post("/setup", {**FORM, "password": PASSWORD})
    assert device.wait_for(lambda: open_verdict(device), 60)["state"] == "done"
    visit(SET_UP_PATHS)

    # station mode: before the log-in, a wrong one, and all that lies behind it
    device.wait_for(lambda: device.readings(), 60)
    secrets.append(device_password)
    visit(STATION_PATHS)
    ear.post("/login", {"password": OTHER_PASSWORD})
    logged_in = device.wait_for(lambda: _log_in(device, device_password), 10)
    token = logged_in["Cookie"].partition("=")[2]
    visit(STATION_PATHS, logged_in)
    ear.post("/settings", {"api_key": OTHER_KEY + "X", "password": OTHER_PASSWORD}, logged_in)
    exported = ear.post("/settings/download", {}, logged_in)
    assert exported.status == 200 and "Home" in exported.text
    ear.post("/settings/restore", {"text": json.dumps({**json.loads(exported.body), "api_key": OTHER_KEY})}, logged_in)
    visit(STATION_PATHS, logged_in)

    for path, content in ear.heard:
        assert_silent("the answer to " + path, content, secrets + [token])
    console = device.serial_bytes()
    assert device_password.encode() in console, "the label is printed on the console"
    assert_silent("the serial console", console, secrets[:4] + [token])
    for request in device.requests():
        assert_silent("a URL", json.dumps(request.get("path", "")).encode(), secrets + [token])
    device.stop()
    image = device.image()
    assert any(KEY.encode() in (image.read(name) or b"") for name in HOLDERS), "the canary was planted"
    for name in image.names():
        if name not in HOLDERS:
            assert_silent(name, image.read(name) or b"", secrets + [token])


def test_secrets_leave_only_when_they_are_asked_for(new_device):
    device = new_device()
    device.set_up()
    password = json.loads(device.image().read("/state.json"))["hotspot_password"]
    assert device.post("/settings/download", {"secrets": "yes"}).status == 401
    logged_in = _log_in(device, password)
    whole = device.post("/settings/download", {"secrets": "yes"}, headers=logged_in).json()
    assert whole["api_key"] == KEY and whole["password"] == FORM["password"]


def _log_in(device, password):
    """The header that belongs to a fresh session, or None while the device makes us wait."""
    reply = device.post("/login", {"password": password})
    if reply.status != 303:
        return None
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    return {"Cookie": cookie.partition(";")[0]}
