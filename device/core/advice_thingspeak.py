"""What ThingSpeak finds wrong: a part of core/advice.py."""

ADVICE = {
    "key_refused": (
        "ThingSpeak does not know this key.",
        "Copy the Write API Key (not the Read key) from your channel's page, tab 'API Keys', and enter it again.",
    ),
    "thingspeak_busy": (
        "ThingSpeak did not store the reading: it takes one every 15 seconds for a channel.",
        "Is another device writing to the same channel? Give each Dewlog a channel of its own, or wait a minute and try again.",
    ),
    "thingspeak_error": (
        "ThingSpeak could not be reached or answered with an error.",
        "It may be busy, or something on the way to it is down, for some minutes. Readings are kept on Dewlog and sent later.",
    ),
    "memory": (
        "Dewlog had too little room to work in for this step.",
        "Close the pages that are open on other devices and try again. Nothing is lost.",
    ),
    "quota": (
        "The yearly message budget of your ThingSpeak account is used up.",
        "Choose a longer interval or wait for the new year of your licence. Readings are kept here meanwhile.",
    ),
}
"""{code: (what went wrong, what helps)}"""
