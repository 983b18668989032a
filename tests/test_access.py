from core.access import Access, same_text

LONGEST_DELAY_S, PEERS, SESSION_IDLE_S, SESSIONS, WINDOW_S, WRONG_A_WINDOW = 60, 8, 86400, 4, 10, 20

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
        who.has_settings = has_settings
        assert who.may_change(door, None, 0) == allowed, (door, has_settings, open_hotspot)
        token, _ = who.log_in(OWNER, PASSWORD, 0)
        assert who.may_change(door, token, 1)


def test_the_right_password_opens_a_session():
    who = access()
    token, wait_s = who.log_in(OWNER, PASSWORD, 100)
    assert len(token) == 32 and wait_s == 0
    assert who.logged_in(token, 101)
    for other in (None, "", "0" * 32, token[:-1], token + "0"):
        assert not who.logged_in(other, 101)


def test_wrong_passwords_wait_longer_each_time():
    who = access()
    now = 100
    waits = []
    for _ in range(8):
        token, wait_s = who.log_in(OWNER, "wrong", now)
        assert token is None
        waits.append(wait_s)
        now += wait_s
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_DELAY_S, LONGEST_DELAY_S]


def test_nobody_is_let_in_while_waiting_and_trying_does_not_prolong_it():
    who = access()
    who.log_in(OWNER, "wrong", 100)
    who.log_in(OWNER, "wrong", 101)
    assert [who.wait_s(OWNER, now) for now in (101, 102, 103)] == [2, 1, 0] and who.wait_s(stranger(1), 102) == 0
    assert who.log_in(OWNER, PASSWORD, 102) == (None, 1)
    assert who.log_in(OWNER, "wrong", 102) == (None, 1)
    assert who.log_in(OWNER, PASSWORD, 103)[0]
    assert who.log_in(OWNER, "wrong", 104) == (None, 1), "a success starts the delays again"


def test_who_guesses_makes_only_himself_wait():
    who = access()
    now = 0
    for _ in range(20):
        now += who.log_in(stranger(1), "wrong", now)[1]
    who.log_in(stranger(1), "wrong", now)
    assert who.log_in(OWNER, PASSWORD, now)[0]


def test_guessing_from_many_addresses_is_slowed_down_and_locks_nobody_out():
    who = access()
    who.log_in(OWNER, PASSWORD, 0)
    for number in range(WRONG_A_WINDOW):
        assert who.log_in(stranger(number), "wrong", 100) == (None, 1)
    assert who.log_in(stranger(99), PASSWORD, 103) == (None, WINDOW_S - 3)
    assert who.log_in(OWNER, PASSWORD, 103)[0], "an address that is logged in does not wait for strangers"
    assert who.log_in(stranger(99), PASSWORD, 100 + WINDOW_S)[0], "nobody waits longer for the mistakes of others"


def test_wrong_passwords_in_all_are_bounded():
    who = access()
    looked_at = 0
    for tenth in range(1000):  # 100 s
        before = who._wrong
        who.log_in(stranger(tenth % 100), "wrong", tenth // 10)
        looked_at += who._wrong != before
    assert looked_at <= 100 // WINDOW_S * (WRONG_A_WINDOW + 1)


def test_only_so_many_addresses_are_remembered():
    who = access()
    for number in range(2 * PEERS):
        assert who.log_in(stranger(number), "wrong", 0) == (None, 1)
    assert len(who._peers) == PEERS
    assert who.log_in(stranger(2 * PEERS - 1), PASSWORD, 0) == (None, 1)


def test_an_empty_password_is_wrong():
    assert access().log_in(OWNER, "", 0)[0] is None


def test_sessions_end():
    who = access()
    token, _ = who.log_in(OWNER, PASSWORD, 0)
    assert who.logged_in(token, SESSION_IDLE_S)
    assert who.logged_in(token, 2 * SESSION_IDLE_S), "used within a day it goes on"
    assert not who.logged_in(token, 3 * SESSION_IDLE_S + 1)
    assert not who.logged_in(token, 0)
    token, _ = who.log_in(OWNER, PASSWORD, 0)
    who.log_out(token)
    assert not who.logged_in(token, 0)
    who.log_out("never seen")


def test_only_so_many_sessions_are_open():
    who = access()
    tokens = [who.log_in(OWNER, PASSWORD, 0)[0] for _ in range(SESSIONS + 1)]
    assert len(set(tokens)) == SESSIONS + 1
    assert not who.logged_in(tokens[0], 1)
    assert all(who.logged_in(token, 1) for token in tokens[1:])


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
