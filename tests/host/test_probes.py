"""Captive portal probes as phones and computers send them, header for header: each opens the page, also when all come at once."""

import concurrent.futures
import socket

import pytest
from virtual_device import VirtualDevice

ANDROID_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/60.0.3112.32 Safari/537.36"
PHONE_AGENT = "Dalvik/2.1.0 (Linux; U; Android 15; Pixel 8 Build/AP4A.250105.002)"
KEEP_ALIVE = "Connection: Keep-Alive"

SEQUENCES = {
    "Android": (
        ("connectivitycheck.gstatic.com", "/generate_204", ("User-Agent: " + ANDROID_AGENT, KEEP_ALIVE, "Accept-Encoding: gzip")),
        ("www.google.com", "/gen_204", ("User-Agent: " + ANDROID_AGENT, KEEP_ALIVE, "Accept-Encoding: gzip")),
        ("play.googleapis.com", "/generate_204", ("User-Agent: " + PHONE_AGENT, KEEP_ALIVE, "Accept-Encoding: gzip")),
    ),
    "Samsung": (("connectivitycheck.gstatic.com", "/generate_204", ("User-Agent: " + PHONE_AGENT, KEEP_ALIVE, "Accept-Encoding: gzip")),),
    "iOS": (
        ("captive.apple.com", "/hotspot-detect.html", ("Connection: close", "User-Agent: CaptiveNetworkSupport-481.0.1 wispr")),
        (
            "captive.apple.com",
            "/hotspot-detect.html",
            (
                "Upgrade-Insecure-Requests: 1",
                "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
                "Accept-Language: en-GB,en;q=0.9",
                "Accept-Encoding: gzip, deflate",
                "Connection: keep-alive",
            ),
        ),
        ("www.apple.com", "/library/test/success.html", ("Connection: close", "User-Agent: CaptiveNetworkSupport-481.0.1 wispr")),
    ),
    "macOS": (
        ("captive.apple.com", "/hotspot-detect.html", ("Connection: close", "User-Agent: CaptiveNetworkSupport-496.0.1 wispr")),
        ("captive.apple.com", "/Zq3rT5k/9XbPw/mL2sd.html", ("Connection: close", "User-Agent: CaptiveNetworkSupport/1.0 wispr")),
    ),
    "Windows": (
        (
            "www.msftconnecttest.com",
            "/connecttest.txt",
            ("Connection: Close", "User-Agent: Microsoft NCSI", "Cache-Control: no-cache", "Pragma: no-cache"),
        ),
        ("www.msftncsi.com", "/ncsi.txt", ("Connection: Close", "User-Agent: Microsoft NCSI")),
        (
            "www.msftconnecttest.com",
            "/redirect",
            (
                "Connection: keep-alive",
                "Upgrade-Insecure-Requests: 1",
                "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
                "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
                "Accept-Encoding: gzip, deflate",
                "Accept-Language: de-DE,de;q=0.9,en;q=0.8",
            ),
        ),
    ),
    "Firefox": (
        (
            "detectportal.firefox.com",
            "/canonical.html",
            (
                "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
                "Accept: */*",
                "Accept-Language: en-US,en;q=0.5",
                "Accept-Encoding: gzip, deflate",
                "Cache-Control: no-cache",
                "Pragma: no-cache",
                "Connection: keep-alive",
            ),
        ),
        ("detectportal.firefox.com", "/success.txt?ipv4", ("Accept: */*", "Connection: keep-alive")),
    ),
    "NetworkManager": (
        ("nmcheck.gnome.org", "/check_network_status.txt", ("Connection: close", "Accept: */*")),
        ("connectivity-check.ubuntu.com", "/", ("Accept: */*", "Connection: close")),
        ("network-test.debian.org", "/nm", ("Accept: */*", "Connection: close")),
        ("fedoraproject.org", "/static/hotspot.txt", ("Accept: */*", "Connection: close")),
        ("ping.archlinux.org", "/nm-check.txt", ("Accept: */*", "Connection: close")),
    ),
    "Kindle": (
        (
            "spectrum.s3.amazonaws.com",
            "/kindle-wifi/wifistub.html",
            ("User-Agent: Mozilla/5.0 (X11; U; Linux armv7l like Android; en-us) AppleWebKit/531.2+ Kindle/3.0+",),
        ),
    ),
}
NOISE = (
    ("wpad.home", "/wpad.dat"),
    ("wpad", "/wpad.dat"),
    ("autodiscover.example.com", "/autodiscover/autodiscover.xml"),
    ("ctldl.windowsupdate.com", "/msdownload/update/v3/static/trustedr/en/disallowedcertstl.cab?0b5c2f8c"),
    ("update.googleapis.com", "/service/update2/json"),
    ("ocsp.digicert.com", "/MFEwTzBNMEswSTAJBgUrDgMCGgUABBQ50otx"),
    ("mesu.apple.com", "/assets/com_apple_MobileAsset_SoftwareUpdate/com_apple_MobileAsset_SoftwareUpdate.xml"),
)
PROBES = [(name, *probe) for name, sequence in SEQUENCES.items() for probe in sequence]


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """(host, port) of a device out of the box, as a phone on its hotspot reaches it."""
    with VirtualDevice(tmp_path_factory.mktemp("portal")) as device:
        device.wait_for(device.via_hotspot().takes_set_up)
        yield device.host, device.hotspot_port


