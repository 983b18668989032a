"""Time sources: what they tell is compared, and what was learned from them is kept on flash. `clock` is a hardware.clock.Clock."""

import json
import socket
import struct
import time

from core.on_demand import with_room
from micropython import const

SOURCES = ("none", "server", "phone", "ntp")
"""Who told the time, the least exact first: nobody, a web server's reply, the phone at set-up, a time server."""
UNKNOWN = (None, 0, ())
_DAY_S = const(86400)
_ROOM_BYTES = const(8 * 1024)  # what a request without TLS takes


def begin(clock):
    """Power-on: go on with the session of a restart, or begin a new one, with what flash knows of the earlier ones.

    A damaged file costs the times of unsent readings of earlier sessions, not the start.
    """
    from hardware.flash import read

    memory = clock.memory
    clock.epoch_s = 946684800 if time.gmtime(0)[0] == 2000 else 0  # 2000 on the ESP32, 1970 on a computer
    # {session: (Unix time of its power-on or None, rank of who told it, those by which readings are stamped and which were wrong)}.
    # It does not move while the clock is corrected by a second a day: ThingSpeak knows a reading that it has by its time.
    clock.starts = {}
    clock.voices = {}  # {rank of a source: (the power-on it tells, uptime since when it says so undisputed)}
    try:
        last, sessions = json.loads(read(clock.path) or b"[0, []]")
        for session, start_s, rank, *refuted in sessions:
            clock.starts[int(session)] = start_s and int(start_s), int(rank) & 3, tuple(map(int, refuted))
        last = int(last)
    except (ValueError, TypeError, OverflowError):
        last = 0
    clock.session, clock.base_s = memory.get("session"), memory.get("uptime_base_s")
    if not clock.base_s or not 0 <= clock.uptime_s() < 20 * 366 * _DAY_S:
        clock.session, clock.base_s = (last + 1) % 256, clock.chip_s()
        memory.set("session", clock.session)
        memory.set("uptime_base_s", clock.base_s)
        learn(clock, clock.session, *UNKNOWN)
    start_s, rank, refuted = clock.starts.setdefault(clock.session, UNKNOWN)
    _name_source(clock)
    if start_s or refuted:
        clock.voices[rank] = start_s or refuted[-1], clock.uptime_s()
    for session, (start_s, rank, _) in clock.starts.items():
        if session != clock.session and start_s and rank:
            clock.newest_s = max(clock.newest_s or 0, start_s)


def hear(clock, unix_s, source):
    """Hear what `source` says. Returns whether the clock is set by it: not if it is implausible, contradicted or less exact."""
    if not 1704067200 <= unix_s < 4102444800:  # 2024 to 2100
        return False
    rank, start_s = SOURCES.index(source), unix_s - clock.uptime_s()
    known_s, known_rank, refuted = clock.starts[clock.session]
    if known_s is None and clock.now():
        known_s = clock.base_s  # set, but flash did not keep by whom
    is_same = known_s is not None and abs(known_s - start_s) <= _DAY_S
    if not _is_believed(clock, rank, start_s, known_s) or is_same and rank < known_rank:
        return False
    before_s = clock.chip_s()
    if rank == 3 or abs(unix_s - before_s) > 1:  # a web server tells it with every upload
        import machine

        year, month, day, hour, minute, second, weekday = time.gmtime(unix_s - clock.epoch_s)[:7]
        machine.RTC().datetime((year, month, day, weekday, hour, minute, second, 0))
        clock.base_s += clock.chip_s() - before_s
        clock.memory.set("uptime_base_s", clock.base_s)
    if not is_same or rank > known_rank:
        # Readings were stamped by each of these: by one that differs by seconds they keep their time, by a wrong one they get another.
        wrong = ()
        for told_s in refuted if known_s is None else refuted + (known_s,):
            if abs(told_s - start_s) <= 10:
                start_s = told_s
            elif abs(told_s - start_s) > _DAY_S:
                wrong += (told_s,)
        learn(clock, clock.session, start_s, rank, wrong[-3:])
    return True


