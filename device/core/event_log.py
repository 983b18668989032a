"""What happened lately, in sentences: the serial console and the diagnostics page."""

KEPT_LINES = 30
LINE_CHARACTERS = 120


class EventLog:
    """Call it with a sentence: it is printed with its time, and the last `KEPT_LINES` are kept; one that is said again and again once.

    What is said every minute while all is well only goes to the console (`say`): it would push out in half an hour what tells of troubles.
    `clock` answers `now()` (Unix seconds or None) and `uptime_s()`; a line starts with `HH:MM:SS` in UTC once the time is known,
    with `+seconds` of uptime before.
    """

    def __init__(self, clock):
        self._clock = clock
        self.lines = []
        self._last = None

    def __call__(self, sentence):
        line = self.say(sentence)
        if sentence == self._last:
            return
        self._last = sentence
        if len(self.lines) >= KEPT_LINES:
            self.lines.pop(0)
        self.lines.append(line)

    def say(self, sentence):
        """Print the sentence with its time. Returns the line."""
        line = "%s  %s" % (self._stamp(), sentence[:LINE_CHARACTERS])
        print(line)
        return line

    def _stamp(self):
        now = self._clock.now()
        if now is None:
            return "%+8d" % self._clock.uptime_s()
        return "%02d:%02d:%02d" % (now // 3600 % 24, now // 60 % 60, now % 60)
