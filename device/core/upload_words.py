"""What came of an upload, in a line for the console. Loaded on demand."""

_LINES = {
    "too_fast": "one write every 15 s is allowed, trying again soon",
    "key_refused": "key refused - readings are kept; correct the Write API Key on the settings page",
    "quota": "the yearly message budget is used up - readings are kept, next try in an hour",
    "conflict": "already there",
    "bad_request": "a reading was not accepted, trying others first",
    "no_network": "no internet - readings are kept until it is back",
}
_FAILURES = {
    "refused": "the server refuses connections",
    "timeout": "no complete answer in time",
    "connection": "the connection broke off",
    "certificate": "the server could not prove that it is ThingSpeak - nothing was sent",
    "redirect": "the server wants to send us elsewhere - refused, to keep the key safe",
    "reply": "the answer made no sense",
    "memory": "too little memory for the attempt",
}


def line(outcome, failure, status):
    """outcome, failure, status: as core.thingspeak and the uploader name them."""
    words = _LINES.get(outcome)
    if words is None:
        words = (_FAILURES.get(failure) or "error %d" % status) + ", trying again later"
    return "ThingSpeak: " + words
