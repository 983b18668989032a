"""Who is let in: by which name, through which door, with which password."""

from fake_device import PASSWORD, UPTIME_S, Device, attend, request_of
from portal.site import door, host_allowed, is_known
from visitor import Answer, Visitor

LONGEST_DELAY_S, PEERS, SESSION_IDLE_S, SESSIONS = 60, 8, 86400, 4

NAMES = "Dewlog-A1B2C3", "192.168.1.57", None
OWNER = "192.168.1.20"


class Dice:
    """Random bytes that are different each time and known."""

    def __init__(self):
        self.thrown = 0

    def __call__(self, count):
        self.thrown += 1
        return bytes([self.thrown] * count)


def guarded():
    device = Device()
    device.random_bytes = Dice()
    return device


def asked(device, path, peer, body="", token=None, method="POST"):
    """The Answer to a script at the address `peer`."""
    headers = {"Accept": "application/json"}
    if token is not None:
        headers["Cookie"] = "dewlog=" + token
    visitor = Visitor(request_of(method, path, body, headers), address=peer)
    attend(device, visitor)
    return Answer(visitor.received)


def log_in(device, peer, password, passed_s=0):
    """(token, 0) for the right password; (None, 0) for a wrong one; (None, seconds) when nothing is looked at for so long."""
    device.clock.up_s = UPTIME_S + passed_s
    answer = asked(device, "/login", peer, {"password": password})
    assert answer.status == (200 if "Set-Cookie" in answer.headers else 429 if "Retry-After" in answer.headers else 401)
    cookie = answer.headers.get("Set-Cookie")
    return cookie and cookie[7:].split(";")[0], int(answer.headers.get("Retry-After", 0))


def knows(device, token, passed_s, peer=OWNER):
    """Whether the token opens what is closed without one."""
    device.clock.up_s = UPTIME_S + passed_s
    return asked(device, "/api/settings", peer, None, token, "GET").status == 200


def stranger(number):
    return "192.168.1.%d" % (100 + number)


def test_own_names_in_the_host_header():
    for host in (
        "192.168.1.57", "192.168.1.57:8080", "192.168.1.57.", "dewlog-a1b2c3", "dewlog-a1b2c3.", "localhost:8080", "127.0.0.1:9",
        "dewlog-a1b2c3.local", "DEWLOG-a1b2c3.LOCAL:80", "dewlog-a1b2c3.local.", "dewlog-a1b2c3.lan", "dewlog-a1b2c3.home",
        "dewlog-a1b2c3.gateway", "dewlog-a1b2c3.openwrt",
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


def test_the_door_is_told_by_the_peers_address():
    for peer, hotspot, name in (
        ("192.168.4.2", "192.168.4.1", "hotspot"),
        ("192.168.4.254", "192.168.4.1", "hotspot"),
        ("192.168.4.2", None, "home"),
        ("192.168.1.20", "192.168.4.1", "home"),
        ("192.168.40.2", "192.168.4.1", "home"),
        ("10.0.0.1", "192.168.4.1", "home"),
    ):
        assert door(peer, hotspot) == name, (peer, hotspot)


def test_who_may_change_without_a_log_in():
    class Open:
        OPEN_HOTSPOT = True
        SENSOR_PINS = (23,)

    for peer, has_settings, is_open, allowed in (
        ("192.168.4.2", False, False, True),
        ("192.168.4.2", False, True, True),
        ("192.168.4.2", True, False, True),
        ("192.168.4.2", True, True, False),
        (OWNER, False, False, False),
        (OWNER, False, True, False),
        (OWNER, True, False, False),
        (OWNER, True, True, False),
    ):
        device = Device(settings=has_settings or None)
        if is_open:
            device.board = Open
        assert knows(device, None, 0, peer) == allowed, (peer, has_settings, is_open)
        token, _ = log_in(device, OWNER, PASSWORD)
        assert knows(device, token, 1, peer)


def test_the_right_password_opens_a_session():
    device = guarded()
    token, wait_s = log_in(device, OWNER, PASSWORD, 100)
    assert len(token) == 32 and wait_s == 0
    assert knows(device, token, 101)
    for other in (None, "", "0" * 32, token[:-1], token + "0"):
        assert not knows(device, other, 101), other
    assert not is_known("é", device.sessions, UPTIME_S)


def test_other_passwords_are_wrong():
    for password in ("", "wrong", PASSWORD[:-1], PASSWORD + "1", PASSWORD[:-1] + "é"):
        assert log_in(guarded(), OWNER, password) == (None, 0), password


def test_wrong_passwords_wait_longer_each_time():
    device = guarded()
    now = 100
    waits = []
    for _ in range(8):
        assert log_in(device, OWNER, "wrong", now) == (None, 0)
        token, wait_s = log_in(device, OWNER, PASSWORD, now)
        assert token is None
        waits.append(wait_s)
        now += wait_s
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_DELAY_S, LONGEST_DELAY_S]


def test_nobody_is_let_in_while_waiting_and_trying_does_not_prolong_it():
    device = guarded()
    log_in(device, OWNER, "wrong", 100)
    log_in(device, OWNER, "wrong", 101)
    assert [log_in(device, OWNER, password, 102) for password in (PASSWORD, "wrong")] == [(None, 1)] * 2
    assert log_in(device, OWNER, PASSWORD, 103)[0]
    assert log_in(device, OWNER, "wrong", 104) == (None, 0) and log_in(device, OWNER, PASSWORD, 104) == (None, 1), "they start again"


def test_who_guesses_makes_only_himself_wait():
    device = guarded()
    now = 0
    for _ in range(20):
        now += log_in(device, stranger(1), "wrong", now)[1]
    log_in(device, stranger(1), "wrong", now)
    assert log_in(device, stranger(1), PASSWORD, now)[0] is None
    assert log_in(device, OWNER, PASSWORD, now)[0]


def test_only_so_many_addresses_are_remembered():
    device = guarded()
    for number in range(2 * PEERS):
        assert log_in(device, stranger(number), "wrong") == (None, 0)
    waiting = [log_in(device, stranger(number), PASSWORD) == (None, 1) for number in range(PEERS, 2 * PEERS)]
    assert all(waiting) and log_in(device, stranger(0), PASSWORD)[0]


def test_sessions_end():
    device = guarded()
    token, _ = log_in(device, OWNER, PASSWORD)
    assert knows(device, token, SESSION_IDLE_S)
    assert knows(device, token, 2 * SESSION_IDLE_S), "used within a day it goes on"
    assert not knows(device, token, 3 * SESSION_IDLE_S + 1)
    token, _ = log_in(device, OWNER, PASSWORD)
    for other in (None, "", "never seen"):
        asked(device, "/logout", OWNER, token=other)
    assert knows(device, token, 0)
    asked(device, "/logout", OWNER, token=token)
    assert not knows(device, token, 0)


def test_only_so_many_sessions_are_open():
    device = guarded()
    tokens = [log_in(device, OWNER, PASSWORD)[0] for _ in range(SESSIONS + 1)]
    assert len(set(tokens)) == SESSIONS + 1
    assert not knows(device, tokens[0], 1)
    assert all(knows(device, token, 1) for token in tokens[1:])
