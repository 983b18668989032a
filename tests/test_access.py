from core.access import LONGEST_DELAY_S, SESSION_IDLE_S, SESSIONS, Access, own_names, same_text


class Dice:
    """Random bytes that are different each time and known."""

    def __init__(self):
        self.thrown = 0

    def __call__(self, count):
        self.thrown += 1
        return bytes([self.thrown] * count)


def access(password="kiwi-4711"):
    return Access(lambda: own_names("Dewlog-A1B2C3", "192.168.1.57", None), password, Dice())


def test_own_names_in_the_host_header():
    for host in (
        "192.168.1.57", "192.168.1.57:8080", "dewlog-a1b2c3.local", "DEWLOG-a1b2c3.LOCAL:80", "dewlog-a1b2c3", "dewlog-a1b2c3.local.",
        "dewlog-a1b2c3.fritz.box", "localhost:8080", "127.0.0.1:9",
    ):  # fmt: skip
        assert access().host_allowed(host), host


def test_foreign_names_in_the_host_header():
    for host in (
        "", "evil.example", "192.168.1.58", "192.168.1.57.evil.example", "dewlog-a1b2c3.local.evil.example", "xdewlog-a1b2c3.local",
        "192.168.1.57:80:80", "192.168.1.57:", "192.168.1.57:a", "evil.example:192.168.1.57", "[::1]", "None", ".", "192.168.1.57 ",
    ):  # fmt: skip
        assert not access().host_allowed(host), host


def test_the_names_are_asked_for_each_time():
    names = ["10.0.0.1"]
    moving = Access(lambda: names, "", Dice())
    assert moving.host_allowed("10.0.0.1")
    names[0] = "10.0.0.2"
    assert not moving.host_allowed("10.0.0.1")


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
        assert access().origin_allowed(origin, host) == allowed, (origin, host)


def test_the_right_password_opens_a_session():
    door = access()
    token, wait_s = door.log_in("kiwi-4711", 100)
    assert len(token) == 32 and wait_s == 0
    assert door.logged_in(token, 101)
    for other in (None, "", "0" * 32, token[:-1], token + "0"):
        assert not door.logged_in(other, 101)


def test_wrong_passwords_wait_longer_each_time():
    door = access()
    now = 100
    waits = []
    for _ in range(8):
        token, wait_s = door.log_in("wrong", now)
        assert token is None
        waits.append(wait_s)
        now += wait_s
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_DELAY_S, LONGEST_DELAY_S]


def test_nobody_is_let_in_while_waiting_and_trying_does_not_prolong_it():
    door = access()
    door.log_in("wrong", 100)
    door.log_in("wrong", 101)
    assert door.log_in("kiwi-4711", 102) == (None, 1)
    assert door.log_in("wrong", 102) == (None, 1)
    token, _ = door.log_in("kiwi-4711", 103)
    assert token
    assert door.log_in("wrong", 104) == (None, 1), "a success starts the delays again"


def test_an_empty_password_is_wrong():
    assert access().log_in("", 0)[0] is None


def test_sessions_end():
    door = access()
    token, _ = door.log_in("kiwi-4711", 0)
    assert door.logged_in(token, SESSION_IDLE_S)
    assert door.logged_in(token, 2 * SESSION_IDLE_S), "used within a day it goes on"
    assert not door.logged_in(token, 3 * SESSION_IDLE_S + 1)
    assert not door.logged_in(token, 0)
    token, _ = door.log_in("kiwi-4711", 0)
    door.log_out(token)
    assert not door.logged_in(token, 0)
    door.log_out("never seen")


def test_only_so_many_sessions_are_open():
    door = access()
    tokens = [door.log_in("kiwi-4711", 0)[0] for _ in range(SESSIONS + 1)]
    assert len(set(tokens)) == SESSIONS + 1
    assert not door.logged_in(tokens[0], 1)
    assert all(door.logged_in(token, 1) for token in tokens[1:])


def test_texts_are_compared_to_their_end():
    for left, right, equal in (
        ("", "", True),
        ("a", "a", True),
        ("é", "é", True),
        ("a", "b", False),
        ("ab", "a", False),
        ("a", "ab", False),
    ):
        assert same_text(left, right) == equal, (left, right)
