"""The event log: what is kept for the diagnostics, and what only the console shows."""

from hardware import clock
from hardware.clock import EventLog


class Clock:
    time_s = None

    def now(self):
        return self.time_s

    def uptime_s(self):
        return 7


def test_events_are_kept_with_their_time():
    times = Clock()
    log = EventLog(times)
    log("Started")
    times.time_s = 1750000000
    log("Joined")
    assert log.lines == ["      +7  Started", "15:06:40  Joined"]


def test_the_newest_events_are_kept_and_none_is_endless():
    log = EventLog(Clock())
    for number in range(50):
        log("event %d %s" % (number, "x" * 500))
    assert log.lines[-1].split()[2] == "49" and len(log.lines[-1]) == 130
    assert len(log.lines) == 700 // 130


def test_what_is_said_again_and_again_is_kept_once():
    log = EventLog(Clock())
    for sentence in ("Short of memory", "Short of memory", "Joined", "Short of memory"):
        log(sentence)
    assert [line.split("  ")[-1] for line in log.lines] == ["Short of memory", "Joined", "Short of memory"]


def test_routine_does_not_push_out_what_tells_of_troubles():
    log = EventLog(Clock())
    log("The Wi-Fi is gone")
    for number in range(100):
        assert log.say("reading %d" % number) == "      +7  reading %d" % number
    log("The Wi-Fi is back")
    assert [line[10:] for line in log.lines] == ["The Wi-Fi is gone", "The Wi-Fi is back"]


def test_what_finds_no_memory_is_still_said():
    log, printed = EventLog(Clock()), []

    def short(message):
        raise MemoryError

    log.say = short
    clock.print = printed.append
    try:
        log("failed: memory")
    finally:
        del clock.print
    assert printed == ["failed: memory"] and log.lines == []
