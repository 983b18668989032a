from core.access import Access, host_allowed

LONGEST_DELAY_S, PEERS, SESSION_IDLE_S, SESSIONS = 60, 8, 86400, 4

NAMES = "Dewlog-A1B2C3", "192.168.1.57", None
PASSWORD = "kiwi-4711"
OWNER = "192.168.1.20"


class Dice:
    """Random bytes that are different each time and known."""

    def __init__(self):
        self.thrown = 0

    def __call__(self, count):
        self.thrown += 1
        return bytes([self.thrown] * count)


def access(hotspot="192.168.4.1", **options):
    return Access(lambda: ("dewlog-a1b2c3", "192.168.1.57", hotspot), PASSWORD, Dice(), **options)


def stranger(number):
    return "192.168.1.%d" % (100 + number)


def knows(who, token, now):
    """Whether the token opens what is closed without one."""
    return who.may_change("home", True, token, now)


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


def test_the_door_is_told_by_the_peers_address():
    for peer, hotspot, door in (
        ("192.168.4.2", "192.168.4.1", "hotspot"),
        ("192.168.4.254", "192.168.4.1", "hotspot"),
        ("192.168.4.2", None, "home"),
        ("192.168.1.20", "192.168.4.1", "home"),
        ("192.168.40.2", "192.168.4.1", "home"),
        ("10.0.0.1", "192.168.4.1", "home"),
    ):
        assert access(hotspot).door(peer) == door, (peer, hotspot)


def test_who_may_change_without_a_log_in():
    for door, has_settings, open_hotspot, allowed in (
        ("hotspot", False, False, True),
        ("hotspot", False, True, True),
        ("hotspot", True, False, True),
        ("hotspot", True, True, False),
        ("home", False, False, False),
        ("home", False, True, False),
        ("home", True, False, False),
        ("home", True, True, False),
    ):
        who = access(open_hotspot=open_hotspot)
        assert who.may_change(door, has_settings, None, 0) == allowed, (door, has_settings, open_hotspot)
        token, _ = who.log_in(OWNER, PASSWORD, 0)
        assert who.may_change(door, has_settings, token, 1)


def test_the_right_password_opens_a_session():
    who = access()
    token, wait_s = who.log_in(OWNER, PASSWORD, 100)
    assert len(token) == 32 and wait_s == 0
    assert knows(who, token, 101)
    for other in (None, "", "0" * 32, token[:-1], token + "0", "é"):
        assert not knows(who, other, 101)


def test_other_passwords_are_wrong():
    for password in ("", "wrong", PASSWORD[:-1], PASSWORD + "1", "kiwi-471é"):
        assert access().log_in(OWNER, password, 0) == (None, 0), password


def test_wrong_passwords_wait_longer_each_time():
    who = access()
    now = 100
    waits = []
    for _ in range(8):
        assert who.log_in(OWNER, "wrong", now) == (None, 0)
        token, wait_s = who.log_in(OWNER, PASSWORD, now)
        assert token is None
        waits.append(wait_s)
        now += wait_s
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_DELAY_S, LONGEST_DELAY_S]


def test_nobody_is_let_in_while_waiting_and_trying_does_not_prolong_it():
    who = access()
    who.log_in(OWNER, "wrong", 100)
    who.log_in(OWNER, "wrong", 101)
    assert [who.log_in(OWNER, password, 102) for password in (PASSWORD, "wrong")] == [(None, 1)] * 2
    assert who.log_in(OWNER, PASSWORD, 103)[0]
    assert who.log_in(OWNER, "wrong", 104) == (None, 0) and who.log_in(OWNER, PASSWORD, 104) == (None, 1), "they start again"


def test_who_guesses_makes_only_himself_wait():
    who = access()
    now = 0
    for _ in range(20):
        now += who.log_in(stranger(1), "wrong", now)[1]
    who.log_in(stranger(1), "wrong", now)
    assert who.log_in(stranger(1), PASSWORD, now)[0] is None
    assert who.log_in(OWNER, PASSWORD, now)[0]


def test_only_so_many_addresses_are_remembered():
    who = access()
    for number in range(2 * PEERS):
        assert who.log_in(stranger(number), "wrong", 0) == (None, 0)
    waiting = [who.log_in(stranger(number), PASSWORD, 0) == (None, 1) for number in range(PEERS, 2 * PEERS)]
    assert all(waiting) and who.log_in(stranger(0), PASSWORD, 0)[0]


def test_sessions_end():
    who = access()
    token, _ = who.log_in(OWNER, PASSWORD, 0)
    assert knows(who, token, SESSION_IDLE_S)
    assert knows(who, token, 2 * SESSION_IDLE_S), "used within a day it goes on"
    assert not knows(who, token, 3 * SESSION_IDLE_S + 1)
    token, _ = who.log_in(OWNER, PASSWORD, 0)
    for other in (None, "", "never seen"):
        who.log_out(other)
    assert knows(who, token, 0)
    who.log_out(token)
    assert not knows(who, token, 0)


def test_only_so_many_sessions_are_open():
    who = access()
    tokens = [who.log_in(OWNER, PASSWORD, 0)[0] for _ in range(SESSIONS + 1)]
    assert len(set(tokens)) == SESSIONS + 1
    assert not knows(who, tokens[0], 1)
    assert all(knows(who, token, 1) for token in tokens[1:])