def _is_believed(clock, rank, start_s, known_s):
    """Whether to believe that power-on was at `start_s`, as the source `rank` tells, while the clock is set by `known_s` (or None).

    Who differs by more than a day contradicts. Then the one is believed that a second source tells, too, or else the one that fits to
    the readings of earlier sessions: at most a day before the newest, or a year behind it. When neither decides, the time is in doubt,
    until one says the same for four minutes and nobody contradicts meanwhile. So must one that contradicts nobody but does not fit: it
    may be two years in a drawer.
    """
    near = lambda time_s: abs(time_s - start_s) <= _DAY_S  # noqa: E731
    fits = lambda time_s: not clock.newest_s or -_DAY_S <= time_s - clock.newest_s <= 366 * _DAY_S  # noqa: E731
    voices, uptime_s = clock.voices, clock.uptime_s()
    others = [voices[other][0] for other in voices if other != rank] + ([] if known_s is None else [known_s])
    since_s = voices[rank][1] if rank in voices and near(voices[rank][0]) else uptime_s
    voices[rank] = start_s, since_s
    if not any(map(near, others)):
        if any(map(fits, others)) != fits(start_s):
            if not fits(start_s):
                return False
        elif uptime_s - since_s < 240:
            for other in voices:
                if not near(voices[other][0]):
                    voices[other] = voices[other][0], uptime_s  # it has to begin anew
            if known_s is not None:
                _, known_rank, refuted = clock.starts[clock.session]
                learn(clock, clock.session, None, known_rank, refuted + (known_s,))
                clock.due_s = 0
            return False
    for other in list(voices):
        if not near(voices[other][0]):
            del voices[other]
    return True


def learn(clock, session, *known):
    """Keep what is known of a session's start, on flash first: what is only known here would not be asked for again.

    The newest sixteen are kept. Where flash takes nothing, it is known until the next power cut.
    """
    from hardware.flash import keep

    starts = dict(clock.starts)
    starts[session] = known
    while len(starts) > 16:
        del starts[min(starts, key=lambda other: (other - clock.session - 1) % 256)]
    content = [clock.session, [(one,) + starts[one][:2] + starts[one][2] for one in starts]]
    keep(clock.path, json.dumps(content).encode())
    clock.starts = starts
    _name_source(clock)


def _name_source(clock):
    """Who told the time: a word of `SOURCES`, or "doubtful" while sources contradict each other."""
    start_s, rank, refuted = clock.starts.get(clock.session, UNKNOWN)
    clock.source = "doubtful" if refuted and start_s is None else SOURCES[rank]


def ask_server():
    """The Unix time by SNTP (RFC 4330). Raises OSError without an answer, ValueError for that of a server which knows no time itself: the
    firmware's ntptime would believe it, and make the year 2036 of a zero."""
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        asking.settimeout(1)
        asking.sendto(b"\x1b" + bytes(47), socket.getaddrinfo("pool.ntp.org", 123)[0][-1])
        reply = asking.recv(48)
    finally:
        asking.close()
    seconds = len(reply) == 48 and reply[0] < 0xC0 and 0 < reply[1] < 16 and struct.unpack("!I", reply[40:44])[0]
    if not seconds:
        raise ValueError
    return seconds - 2208988800 + (1 << 32 if seconds < 1 << 31 else 0)  # counted since 1900, and anew from 2036 on


async def synchronise(clock):
    """Ask a time server, in the background. Returns whether the clock is set by it now."""
    try:
        return hear(clock, await clock.background.run(ask_server), "ntp")
    except (OSError, ValueError, MemoryError):  # no answer, half an answer, no room for a thread
        return False


async def ask(device):
    """Ask a time server, and a web server beside it, whose reply tells the clock: at the start, daily, each minute until it is known."""
    clock = device.clock
    asked_s = clock.uptime_s()
    pause_s = min(2 * clock.pause_s or 4, 3600)
    is_set = await synchronise(clock)
    if is_set or clock.now() is None:  # without a time server, every upload tells whether the clock is still right
        try:
            await with_room(device, _ROOM_BYTES, device.send, ("HEAD", "http://api.thingspeak.com/", {}, b""), 30)
        except MemoryError:
            pass  # there is a next time
    if is_set and clock.now():
        pause_s = 86400
    clock.pause_s = pause_s
    clock.due_s = asked_s + (pause_s if clock.now() else min(pause_s, 60))
