"""ThingSpeak's requests and replies."""

import json

from core import bulk_update
from core.outcomes import ACCEPTED, BAD_REQUEST, CONFLICT, KEY_REFUSED, NO_NETWORK, QUOTA, RETRY, TOO_FAST
from core.reading import Reading
from core.thingspeak import update_request, verdict

SETTINGS = {"api_key": "ABCDEFGHIJKLMNOP", "https": True, "channel_id": 12345}
STORED = b'{"channel_id":12345,"created_at":"2026-11-22T20:05:03Z","entry_id":42,"field1":"21.40","field2":"48.00"}'
NO_AUTH = b'{"status":"401","error":{"error_code":"error_auth_required","message":"Authorization Required"}}'


def test_a_reading_goes_with_its_time_and_the_key_in_a_header():
    method, url, headers, body = update_request(SETTINGS, Reading(1795377903, 9, 0, -0.1, 48.0, 0))
    assert (method, url) == ("POST", "https://api.thingspeak.com/update.json")
    assert body == b"field1=-0.10&field2=48.00&created_at=2026-11-22T20:05:03Z"
    assert headers["X-THINGSPEAKAPIKEY"] == SETTINGS["api_key"]
    assert headers["Content-Length"] == str(len(body))
    assert SETTINGS["api_key"] not in url


def test_a_reading_without_a_time_is_stamped_by_thingspeak():
    body = update_request(SETTINGS, Reading(None, 9, 0, 21.4, 48.0, 0))[3]
    assert b"created_at" not in body


def test_plain_http_is_a_setting():
    assert update_request(dict(SETTINGS, https=False), Reading(None, 9, 0, 21.4, 48.0, 0))[1].startswith("http://")


def test_every_reply_has_its_verdict():
    for status, body, failure, expected in (
        (200, STORED, "", ACCEPTED),
        (200, b"42", "", ACCEPTED),
        (202, b'{"success":true}', "", ACCEPTED),
        (200, b'{"success":true}', "", ACCEPTED),
        (200, b"0", "", TOO_FAST),
        (429, b"", "", TOO_FAST),
        (400, b"0", "", KEY_REFUSED),
        (400, NO_AUTH, "", KEY_REFUSED),
        (401, NO_AUTH, "", KEY_REFUSED),
        (404, b"-1", "", KEY_REFUSED),
        (402, b"", "", QUOTA),
        (409, b"", "", CONFLICT),
        (400, b'{"status":"400","error":{"error_code":"error_bad_request"}}', "", BAD_REQUEST),
        (413, b"", "", BAD_REQUEST),
        (421, b"", "", BAD_REQUEST),
        (422, b"", "", BAD_REQUEST),
        (500, b"", "", RETRY),
        (503, b"<html>", "", RETRY),
        (200, b"<html>Welcome to the hotel</html>", "", RETRY),
        (200, b"", "", RETRY),
        (200, b"-1", "", RETRY),
        (200, b"true", "", RETRY),
        (200, b"[42]", "", RETRY),
        (200, b'{"entry_id":0}', "", RETRY),
        (200, b'{"entry_id":"42"}', "", RETRY),
        (200, b'{"success":"true"}', "", RETRY),
        (200, b"\xff\xfe", "", RETRY),
        (0, b"", "timeout", RETRY),
        (0, b"", "certificate", RETRY),
        (0, b"", "no_network", NO_NETWORK),
    ):
        assert verdict(status, body, failure).outcome == expected, (status, body, failure)


def test_the_first_reply_tells_the_channel():
    told = verdict(200, STORED)
    assert (told.entry_id, told.channel_id, told.created_at) == (42, 12345, "2026-11-22T20:05:03Z")


def test_ids_that_are_none_are_not_taken():
    for channel_id in ('"1"', "-5", "[1]", "{}", "true", "1.5", "99999999999", "null"):
        told = verdict(200, ('{"channel_id": %s, "entry_id": 7}' % channel_id).encode())
        assert (told.outcome, told.entry_id, told.channel_id) == (ACCEPTED, 7, None), channel_id
    for body in (b"{}", b'{"entry_id": "7"}', b'{"entry_id": true}', b'{"entry_id": 0}', b"true", b"-1", b"[" * 400, b'{"entry_id": [7]}'):
        assert verdict(200, body).outcome == RETRY, body


def readings(count, time_s=1795377903, step_s=60):
    return [Reading(time_s and time_s + step_s * n, 100 + step_s * n, 3, 20 + n % 70 / 10 - 23, 5 + n % 95, 0) for n in range(count)]


def test_a_bulk_update_is_as_long_as_it_said_and_comes_in_small_pieces():
    for count in (2, 3, 7, 100, 960):
        for time_s in (1795377903, None):
            kept = readings(count, time_s)
            method, url, headers, body = bulk_update.request(SETTINGS, kept, count, time_s is not None)
            pieces = list(body)
            assert (method, url) == ("POST", "https://api.thingspeak.com/channels/12345/bulk_update.json")
            assert max(len(piece) for piece in pieces) <= 512
            assert len(b"".join(pieces)) == int(headers["Content-Length"])


def test_a_bulk_update_says_what_was_read():
    kept = readings(50)
    sent = json.loads(b"".join(bulk_update.request(SETTINGS, kept, 50, True)[3]))
    assert sent["write_api_key"] == SETTINGS["api_key"]
    assert len(sent["updates"]) == 50
    assert sent["updates"][1]["created_at"] == "2026-11-22T20:06:03Z"
    for update, reading in zip(sent["updates"], kept):
        assert abs(float(update["field1"]) - reading.temperature_c) < 0.006
        assert float(update["field2"]) == reading.humidity_pct


def test_readings_without_a_time_go_with_the_seconds_between_them():
    sent = json.loads(b"".join(bulk_update.request(SETTINGS, readings(3, None), 3, False)[3]))
    assert [update["delta_t"] for update in sent["updates"]] == [0, 60, 60]
    assert "created_at" not in sent["updates"][0]
