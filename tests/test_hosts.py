from core.hosts import host_allowed, is_noise

NAMES = "Dewlog-A1B2C3", "192.168.1.57", None


def test_own_names_in_the_host_header():
    for host in (
        "192.168.1.57", "192.168.1.57:8080", "192.168.1.57.", "dewlog-a1b2c3", "dewlog-a1b2c3.", "localhost:8080", "127.0.0.1:9",
        "dewlog-a1b2c3.local", "DEWLOG-a1b2c3.LOCAL:80", "dewlog-a1b2c3.local.", "dewlog-a1b2c3.lan", "dewlog-a1b2c3.home",
        "dewlog-a1b2c3.localdomain", "dewlog-a1b2c3.internal", "dewlog-a1b2c3.hitronhub.home", "dewlog-a1b2c3.speedport.ip",
        "dewlog-a1b2c3.fritz.box", "dewlog-a1b2c3.attlocal.net:80", "dewlog-a1b2c3.home.arpa",
    ):  # fmt: skip
        assert host_allowed(host, *NAMES), host


def test_foreign_names_in_the_host_header():
    for host in (
        "", "evil.example", "192.168.1.58", "192.168.1.57.evil.example", "dewlog-a1b2c3.local.evil.example", "xdewlog-a1b2c3.local",
        "192.168.1.57:80:80", "192.168.1.57:", "192.168.1.57:a", "evil.example:192.168.1.57", "[::1]", "None", ".", "192.168.1.57 ",
        "dewlog-a1b2c3.com", "dewlog-a1b2c3.evil.com", "dewlog-a1b2c3.box", "dewlog-a1b2c3.x.fritz.box", "dewlog-a1b2c3.net", "local",
        "dewlog.local", "a.dewlog-a1b2c3.local", "captive.apple.com",
    ):  # fmt: skip
        assert not host_allowed(host, *NAMES), host


def test_both_addresses_are_ours_while_they_are_there():
    for addresses in (("192.168.1.57", "192.168.4.1"), (None, "192.168.4.1")):
        assert host_allowed("192.168.4.1", "dewlog", *addresses)
    assert not host_allowed("192.168.4.1", "dewlog", "192.168.1.57", None)


def test_what_no_person_waits_for_is_noise():
    for host, path in (
        ("wpad.lan", "/wpad.dat"),
        ("autodiscover.example.com", "/autodiscover/autodiscover.xml"),
        ("ctldl.windowsupdate.com", "/msdownload/update/v3/static/trustedr/en/disallowedcertstl.cab"),
        ("OCSP.digicert.com", "/"),
        ("redirector.gvt1.com", "/edgedl/"),
        ("example.com", "/favicon.ico"),
    ):
        assert is_noise(host + path), host


def test_the_probes_of_phones_and_the_pages_of_persons_are_not():
    for host, path in (
        ("connectivitycheck.gstatic.com", "/generate_204"),
        ("www.google.com", "/gen_204"),
        ("captive.apple.com", "/hotspot-detect.html"),
        ("www.apple.com", "/library/test/success.html"),
        ("www.msftconnecttest.com", "/connecttest.txt"),
        ("www.msftncsi.com", "/ncsi.txt"),
        ("www.msftconnecttest.com", "/redirect"),
        ("detectportal.firefox.com", "/canonical.html"),
        ("nmcheck.gnome.org", "/check_network_status.txt"),
        ("connectivity-check.ubuntu.com", "/"),
        ("network-test.debian.org", "/nm"),
        ("fedoraproject.org", "/static/hotspot.txt"),
        ("spectrum.s3.amazonaws.com", "/kindle-wifi/wifistub.html"),
        ("example.com", "/"),
        ("", "/"),
    ):
        assert not is_noise(host + path), host
