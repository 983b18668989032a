"""Logging in: wrong passwords wait longer and longer, right ones open a session. `now` is seconds of uptime."""

SESSIONS = 4
SESSION_IDLE_S = 24 * 3600
LONGEST_DELAY_S = 60
PEERS = 8
TOKEN_BYTES = 16


def same_text(left, right):
    """True when both texts are equal; takes equally long for every text as long as `right` (no early end to measure)."""
    left, right = left.encode(), right.encode()
    difference = len(left) ^ len(right)
    for index in range(len(right)):
        difference |= right[index] ^ (left[index] if index < len(left) else 0)
    return difference == 0


def log_in(access, peer, password, now):
    """(token, 0, True) for the right password, else (None, seconds to wait, whether it was looked at): 1, 2, 4 ... 60 s.

    They make only the address wait that they came from, `peer`: whoever tries does not keep the owner out. Of the addresses the last
    `PEERS` are remembered; a password of ten random characters is safe all the same.
    """
    entry = [peer, 0, 0]
    for one in access.wrong:
        if one[0] == peer:
            entry = one
    if entry[2] > now:
        return None, entry[2] - now, False
    access.wrong = [one for one in access.wrong if one is not entry][1 - PEERS :]
    if not same_text(password, access.password):
        wait_s = min(1 << min(entry[1], 6), LONGEST_DELAY_S)
        access.wrong.append([peer, entry[1] + 1, now + wait_s])
        return None, wait_s, True
    token = access.random_bytes(TOKEN_BYTES).hex()
    access.sessions.append([token, now])
    if len(access.sessions) > SESSIONS:
        access.sessions.pop(0)
    return token, 0, True


def logged_in(access, token, now):
    """True when `token` (the cookie's text or None) is that of a session used within the last day."""
    session = _session(access, token)
    if session is None:
        return False
    if now - session[1] > SESSION_IDLE_S:
        access.sessions.remove(session)
        return False
    session[1] = now
    return True


def log_out(access, token):
    session = _session(access, token)
    if session:
        access.sessions.remove(session)


def _session(access, token):
    found = None
    for session in access.sessions:  # all of them: how long it takes says nothing
        if token and same_text(token, session[0]):
            found = session
    return found
