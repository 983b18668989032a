"""Logging in: wrong passwords wait longer and longer, right ones open a session. `now` is seconds of uptime."""

SESSIONS = 4
SESSION_IDLE_S = 24 * 3600
LONGEST_DELAY_S = 60
TOKEN_BYTES = 16


def same_text(left, right):
    """True when both texts are equal; takes equally long for every text as long as `right` (no early end to measure)."""
    left, right = left.encode(), right.encode()
    difference = len(left) ^ len(right)
    for index in range(len(right)):
        difference |= right[index] ^ (left[index] if index < len(left) else 0)
    return difference == 0


def log_in(access, password, now):
    """(token, 0) for the right password, else (None, seconds to wait): 1, 2, 4 ... 60 s, and nothing is looked at before they are over."""
    wait_s = access.not_before - now
    if wait_s > 0:
        return None, wait_s
    if not same_text(password, access.password):
        wait_s = min(1 << min(access.failures, 6), LONGEST_DELAY_S)
        access.failures += 1
        access.not_before = now + wait_s
        return None, wait_s
    access.failures = 0
    token = access.random_bytes(TOKEN_BYTES).hex()
    access.sessions.append([token, now])
    if len(access.sessions) > SESSIONS:
        access.sessions.pop(0)
    return token, 0


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
