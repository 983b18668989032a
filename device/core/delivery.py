"""The delivery of the journal to ThingSpeak: how many readings go next, what each outcome means for them, and how long to wait."""

from core.thingspeak import ACCEPTED, BAD_REQUEST, CONFLICT, KEY_REFUSED, NO_NETWORK, QUOTA, RETRY, TOO_FAST

MOST_READINGS = 960
"""In one call of a free account (https://www.mathworks.com/help/thingspeak/bulkwritejsondata.html)."""
FEWEST_AFTER_TROUBLE = 60

STAY = "stay"
ADVANCE = "advance"
PASS_OVER = "pass over"
"""What to do with the cursor: leave it, move it behind what was sent, or move it behind one reading that ThingSpeak will never take."""

_PAUSES_S = {ACCEPTED: 16, TOO_FAST: 16, KEY_REFUSED: 600, QUOTA: 3600, NO_NETWORK: 5}
"""ThingSpeak takes a write every 15 s for a channel, and our seconds are whole ones."""
_STATES = {TOO_FAST: "waiting", KEY_REFUSED: "key_refused", QUOTA: "quota", NO_NETWORK: "offline", RETRY: "error", BAD_REQUEST: "error"}
_PROBLEMS = {KEY_REFUSED: "key_refused", QUOTA: "quota", RETRY: "thingspeak_error", BAD_REQUEST: "thingspeak_error"}


def new(channel_id):
    """A delivery that has not begun: a plain dict, so that it can outlive this module.

    due_s: the uptime of the next attempt. state, problem, last_entry_id, sent and channel_id are those of /api/readings. A reading that
    is refused as bad is put off, and others are tried in its place, `ahead` of the cursor. Only when one of those was accepted and
    the bad one is refused again it is passed over: a server that refuses everything for an hour costs nothing.
    """
    return {
        "due_s": 0,
        "failures": 0,
        "most": MOST_READINGS,
        "ahead": 0,
        "server_is_fine": False,
        "state": "ok",
        "problem": None,
        "last_entry_id": None,
        "sent": 0,
        "channel_id": channel_id,
    }


def size(delivery, waiting):
    """How many readings may go in the next request; 1 means a single update, which needs no channel id."""
    if delivery["ahead"] or not delivery["channel_id"]:
        return 1
    return min(waiting, delivery["most"])


def nothing_ahead(delivery, now_s, chance):
    """Every reading behind a bad one was tried as well: begin again with the bad one, after a pause."""
    delivery["ahead"] = 0
    _wait(delivery, RETRY, now_s, chance)


def note(delivery, verdict, failure, count, single, now_s, chance):
    """Take in what came of a request with `count` readings, and return STAY, ADVANCE or PASS_OVER.

    verdict, failure: as core.thingspeak and the uploader give them. now_s: seconds of uptime. chance: a random number from 0 to 1.
    """
    outcome = verdict.outcome
    if outcome == KEY_REFUSED and not single:
        # It may be the channel that is wrong: a single update asks for the key alone, and tells the channel.
        delivery["channel_id"] = None
        outcome, step = CONFLICT, STAY
    elif outcome == ACCEPTED or outcome == CONFLICT and single:
        step = _taken(delivery, verdict, count)
    else:
        step = _refused(delivery, outcome, single, count)
    # A few neighbours of a bad reading are tried at once; a server that refuses them all is given time.
    _wait(delivery, RETRY if delivery["ahead"] > 3 else outcome, now_s, chance)
    delivery["state"] = _STATES.get(outcome, "ok")
    delivery["problem"] = "certificate" if failure == "certificate" else _PROBLEMS.get(outcome)
    return step


def _taken(delivery, verdict, count):
    if verdict.outcome == ACCEPTED:
        delivery["sent"] += count
        delivery["last_entry_id"] = verdict.entry_id or delivery["last_entry_id"]
        delivery["channel_id"] = verdict.channel_id or delivery["channel_id"]
    if delivery["ahead"]:
        delivery["ahead"] = 0
        delivery["server_is_fine"] = True
        return STAY
    delivery["server_is_fine"] = False
    delivery["most"] = min(MOST_READINGS, delivery["most"] * 2)
    return ADVANCE


def _refused(delivery, outcome, single, count):
    if outcome == RETRY and not single:
        delivery["most"] = max(FEWEST_AFTER_TROUBLE, count // 2)
    elif outcome in (BAD_REQUEST, CONFLICT):
        if not single:
            delivery["most"] = count // 2
        elif not delivery["ahead"] and delivery["server_is_fine"]:
            delivery["server_is_fine"] = False
            return PASS_OVER
        else:
            delivery["ahead"] += 1
    return STAY


def _wait(delivery, outcome, now_s, chance):
    delivery["failures"] = failures_after(outcome, delivery["failures"])
    delivery["due_s"] = now_s + pause_s(outcome, delivery["failures"], chance)


def pause_s(outcome, failures, chance):
    """Seconds until the next attempt. failures: how many RETRY in a row, this one included; they double the pause up to ten minutes.

    chance: a random number from 0 to 1, so that devices that lost their server together do not come back together.
    """
    if outcome == RETRY:
        return int(min(600, 5 << min(failures, 10)) * (0.75 + chance / 4))
    return _PAUSES_S.get(outcome, 1)


def failures_after(outcome, failures):
    """The count for the next call: a missing network costs no attempt and forgives none, anything but trouble forgives all."""
    if outcome == RETRY:
        return failures + 1
    return failures if outcome == NO_NETWORK else 0
