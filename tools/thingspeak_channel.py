"""One ThingSpeak channel: its entries, its rules, its file.

Rules and limits are those of https://www.mathworks.com/help/thingspeak/rest-api.html. Where that page is silent:
a bulk call is answered 202 before it is looked at entry by entry, so entries whose `created_at` is already in the channel are
dropped in silence and the others are stored; the last of a run of `delta_t` entries happened when the call arrived.
"""

import json
import math
import os
from datetime import datetime, timezone

CHANNEL_ID = 1
WRITE_KEY = "SIMULATEDKEY0001"
FIELDS = tuple("field%d" % number for number in range(1, 9))
PLACE = {"lat": "latitude", "long": "longitude", "latitude": "latitude", "longitude": "longitude", "elevation": "elevation"}

SECONDS_BETWEEN_WRITES = 15
FIELD_BYTES = 255
MESSAGE_BYTES = 3000
BULK_UPDATES = 960
READ_ENTRIES = 8000


class Refused(Exception):
    """A write that was not carried out; `status` is the HTTP status, `code` ThingSpeak's own word for it."""

    def __init__(self, status, code, details):
        super().__init__(details)
        self.status, self.code, self.details = status, code, details


class TooFast(Exception):
    """A write less than 15 s after the last accepted one."""


class DamagedFile(Exception):
    """The channel's file cannot be read; the text is a sentence for a person."""


class Channel:
    """The channel's entries in the order of their ids, kept in memory and, when `path` is given, in a file of one JSON line each.

    `now` answers Unix seconds. Raises DamagedFile when the file at `path` is not one of ours; a last line cut off by a crash is dropped.
    """

    def __init__(self, now, path=None):
        self._now = now
        self._path = path
        self.entries = []
        self.times = set()
        self.last_write_s = None
        self.created_s = int(now())
        if path and os.path.exists(path):
            self._load()

    def update(self, parameters, message_bytes=0):
        """Store one entry from the request's parameters and return it. Raises TooFast and Refused."""
        if message_bytes > MESSAGE_BYTES:
            raise Refused(413, "error_request_too_large", "A message may have at most %d bytes." % MESSAGE_BYTES)
        self._check_pace()
        entry = entry_from(parameters)
        if len(entry) == 0:
            raise Refused(421, "error_no_action", "No field, status or place was given.")
        created_at = parameters.get("created_at")
        entry["created_s"] = int(self._now()) if created_at in (None, "") else parse_time(created_at)
        if created_at not in (None, "") and entry["created_s"] in self.times:
            raise Refused(409, "error_conflict", "The channel already has an entry with this created_at.")
        return self._append([entry])[0]

    def bulk_update(self, updates):
        """Store many entries, each with `created_at` or `delta_t` (seconds since the one before). Raises TooFast and Refused."""
        if not isinstance(updates, list) or not updates or not all(isinstance(update, dict) for update in updates):
            raise Refused(400, "error_bad_request", "`updates` must be a list of objects.")
        if len(updates) > BULK_UPDATES:
            raise Refused(413, "error_request_too_large", "A bulk update may have at most %d entries." % BULK_UPDATES)
        self._check_pace()
        times = self._bulk_times(updates)
        entries = [dict(entry_from(update), created_s=times[index]) for index, update in enumerate(updates)]
        fresh = {}
        for entry in entries:
            if entry["created_s"] not in self.times:
                fresh.setdefault(entry["created_s"], entry)
        return self._append(list(fresh.values()))

    def newest(self, count, start_s=None, end_s=None):
        """Return at most `count` entries, the newest ones, in the order of their times."""
        inside = [entry for entry in self.entries
                  if (start_s is None or entry["created_s"] >= start_s) and (end_s is None or entry["created_s"] <= end_s)]
        inside.sort(key=lambda entry: (entry["created_s"], entry["entry_id"]))
        return inside[-count:] if count > 0 else []

    def _bulk_times(self, updates):
        relative = ["delta_t" in update for update in updates]
        if not any(relative):
            return [parse_time(update.get("created_at")) for update in updates]
        if not all(relative) or any("created_at" in update for update in updates):
            raise Refused(400, "error_bad_request", "Use either created_at or delta_t in one call, not both.")
        steps = [whole_seconds(update["delta_t"]) for update in updates]
        if any(step <= 0 for step in steps[1:]) or steps[0] < 0:
            raise Refused(400, "error_bad_request", "delta_t must be above 0, except in the first entry.")
        times = [int(self._now())]
        for step in reversed(steps[1:]):
            times.append(times[-1] - step)
        return times[::-1]

    def _check_pace(self):
        if self.last_write_s is not None and 0 <= self._now() - self.last_write_s < SECONDS_BETWEEN_WRITES:
            raise TooFast()

    def _append(self, entries):
        self.last_write_s = self._now()
        lines = []
        for entry in entries:
            entry["entry_id"] = len(self.entries) + 1
            entry["received_s"] = self.last_write_s
            self.entries.append(entry)
            self.times.add(entry["created_s"])
            lines.append(json.dumps(entry) + "\n")
        if self._path:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write("".join(lines))
        return entries

    def _load(self):
        with open(self._path, "rb") as file:
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                entry = json.loads(line)
                if entry["entry_id"] != number:
                    raise ValueError
                self.times.add(entry["created_s"])
                self.last_write_s = entry["received_s"]
            except (ValueError, KeyError, TypeError):
                sentence = "The simulated ThingSpeak channel in %s is damaged in line %d: move the file away and start again."
                raise DamagedFile(sentence % (self._path, number)) from None
            self.entries.append(entry)
        if whole != content:
            with open(self._path, "r+b") as file:
                file.truncate(len(whole))
        if self.entries:
            self.created_s = min(self.created_s, int(self.entries[0]["received_s"]))


def entry_from(parameters):
    """Return what ThingSpeak keeps of `parameters`: field1 to field8, status and place; unknown ones are ignored. Raises Refused."""
    entry = {}
    for name, value in parameters.items():
        kept = name if name in FIELDS or name == "status" else PLACE.get(name)
        if kept is None or value is None:
            continue
        if isinstance(value, (dict, list)):
            raise Refused(400, "error_bad_request", "%s must be a text or a number." % name)
        text = value if isinstance(value, str) else json.dumps(value)
        if len(text.encode()) > FIELD_BYTES:
            raise Refused(400, "error_bad_request", "%s may have at most %d bytes." % (name, FIELD_BYTES))
        entry[kept] = text
    return entry


def parse_time(text):
    """Return Unix seconds for an ISO 8601, MySQL or epoch time; without a zone it is UTC. Raises Refused."""
    try:
        if isinstance(text, (int, float)) or text.isdigit():
            return int(text)
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        return math.floor((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp())
    except (AttributeError, ValueError, OverflowError):
        raise Refused(400, "error_bad_request", "created_at must be an ISO 8601 time.") from None


def whole_seconds(value):
    """Return `value` (12, 12.0 or "12") as int. Raises Refused."""
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        raise Refused(400, "error_bad_request", "delta_t must be a number of seconds.") from None


def iso(time_s):
    """Return Unix seconds as ThingSpeak writes them: 2025-03-01T12:00:00Z."""
    return datetime.fromtimestamp(int(time_s), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
