"""The ledger of a soak: every reading of which the device said on its console that it kept it, against what is in the channel at the end.

The weather gave each half minute its own values, so a reading is known by what it says. Its true time is when the console told of it.
Neither the device's clock nor its journal is asked.
"""

import collections
import re
from collections import namedtuple

LINE = re.compile(r"^(?:\d\d:\d\d:\d\d| *\+\d+)  (-?\d+\.\d) °C  (\d+\.\d) %  kept$")

Taken = namedtuple("Taken", ("values", "time_s"))
"""A reading that is on flash. values: (tenths of a degree, tenths of a percent). time_s: the world's Unix time."""

Entry = namedtuple("Entry", ("values", "time_s", "number"))
"""An entry of the channel."""

Account = namedtuple("Account", ("lost", "duplicates", "unsaid", "strays", "wrong", "untimed", "worst_s"))
"""lost: Taken that are not in the channel. The others are lists of Entry. duplicates: of readings that are there already. unsaid: of a
reading whose line on the console was cut off with the power. strays: of readings that never were. wrong: [(Entry, seconds off)]. untimed:
the same, of sessions in which nobody could tell the time. worst_s: how far a right time is off at most."""


def taken(line, time_s):
    """The reading that a line of the console tells of, or None."""
    match = LINE.match(line)
    if not match:
        return None
    return Taken((tenths(match[1]), tenths(match[2])), time_s)


def has_time(line):
    """Whether the device knew the time when it printed that line."""
    return bool(re.match(r"\d\d:\d\d:\d\d  ", line))


def tenths(text):
    return round(float(text) * 10)


def entry(stored):
    """An Entry of a line of the channel's file, a dict."""
    return Entry((tenths(stored["field1"]), tenths(stored["field2"])), stored["created_s"], stored["entry_id"])


def account(readings, entries, weather, cuts_s, tolerance_s, interval_s, has_no_time=lambda time_s: False):
    """Compare. readings: [Taken]. entries: [Entry]. weather: Weather. cuts_s: when power was cut. has_no_time(time_s): see `untimed`."""
    told, stored = _by_values(readings), _by_values(entries)
    found = Account([], [], [], [], [], [], 0)
    worst_s = 0
    for values in sorted(set(told) | set(stored), key=str):
        ours, theirs = told.get(values, []), stored.get(values, [])
        found.lost.extend(ours[len(theirs):])
        pairs, rest = _paired(ours, theirs)
        times = weather.times(values)
        if ours and max((ends - begins for begins, ends in times), default=0) < interval_s:
            found.duplicates.extend(rest)  # values that last for less than an interval are those of one reading
        else:
            pairs += _unsaid(rest, times, cuts_s, tolerance_s, found)
        for one, true_s in pairs:
            off_s = one.time_s - true_s
            if has_no_time(true_s):
                found.untimed.append((one, off_s))
            elif abs(off_s) <= tolerance_s:
                worst_s = max(worst_s, abs(off_s))
            elif not any(begins <= one.time_s <= ends + tolerance_s for begins, ends in times):  # or the console's line came late
                found.wrong.append((one, off_s))
    return found._replace(worst_s=worst_s)


def longest(*histories):
    """(seconds, when they ended) of the longest time in which all were true. histories: [(time from which it holds, bool)], by time."""
    states, since_s, found = [False] * len(histories), 0, (0, 0)
    for time_s, number, is_so in sorted((time_s, number, is_so) for number, history in enumerate(histories) for time_s, is_so in history):
        if all(states):
            found = max(found, (time_s - since_s, time_s))
        else:
            since_s = time_s
        states[number] = is_so
    return found


def _by_values(things):
    found = collections.defaultdict(list)
    for thing in sorted(things, key=lambda thing: thing.time_s):
        found[thing.values].append(thing)
    return found


def _paired(ours, theirs):
    """([(Entry, true time)], entries that are left): each reading takes the entry nearest to it."""
    left, pairs = list(theirs), []
    for one in ours[: len(theirs)]:
        nearest = min(left, key=lambda entry: abs(entry.time_s - one.time_s))
        left.remove(nearest)
        pairs.append((nearest, one.time_s))
    return pairs, left


def _unsaid(entries, times, cuts_s, tolerance_s, found):
    """Sort entries of which the console said nothing. Returns [(Entry, true time)] of those that a power cut explains, one for a cut."""
    pairs = []
    for number, one in enumerate(entries):
        cut = next((cut for cut in cuts_s for begins, ends in times if begins - tolerance_s <= cut <= ends + tolerance_s), None)
        if cut is None or number:
            (found.duplicates if number else found.strays).append(one)
        else:
            found.unsaid.append(one)
            pairs.append((one, cut))
    return pairs


class Weather:
    """The weather as it was: `note` each change with the time before and after it was made; `times` tells when values were in force."""

    def __init__(self):
        self._begins, self._ends, self._values = [], [], []

    def note(self, values, before_s, after_s):
        if self._ends:
            self._ends[-1] = after_s
        self._values.append(values)
        self._begins.append(before_s)
        self._ends.append(float("inf"))

    def times(self, values):
        """[(begin, end)]."""
        return [times for times, known in zip(zip(self._begins, self._ends), self._values) if known == values]
