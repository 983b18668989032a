"""The schedule of uploads: how long to wait after what. Loaded on demand."""

from core.outcomes import ACCEPTED, KEY_REFUSED, NO_NETWORK, QUOTA, RETRY, TOO_FAST

SPACING_S = 16
"""Between accepted writes: ThingSpeak takes one every 15 s for a channel, and our seconds are whole ones."""
LONGEST_S = 600
QUOTA_S = 3600
FIRST_S = 5

_PAUSES_S = {ACCEPTED: SPACING_S, TOO_FAST: SPACING_S, KEY_REFUSED: LONGEST_S, QUOTA: QUOTA_S, NO_NETWORK: FIRST_S}


def pause_s(outcome, failures, chance):
    """Seconds until the next attempt. failures: how many RETRY in a row, this one included; they double the pause up to `LONGEST_S`.

    chance: a random number from 0 to 1, so that devices that lost their server together do not come back together.
    """
    if outcome == RETRY:
        return int(min(LONGEST_S, FIRST_S << min(failures, 10)) * (0.75 + chance / 4))
    return _PAUSES_S.get(outcome, 1)


def failures_after(outcome, failures):
    """The count for the next call: a missing network costs no attempt and forgives none, anything but trouble forgives all."""
    if outcome == RETRY:
        return failures + 1
    return failures if outcome == NO_NETWORK else 0
