"""What happened lately, in sentences: the serial console and the diagnostics page."""

KEPT_CHARACTERS = 1000
LINE_CHARACTERS = 120


class EventLog:
    """Call it with a sentence: it is printed with its time, and the last ones are kept, `KEPT_CHARACTERS` in all.

    One that is said again and again is kept once.

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
        self.lines.append(line)
        while sum(map(len, self.lines)) > KEPT_CHARACTERS:
            self.lines.pop(0)

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