def ask(portal, host, path, headers=(), method="GET"):
    """(status, {header: value}, body) over a connection of its own, which the device has to close."""
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + host, *headers, "", ""]
    with socket.create_connection(portal, timeout=60) as connection:
        connection.sendall("\r\n".join(lines).encode())
        reply = b""
        while piece := connection.recv(4096):
            reply += piece
    head, _, body = reply.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    return int(status.split()[1]), {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}, body


def assert_opens_the_page(portal, answer):
    status, headers, body = answer
    assert status == 302
    assert headers["location"] == "http://%s:%d/" % portal
    assert headers["cache-control"] == "no-store"
    assert 4 < len(body) < 400, "a short body: iOS and Android take none for a failure"
    assert len(str(headers)) < 1200


@pytest.mark.parametrize("client, host, path, headers", PROBES, ids=["%s %s%s" % probe[:3] for probe in PROBES])
def test_a_probe_is_led_to_the_page(portal, client, host, path, headers):
    assert_opens_the_page(portal, ask(portal, host, path, headers))


def test_the_page_is_where_the_probe_is_led_to(portal):
    status, headers, body = ask(portal, "%s:%d" % portal, "/", ("Accept: text/html",))
    assert status == 200 and headers["content-type"].startswith("text/html") and b"<form" in body


@pytest.mark.parametrize("host, path", NOISE)
def test_background_noise_costs_little(portal, host, path):
    status, _, body = ask(portal, host, path)
    assert status == 404 and len(body) < 40


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "PUT"])
def test_other_methods_are_led_to_the_page_as_well(portal, method):
    status, headers, _ = ask(portal, "connectivitycheck.gstatic.com", "/generate_204", ("Content-Length: 0",), method)
    assert status == 302 and headers["location"] == "http://%s:%d/" % portal


def test_a_host_in_any_spelling_is_recognised(portal):
    for host in ("127.0.0.1", "LOCALHOST", "localhost:%d" % portal[1], "127.0.0.1:%d" % portal[1]):
        assert ask(portal, host, "/")[0] == 200, host
    for host in ("127.0.0.1.example.com", "127.0.0.2", "notlocalhost", "%s:%d@evil" % portal):
        assert ask(portal, host, "/")[0] == 302, host


def test_seven_systems_at_once_are_all_served(portal):
    def walk(sequence):
        return [ask(portal, host, path, headers) for host, path, headers in sequence]

    with concurrent.futures.ThreadPoolExecutor(len(SEQUENCES)) as phones:
        for answers in phones.map(walk, SEQUENCES.values()):
            for answer in answers:
                assert_opens_the_page(portal, answer)
