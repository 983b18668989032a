"""Text from strangers leaves nothing behind: MicroPython keeps every different character that a loop over a str meets, for good."""

import gc

from core import settings
from core.text import shown
from microdot import HTTPException, NoCaseDict, Request
from portal.exchange import Exchange
from portal.settings import sent
from visitor import Visitor

CHARACTERS = 1500
GROWTH_BYTES = 4096  # each of the characters would cost about 10


def held_bytes():
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0


def texts(first):
    """`CHARACTERS` different characters from the code point `first` on, 10 at a time; made of bytes, so that making them keeps none."""
    for start in range(first, first + CHARACTERS, 10):
        yield b"".join([utf8(point) for point in range(start, start + 10)]).decode()


def utf8(point):
    return bytes((0xE0 | point >> 12, 0x80 | point >> 6 & 63, 0x80 | point & 63))


def look_at_a_name(text):
    assert shown(text.encode()) == text


def look_at_settings(text):
    assert settings.fault("password", text) is None and settings.fault("api_key", text)


def fields_of(body, kind):
    return sent(None, Request(None, None, "POST", "/setup", "1.1", NoCaseDict({"Content-Type": kind}), body=body.encode()))


def look_at_json(text):
    assert fields_of('{"%s": "%s"}' % (text, text), "application/json") == {text: text}


def look_at_damaged_json(text):
    try:
        fields_of('{"%s": []}' % text, "application/json")
    except HTTPException as refusal:
        assert refusal.status_code == 400
        return
    raise AssertionError("it was taken")


def look_at_a_form(text):
    escaped = "".join(["%%%02x" % byte for byte in text.encode()])
    assert fields_of("%s=%s&b=%s" % (text, text, escaped), "application/x-www-form-urlencoded") == {text: text, "b": text}


def look_at_a_request(text):
    try:
        Exchange(Visitor(), b"GET /%s HTTP/1.1\r\n" % text.encode()).readline().send(None)
    except ValueError:
        return
    raise AssertionError("it was taken")


def test_characters_of_strangers_are_not_kept():
    looks = (look_at_a_name, look_at_settings, look_at_json, look_at_damaged_json, look_at_a_form, look_at_a_request)
    for index, look in enumerate(looks):
        first = 0x4E00 + index * CHARACTERS
        look(next(texts(first)))  # what it needs once
        before = held_bytes()
        for text in texts(first):
            look(text)
        assert held_bytes() - before < GROWTH_BYTES, look.__name__
