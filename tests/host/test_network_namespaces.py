"""A phone and the device as two hosts of a network: real addresses, ports 53 and 80, and the page that opens by itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import browser
import pytest
import system_programs
from virtual_device import VirtualDevice

DEVICE_ADDRESS, PHONE_ADDRESS = "192.168.4.1", "192.168.4.2"
PATIENCE_S = 120
PROBE = "http://connectivitycheck.gstatic.com/generate_204"


class Hotspot:
    """Two network namespaces, joined by a cable in place of the air; `device` and `phone` are their names."""

    def __init__(self):
        self.device, self.phone = "dewlog-device-%d" % os.getpid(), "dewlog-phone-%d" % os.getpid()
        self._resolver = Path("/etc/netns") / self.phone

    def __enter__(self):
        for name in (self.device, self.phone):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("link", "add", "air0", "netns", self.device, "type", "veth", "peer", "name", "air0", "netns", self.phone)
        for name, address in ((self.device, DEVICE_ADDRESS), (self.phone, PHONE_ADDRESS)):
            ip("-n", name, "address", "add", address + "/24", "dev", "air0")
            ip("-n", name, "link", "set", "air0", "up")
        ip("-n", self.phone, "route", "add", "default", "via", DEVICE_ADDRESS)
        self._resolver.mkdir(parents=True)
        (self._resolver / "resolv.conf").write_text("nameserver %s\n" % DEVICE_ADDRESS)
        return self

    def __exit__(self, *_):
        for name in (self.device, self.phone):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
        shutil.rmtree(self._resolver, ignore_errors=True)

    def on_phone(self, *command):
        """Run a command on the phone. Returns its output."""
        return subprocess.run(inside(self.phone) + list(command), capture_output=True, text=True, timeout=120, check=True).stdout

    def browser_of_phone(self, folder):
        """Path of a program that starts Chromium on the phone."""
        path = folder / "chromium-on-phone"
        path.write_text('#!/bin/sh\nexec ip netns exec %s %s "$@"\n' % (self.phone, browser.ensure()))
        path.chmod(0o755)
        return path


def ip(*words):
    subprocess.run(["ip", *words], capture_output=True, text=True, check=True)


def inside(namespace):
    return ["ip", "netns", "exec", namespace]


def missing():
    """Why there can be no namespaces here, or None."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need Linux and root"
    if system_programs.missing("ip"):
        return system_programs.missing("ip")
    if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode:
        return "this container may not make network namespaces"
    return None


@pytest.fixture
def hotspot():
    reason = missing()
    if reason and system_programs.in_ci():
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with Hotspot() as made:
        yield made


@pytest.fixture
def device(hotspot, tmp_path):
    running = VirtualDevice(tmp_path / "device", inside=inside(hotspot.device), host=DEVICE_ADDRESS, port=80, dns_port=53)
    with running:
        running.wait_for("open http://%s/" % DEVICE_ADDRESS)
        yield running


def test_every_name_is_the_device_for_the_phone(hotspot, device):
    ask = "import socket; print(socket.gethostbyname('www.example.com'), socket.gethostbyname('connectivitycheck.gstatic.com'))"
    assert hotspot.on_phone(sys.executable, "-c", ask).split() == [DEVICE_ADDRESS, DEVICE_ADDRESS]


def test_the_page_appears_by_itself(hotspot, device, tmp_path):
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        options = {"executable_path": str(hotspot.browser_of_phone(tmp_path)), "args": ["--no-sandbox"]}
        chromium = playwright.chromium.launch(**options)
        try:
            page = chromium.new_page(viewport={"width": 390, "height": 844})
            page.goto(PROBE)
            expect(page).to_have_url("http://%s/" % DEVICE_ADDRESS, timeout=PATIENCE_S * 1000)  # who comes too early is asked to come again
            expect(page.get_by_role("heading", level=1)).to_contain_text("Dewlog")
            expect(page.get_by_role("radio", name="Home")).to_be_visible()
        finally:
            chromium.close()
