from core.access import Access
from core.login import LONGEST_DELAY_S, PEERS, SESSION_IDLE_S, SESSIONS, log_in, log_out, logged_in, same_text

OWNER, STRANGER = "192.168.1.20", "192.168.1.66"


class Dice:
    """Random bytes that are different each time and known."""

    def __init__(self):
        self.thrown = 0

    def __call__(self, count):
        self.thrown += 1
        return bytes([self.thrown] * count)


def access():
    return Access(list, "kiwi-4711", Dice())


def test_the_right_password_opens_a_session():
    door = access()
    token, wait_s, was_looked_at = log_in(door, OWNER, "kiwi-4711", 100)
    assert len(token) == 32 and wait_s == 0 and was_looked_at
    assert logged_in(door, token, 101)
    for other in (None, "", "0" * 32, token[:-1], token + "0"):
        assert not logged_in(door, other, 101)


def test_wrong_passwords_wait_longer_each_time():
    door = access()
    now = 100
    waits = []
    for _ in range(8):
        token, wait_s, _ = log_in(door, OWNER, "wrong", now)
        assert token is None
        waits.append(wait_s)
        now += wait_s
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_DELAY_S, LONGEST_DELAY_S]


def test_nobody_is_let_in_while_waiting_and_trying_does_not_prolong_it():
    door = access()
    log_in(door, OWNER, "wrong", 100)
    log_in(door, OWNER, "wrong", 101)
    assert log_in(door, OWNER, "kiwi-4711", 102) == (None, 1, False)
    assert log_in(door, OWNER, "wrong", 102) == (None, 1, False)
    assert log_in(door, OWNER, "kiwi-4711", 103)[0]
    assert log_in(door, OWNER, "wrong", 104) == (None, 1, True), "a success starts the delays again"


def test_a_stranger_who_tries_does_not_keep_the_owner_out():
    door = access()
    now = 100
    for _ in range(8):
        now += log_in(door, STRANGER, "wrong", now)[1]
    log_in(door, STRANGER, "wrong", now)
    assert log_in(door, STRANGER, "kiwi-4711", now)[0] is None
    assert log_in(door, OWNER, "kiwi-4711", now)[0]


def test_only_so_many_addresses_are_remembered():
    door = access()
    for number in range(2 * PEERS):
        assert log_in(door, "192.168.1.%d" % number, "wrong", 0) == (None, 1, True)
    assert len(door.wrong) == PEERS and log_in(door, "192.168.1.%d" % (2 * PEERS - 1), "kiwi-4711", 0)[0] is None


def test_an_empty_password_is_wrong():
    assert log_in(access(), OWNER, "", 0)[0] is None


def test_sessions_end():
    door = access()
    token = log_in(door, OWNER, "kiwi-4711", 0)[0]
    assert logged_in(door, token, SESSION_IDLE_S)
    assert logged_in(door, token, 2 * SESSION_IDLE_S), "used within a day it goes on"
    assert not logged_in(door, token, 3 * SESSION_IDLE_S + 1)
    assert not logged_in(door, token, 0)
    token = log_in(door, OWNER, "kiwi-4711", 0)[0]
    log_out(door, token)
    assert not logged_in(door, token, 0)
    log_out(door, "never seen")


def test_only_so_many_sessions_are_open():
    door = access()
    tokens = [log_in(door, OWNER, "kiwi-4711", 0)[0] for _ in range(SESSIONS + 1)]
    assert len(set(tokens)) == SESSIONS + 1
    assert not logged_in(door, tokens[0], 1)
    assert all(logged_in(door, token, 1) for token in tokens[1:])


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
