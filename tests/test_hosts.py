from core.hosts import host_allowed, origin_allowed, own_names

NAMES = own_names("Dewlog-A1B2C3", "192.168.1.57", None)


def test_own_names_in_the_host_header():
    for host in (
        "192.168.1.57", "192.168.1.57:8080", "dewlog-a1b2c3.local", "DEWLOG-a1b2c3.LOCAL:80", "dewlog-a1b2c3", "dewlog-a1b2c3.local.",
        "dewlog-a1b2c3.fritz.box", "dewlog-a1b2c3.localdomain", "dewlog-a1b2c3.home", "dewlog-a1b2c3.internal:80",
        "dewlog-a1b2c3.attlocal.net",
        "dewlog-a1b2c3.speedport.ip", "dewlog-a1b2c3.our.house.lan", "localhost:8080", "127.0.0.1:9",
    ):  # fmt: skip
        assert host_allowed(host, NAMES), host


def test_foreign_names_in_the_host_header():
    for host in (
        "", "evil.example", "192.168.1.58", "192.168.1.57.evil.example", "dewlog-a1b2c3.local.evil.example", "xdewlog-a1b2c3.local",
        "dewlog-a1b2c3.example", "dewlog-a1b2c3.box", "dewlog-a1b2c3.net", "other.lan", "lan",
        "192.168.1.57:80:80", "192.168.1.57:", "192.168.1.57:a", "evil.example:192.168.1.57", "[::1]", "None", ".", "192.168.1.57 ",
    ):  # fmt: skip
        assert not host_allowed(host, NAMES), host


def test_origins():
    for origin, host, allowed in (
        (None, "192.168.1.57", True),
        ("http://192.168.1.57", "192.168.1.57", True),
        ("http://192.168.1.57:8080", "192.168.1.57:8080", True),
        ("http://Dewlog-A1B2C3.local", "dewlog-a1b2c3.local", True),
        ("http://192.168.1.57:81", "192.168.1.57:8080", False),
        ("http://192.168.1.57", "dewlog-a1b2c3.local", False),
        ("https://192.168.1.57", "192.168.1.57", False),
        ("http://evil.example", "192.168.1.57", False),
        ("http://evil.example", "evil.example", False),
        ("null", "192.168.1.57", False),
        ("", "192.168.1.57", False),
    ):
        assert origin_allowed(origin, host, NAMES) == allowed, (origin, host)
