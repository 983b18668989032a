"""Safe start: what is still trusted after several starts that did not last."""

NORMAL = "normal"
LAST_GOOD = "last good settings"
PORTAL_ONLY = "set-up only"

GOOD_AFTER_S = 60
"""A start that has lived this long was a good one, and the count begins again."""

_TRIES = 5


def verdict(bad_starts):
    """NORMAL, LAST_GOOD or PORTAL_ONLY. bad_starts: starts before this one, in a row, that ended within `GOOD_AFTER_S`."""
    if bad_starts < _TRIES:
        return NORMAL
    return LAST_GOOD if bad_starts < 2 * _TRIES else PORTAL_ONLY


def sentence(verdict, reset_cause):
    """What a person is told about it, or None when all is normal. reset_cause: why the last start ended, in words."""
    if verdict == LAST_GOOD:
        return "Dewlog restarted %d times in a row (%s) and went back to the last settings that worked." % (_TRIES, reset_cause)
    if verdict == PORTAL_ONLY:
        return (
            "Dewlog restarted %d times in a row (%s), also with the last settings that worked. It stays in set-up so that you can "
            "check them; if they are right, see the crash record in the diagnostics." % (2 * _TRIES, reset_cause)
        )
    return None
