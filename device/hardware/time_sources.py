"""Time sources: what they tell is compared, and what was learned from them is kept on flash. `clock` is a hardware.clock.Clock."""

import json

from core.timestamps import DOUBT, KEEP, judge
from hardware.clock import SOURCES, UNKNOWN
from hardware.flash import read, write_atomically

EARLIEST_S = 1704067200  # 2024-01-01: before this the chip's clock was never set, or its teller is wrong
LATEST_S = 4102444800  # 2100-01-01
DAY_S = 86400


def begin(clock):
    """Power-on: go on with the session of a restart, or begin a new one, with what flash knows of the earlier ones."""
    memory = clock.memory
    session, clock.starts = _load(clock.path)
    clock.base_s = memory.get("uptime_base_s")
    if clock.base_s and 0 <= clock.uptime_s() < 20 * 366 * DAY_S:
        clock.session = memory.get("session")
    else:
        clock.session = (session + 1) % 256
        clock.base_s = clock.chip.seconds()
        clock.starts.pop(clock.session, None)
        memory.set("uptime_base_s", clock.base_s)
        memory.set("session", clock.session)
        _save(clock.path, clock.session, clock.starts)
    start_s, rank, refuted = clock.starts.get(clock.session, UNKNOWN)
    uptime_s = clock.uptime_s()
    if start_s is not None:
        clock.voices[SOURCES[rank]] = start_s, 0, uptime_s
    elif refuted:
        clock.voices[SOURCES[rank]] = refuted[-1], uptime_s, uptime_s
    for session, known in clock.starts.items():
        if session != clock.session and known[0] and known[1]:
            clock.newest_s = max(clock.newest_s or 0, known[0])


def hear(clock, unix_s, source):
    """Hear what `source` says. Returns whether the clock is set by it: not if it is implausible, contradicted or less exact."""
    # 2036-02-07 06:28:16 is what stock ntptime makes of a reply of zero, which means that the server knows no time.
    if not EARLIEST_S <= unix_s < LATEST_S or unix_s == 2085978496:
        return False
    uptime_s, rank = clock.uptime_s(), SOURCES.index(source)
    start_s = unix_s - uptime_s
    known_s, known_rank, refuted = clock.starts.get(clock.session, UNKNOWN)
    if known_s is None and clock.now():
        known_s = clock.base_s  # set, but flash did not keep by whom
    if known_s is not None and abs(start_s - known_s) <= DAY_S:
        clock.voices[source] = start_s, 0, uptime_s
        if rank < known_rank:
            return False
    else:
        verdict = judge(clock.voices, source, start_s, uptime_s, clock.newest_s)
        if verdict == DOUBT and known_s is not None:
            learn(clock, clock.session, None, known_rank, refuted + (known_s,))
        if verdict in (DOUBT, KEEP):
            return False
    before_s = clock.chip.seconds()
    if rank == 3 or abs(unix_s - before_s) > 1:  # a web server tells it with every upload
        clock.chip.set_seconds(unix_s)
        clock.base_s += clock.chip.seconds() - before_s
        clock.memory.set("uptime_base_s", clock.base_s)
    if known_s is None or rank > known_rank or abs(known_s - start_s) > DAY_S:
        # Readings were stamped by each of these: by one that differs by seconds they keep their time, by a wrong one they get another.
        others = refuted if known_s is None else refuted + (known_s,)
        close = [other_s for other_s in others if abs(other_s - start_s) <= 10]
        wrong = [other_s for other_s in others if abs(other_s - start_s) > DAY_S]
        learn(clock, clock.session, close[0] if close else start_s, rank, tuple(wrong[-3:]))
    return True


def learn(clock, session, start_s, rank, refuted):
    """Keep the start on flash first: what is only known here would not be asked for again."""
    starts = dict(clock.starts)
    starts[session] = start_s, rank, refuted
    _save(clock.path, clock.session, starts)
    clock.starts = starts


def _load(path):
    """(number of the last session, {session: (Unix time of its power-on or None, rank of who told it, refuted ones)}).

    (0, {}) for a damaged file: that costs the times of unsent readings of earlier sessions, not the start.
    """
    try:
        last, sessions = json.loads(read(path) or b"[0, []]")
        starts = {}
        for session, start_s, rank, *refuted in sessions:
            start_s = None if start_s is None else int(start_s)
            starts[int(session)] = start_s, min(max(int(rank), 0), 3), tuple([int(wrong_s) for wrong_s in refuted])
        return int(last) % 256, starts
    except (ValueError, TypeError):
        return 0, {}


def _save(path, last, starts):
    """Keep the newest sixteen of `starts`. A flash that is full is no reason not to run: they are known until the next power cut."""
    while len(starts) > 16:
        del starts[min(starts, key=lambda session: (session - last - 1) % 256)]
    try:
        write_atomically(path, json.dumps([last, [(session,) + known[:2] + known[2] for session, known in starts.items()]]).encode())
    except OSError:
        pass
