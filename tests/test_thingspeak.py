"""ThingSpeak's requests and replies."""

import json
import random

from core.reading import Reading
from core.thingspeak import bulk_request, update_request, verdict
from proof import told_by_reply

SETTINGS = {"api_key": "ABCDEFGHIJKLMNOP", "https": True}
STORED = b'{"channel_id":12345,"created_at":"2026-11-22T20:05:03Z","entry_id":42,"field1":"21.40","field2":"48.00"}'
NO_AUTH = b'{"status":"401","error":{"error_code":"error_auth_required","message":"Authorization Required"}}'


def test_a_reading_goes_with_its_time_and_the_key_in_a_header():
    method, url, headers, body = update_request(SETTINGS, Reading(None, 9, 0, -0.1, 48.0, 0), 1795377903)
    assert (method, url) == ("POST", "https://api.thingspeak.com/update.json")
    assert body == b"field1=-0.10&field2=48.00&created_at=2026-11-22T20:05:03Z"
    assert headers["X-THINGSPEAKAPIKEY"] == SETTINGS["api_key"]
    assert headers["Content-Length"] == str(len(body))
    assert SETTINGS["api_key"] not in url


def test_a_reading_without_a_time_is_stamped_by_thingspeak():
    body = update_request(SETTINGS, Reading(None, 9, 0, 21.4, 48.0, 0), None)[3]
    assert b"created_at" not in body


def test_plain_http_is_a_setting():
    assert update_request(dict(SETTINGS, https=False), Reading(None, 9, 0, 21.4, 48.0, 0), None)[1].startswith("http://")


REPLIES = (
    (200, STORED, "", "accepted"),
    (200, b"42", "", "accepted"),
    (200, b"0", "", "too_fast"),
    (429, b"", "", "too_fast"),
    (400, b"0", "", "key_refused"),
    (400, NO_AUTH, "", "key_refused"),
    (401, NO_AUTH, "", "key_refused"),
    (404, b"-1", "", "key_refused"),
    (402, b"", "", "quota"),
    (409, b"", "", "conflict"),
    (400, b'{"status":"400","error":{"error_code":"error_bad_request"}}', "", "bad_request"),
    (413, b"", "", "bad_request"),
    (421, b"", "", "bad_request"),
    (422, b"", "", "bad_request"),
    (500, b"", "", "retry"),
    (503, b"<html>", "", "retry"),
    (200, b"<html>Welcome to the hotel</html>", "", "retry"),
    (200, b"", "", "retry"),
    (200, b"-1", "", "retry"),
    (200, b"true", "", "retry"),
    (200, b"false", "", "retry"),
    (200, b"0.0", "", "retry"),
    (200, b"[42]", "", "retry"),
    (200, b"{}", "", "retry"),
    (200, b'{"success":true}', "", "retry"),  # says nothing about this reading
    (200, b'{"entry_id":0}', "", "retry"),
    (200, b'{"entry_id":5', "", "retry"),
    (200, b'{"entry_id":-7}', "", "retry"),
    (200, b'{"entry_id":true}', "", "retry"),
    (200, b'{"entry_id":"42"}', "", "retry"),
    (200, b'{"entry_id":[42]}', "", "retry"),
    (200, b'{"entry_id":1e400}', "", "retry"),
    (200, b'{"entry_id":' + b"9" * 400 + b"}", "", "retry"),
    (200, b"[" * 2000, "", "retry"),
    (200, b'{"a":' * 300, "", "retry"),
    (200, b"\xff\xfe", "", "retry"),
    (0, b"", "timeout", "retry"),
    (0, b"", "certificate", "retry"),
    (0, b"", "no_network", "no_network"),
)


def test_every_reply_has_its_verdict():
    for status, body, failure, expected in REPLIES:
        outcome, entry_id, _ = verdict(status, body, failure)
        assert outcome == expected, (status, body, failure)
        assert (entry_id is not None) == (expected == "accepted")


