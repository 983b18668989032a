"""What happened lately, in sentences: the serial console and the diagnostics page."""


class EventLog:
    """Call it with a message: it is printed with its time, and the last 700 characters are kept; what is repeated is kept once.

    What is said every minute while all is well only goes to the console (`say`): it would push out in half an hour what tells of troubles.
    A line starts with `HH:MM:SS` in UTC once the time is known, with `+seconds` of uptime before.
    """

    def __init__(self, clock):
        self._clock = clock
        self.lines = []

    def __call__(self, message):
        lines = self.lines
        try:
            line = self.say(message)
            if not lines or lines[-1][10:] != line[10:]:
                lines.append(line)
                while sum(map(len, lines)) > 700:
                    lines.pop(0)
        except MemoryError:
            pass  # a line less

    def say(self, message):
        """Print the message with its time. Returns the line."""
        now = self._clock.now()
        when = "%+8d" % self._clock.uptime_s() if now is None else "%02d:%02d:%02d" % (now // 3600 % 24, now // 60 % 60, now % 60)
        line = "%s  %s" % (when, message[:120])
        print(line)
        return line