def test_a_bulk_update_is_taken_when_its_reply_says_so_and_nothing_else():
    assert verdict(202, b'{"success":true}', bulk=True) == ("accepted", None, None)
    for body in (b'{"success":"true"}', b'{"success":1}', b"true", b"42", STORED, b'[{"success":true}]', b"", b"<html>"):
        assert verdict(202, body, bulk=True)[0] == "retry", body
    assert verdict(200, b"0", bulk=True)[0] == "too_fast"
    assert verdict(429, b"", bulk=True)[0] == "too_fast"


def test_the_first_reply_tells_the_channel():
    assert verdict(200, STORED) == ("accepted", 42, 12345)
    assert verdict(200, b"42") == ("accepted", 42, None)


def test_a_channel_that_is_no_number_is_not_told():
    for channel in (b'"1"', b"-5", b"0", b"[]", b"{}", b"null", b"true", b"1.5", b"4294967296", b"1e3"):
        assert verdict(200, b'{"entry_id":7,"channel_id":' + channel + b"}") == ("accepted", 7, None), channel


def test_no_body_whatever_raises_or_tells_what_is_no_id():
    random.seed(12)
    pieces = b'"entry_id" "channel_id" "success" : , { } [ ] 42 -1 true null "x" 1e9 \xff'.split()
    for _ in range(3000):
        body = b"".join([pieces[random.getrandbits(4)] for _ in range(random.getrandbits(4))])
        for bulk in (False, True):
            told = verdict(200, body, "", bulk)
            assert told[0] in ("accepted", "too_fast", "retry"), body
            for number in told[1:]:
                assert number is None or type(number) is int and number > 0, body


def test_the_trial_is_told_a_code_and_what_else_there_is_to_say():
    for status, body, failure, told in (
        (200, STORED, "", (None, "42", 12345)),
        (200, b"0", "", ("thingspeak_busy", "200", None)),
        (409, b"", "", ("thingspeak_busy", "409", None)),
        (401, NO_AUTH, "", ("key_refused", "401", None)),
        (402, b"", "", ("quota", "402", None)),
        (503, b"", "", ("thingspeak_error", "503", None)),
        (0, b"", "timeout", ("thingspeak_error", "timeout", None)),
        (0, b"", "certificate", ("certificate", "", None)),
        (0, b"", "memory", ("memory", "", None)),
    ):
        assert told_by_reply(status, body, failure) == told


def readings(count, time_s=1795377903, step_s=60):
    return [Reading(time_s and time_s + step_s * n, 100 + step_s * n, 3, 20 + n % 70 / 10 - 23, 5 + n % 95, 0) for n in range(count)]


def test_a_bulk_update_is_as_long_as_it_said_and_comes_in_small_pieces():
    for count in (2, 3, 7, 100, 960):
        for time_s in (1795377903, None):
            kept = readings(count, time_s)
            method, url, headers, body = bulk_request(SETTINGS, 12345, kept, count, time_s is not None)
            pieces = list(body)
            assert (method, url) == ("POST", "https://api.thingspeak.com/channels/12345/bulk_update.json")
            assert max(len(piece) for piece in pieces) <= 512
            assert len(b"".join(pieces)) == int(headers["Content-Length"])


def test_a_bulk_update_says_what_was_read():
    kept = readings(50)
    sent = json.loads(b"".join(bulk_request(SETTINGS, 12345, kept, 50, True)[3]))
    assert sent["write_api_key"] == SETTINGS["api_key"]
    assert len(sent["updates"]) == 50
    assert sent["updates"][1]["created_at"] == "2026-11-22T20:06:03Z"
    for update, reading in zip(sent["updates"], kept):
        assert abs(float(update["field1"]) - reading.temperature_c) < 0.006
        assert float(update["field2"]) == reading.humidity_pct


def test_readings_without_a_time_go_with_the_seconds_between_them():
    sent = json.loads(b"".join(bulk_request(SETTINGS, 12345, readings(3, None), 3, False)[3]))
    assert [update["delta_t"] for update in sent["updates"]] == [0, 60, 60]
    assert "created_at" not in sent["updates"][0]
