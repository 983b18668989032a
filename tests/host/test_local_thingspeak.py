"""The local ThingSpeak behaves as the real one is described."""

import http.client
import json
import socket
import ssl
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest
from local_thingspeak import LocalThingSpeak
from thingspeak_channel import Channel, DamagedFile

TOOLS = Path(__file__).resolve().parents[2] / "tools"
KEY = "SIMULATEDKEY0001"
START_S = 1_750_000_000


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.time_s = START_S

    def __call__(self):
        return self.time_s


class Client:
    """Asks a LocalThingSpeak as a device would."""

    def __init__(self, thingspeak, clock):
        self.thingspeak, self.clock = thingspeak, clock

    def ask(self, method, path, body=None, headers=(), timeout_s=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.thingspeak.http_port, timeout=timeout_s)
        try:
            connection.request(method, path, body, dict(headers))
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def write(self, suffix=".json", key=KEY, **parameters):
        return self.ask("POST", "/update" + suffix, json.dumps(parameters),
                        {"Content-Type": "application/json", "X-THINGSPEAKAPIKEY": key})

    def bulk(self, updates, key=KEY, channel=1):
        return self.ask("POST", "/channels/%d/bulk_update.json" % channel, json.dumps({"write_api_key": key, "updates": updates}),
                        {"Content-Type": "application/json"})

    def feeds(self, query=""):
        return json.loads(self.ask("GET", "/channels/1/feeds.json" + query)[1])["feeds"]

    def fault(self, **fault):
        return self.ask("POST", "/_faults", json.dumps(fault))

    def wait_s(self, seconds):
        self.clock.time_s += seconds


@pytest.fixture
def client():
    clock = Clock()
    with LocalThingSpeak(0, None, now=clock) as thingspeak:
        yield Client(thingspeak, clock)


def iso(time_s):
    return datetime.fromtimestamp(time_s, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_update_answers_with_the_bare_entry_number(client):
    assert client.ask("GET", "/update?api_key=%s&field1=21.4&field2=48" % KEY) == (200, "1")
    client.wait_s(15)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.ask("POST", "/update", "api_key=%s&field1=-3.5" % KEY, form) == (200, "2")
    assert [entry["field1"] for entry in client.feeds()] == ["21.4", "-3.5"]


def test_update_json_tells_the_channel_the_entry_and_its_time(client):
    status, body = client.write(field1=21.4, field2="48.0", unknown="ignored")
    reply = json.loads(body)
    assert (status, reply["channel_id"], reply["entry_id"], reply["created_at"]) == (200, 1, 1, iso(START_S))
    assert (reply["field1"], reply["field2"], reply["field8"], reply["status"]) == ("21.4", "48.0", None, None)
    assert "unknown" not in reply
    assert client.feeds() == [{"created_at": iso(START_S), "entry_id": 1, "field1": "21.4", "field2": "48.0"}]


def test_a_write_within_15_seconds_of_the_last_accepted_one_is_answered_0(client):
    client.write(field1=1)
    for later_s, expected in ((14, "0"), (0.9, "0"), (0.1, None)):
        client.wait_s(later_s)
        status, body = client.write(field1=2)
        assert status == 200
        assert (body == "0") == (expected == "0")
    assert len(client.feeds()) == 2


def test_the_key_in_the_header_wins_and_a_wrong_one_is_refused_without_a_trace(client):
    wrong = {"X-THINGSPEAKAPIKEY": "WRONGWRONGWRONG1"}
    assert client.ask("POST", "/update?api_key=" + KEY, "field1=1", wrong) == (400, "0")
    assert client.ask("POST", "/update?field1=1") == (400, "0")
    status, body = client.write(key="WRONGWRONGWRONG1", api_key=KEY, field1=1)
    assert status == 401
    assert json.loads(body)["error"]["error_code"] == "error_auth_required"
    assert json.loads(body)["status"] == "401"
    assert client.ask("GET", "/update?api_key=WRONG&field1=1", headers={"X-THINGSPEAKAPIKEY": KEY}) == (200, "1")


def test_a_repeated_created_at_is_refused_with_409(client):
    assert client.write(field1=1, created_at="2025-03-01T12:00:00Z")[0] == 200
    client.wait_s(15)
    assert client.write(field1=2, created_at="2025-03-01T13:00:00+01:00")[0] == 409
    assert client.ask("POST", "/update", "api_key=%s&field1=2&created_at=2025-03-01T12:00:00Z" % KEY) == (409, "0")
    assert client.write(field1=2, created_at="2025-03-01 12:00:01")[0] == 200
    assert [entry["created_at"] for entry in client.feeds()] == ["2025-03-01T12:00:00Z", "2025-03-01T12:00:01Z"]


def test_limits_and_nonsense_are_refused_by_name(client):
    cases = (
        (400, {"field1": "x" * 256}),
        (400, {"field1": {"a": 1}}),
        (400, {"field1": 1, "created_at": "yesterday"}),
        (413, {"field1": 1, "extra": "x" * 3000}),
        (421, {"temperature": 21}),
    )
    for expected, parameters in cases:
        assert client.write(**parameters)[0] == expected, parameters
    assert client.ask("POST", "/update.json", "{broken", {"Content-Type": "application/json"})[0] == 400
    assert client.ask("PUT", "/update.json", "{}")[0] == 405
    assert client.ask("GET", "/nowhere")[0] == 404
    assert client.write(field1="x" * 255)[0] == 200


def test_a_chunked_body_is_understood(client):
    body = iter((b'{"field1": 2', b'1.4}'))
    headers = {"Content-Type": "application/json", "X-THINGSPEAKAPIKEY": KEY, "Transfer-Encoding": "chunked"}
    connection = http.client.HTTPConnection("127.0.0.1", client.thingspeak.http_port, timeout=60)
    connection.request("POST", "/update.json", body, headers, encode_chunked=True)
    assert json.loads(connection.getresponse().read())["field1"] == "21.4"
    connection.close()


def test_bulk_stores_up_to_960_entries_with_ids_rising_by_one(client):
    updates = [{"created_at": iso(START_S - 60 * index), "field1": index} for index in range(960, 0, -1)]
    assert client.bulk(updates) == (202, '{"success":true}')
    feeds = client.feeds("?results=8000")
    assert [entry["entry_id"] for entry in feeds] == list(range(1, 961))
    assert feeds[0]["field1"] == "960"
    client.wait_s(15)
    assert client.bulk([{"created_at": iso(START_S + index), "field1": 1} for index in range(961)])[0] == 413


def test_bulk_too_fast_is_429_and_shares_the_15_seconds_with_single_updates(client):
    client.write(field1=1)
    client.wait_s(14)
    assert client.bulk([{"created_at": iso(START_S + 100), "field1": 1}])[0] == 429
    client.wait_s(1)
    assert client.bulk([{"created_at": iso(START_S + 100), "field1": 1}])[0] == 202
    client.wait_s(14)
    assert client.write(field1=1) == (200, "0")


def test_bulk_drops_what_the_channel_already_has_and_keeps_the_rest(client):
    client.write(field1="first", created_at=iso(START_S - 60))
    client.wait_s(15)
    updates = [{"created_at": iso(START_S - 60), "field1": "again"}, {"created_at": iso(START_S - 30), "field1": "new"},
               {"created_at": iso(START_S - 30), "field1": "twice"}]
    assert client.bulk(updates)[0] == 202
    assert [entry["field1"] for entry in client.feeds()] == ["first", "new"]


def test_bulk_with_delta_t_counts_back_from_the_arrival(client):
    assert client.bulk([{"delta_t": 0, "field1": 1}, {"delta_t": 60, "field1": 2}, {"delta_t": "30", "field1": 3}])[0] == 202
    assert [entry["created_at"] for entry in client.feeds()] == [iso(START_S - 90), iso(START_S - 30), iso(START_S)]


def test_bulk_refuses_what_the_rules_forbid(client):
    good = {"created_at": iso(START_S), "field1": 1}
    assert client.bulk([good], key="WRONGWRONGWRONG1")[0] == 401
    assert client.bulk([good], channel=2)[0] == 404
    for updates in ([], "text", [1], [good, {"delta_t": 5}], [{"field1": 1}], [{"delta_t": 0}, {"delta_t": 0}], [{"delta_t": "soon"}]):
        assert client.bulk(updates)[0] == 400, updates
    assert client.ask("GET", "/channels/1/bulk_update.json")[0] == 405
    assert client.feeds() == []


def test_the_read_api(client):
    assert client.ask("GET", "/channels/1/feeds/last.json") == (200, "-1")
    client.bulk([{"created_at": iso(START_S - 60 * index), "field1": index, "field2": 50} for index in range(200, 0, -1)])
    channel = json.loads(client.ask("GET", "/channels/1/feeds.json")[1])["channel"]
    assert (channel["id"], channel["field1"], channel["last_entry_id"]) == (1, "Temperature", 200)
    assert len(client.feeds()) == 100
    assert [entry["field1"] for entry in client.feeds("?results=2")] == ["2", "1"]
    assert len(client.feeds("?start=" + iso(START_S - 60 * 10))) == 10
    assert json.loads(client.ask("GET", "/channels/1/fields/1.json?results=1")[1])["feeds"] == [
        {"created_at": iso(START_S - 60), "entry_id": 200, "field1": "1"}]
    assert json.loads(client.ask("GET", "/channels/1/feeds/last.json")[1])["entry_id"] == 200
    assert client.ask("GET", "/channels/2/feeds.json") == (404, "-1")
    assert client.ask("GET", "/channels/1/feeds.json?results=many") == (400, "-1")


def test_the_page_for_people_shows_entries_as_text(client):
    assert "No entry yet." in client.ask("GET", "/channels/1")[1]
    client.write(field1="<b>21.4</b>", field2=48)
    page = client.ask("GET", "/channels/1")[1]
    assert "&lt;b&gt;21.4&lt;/b&gt;" in page
    assert "<b>21.4" not in page


def test_the_channel_survives_a_restart_and_a_torn_last_line(tmp_path):
    path = tmp_path / "channel.jsonl"
    first = Channel(lambda: START_S, path)
    first.update({"field1": "1"})
    path.write_bytes(path.read_bytes() + b'{"entry_id": 2, "cre')
    again = Channel(lambda: START_S + 20, path)
    assert again.last_write_s == START_S
    assert again.update({"field1": "2"})["entry_id"] == 2
    assert [entry["field1"] for entry in Channel(lambda: START_S, path).entries] == ["1", "2"]


def test_a_file_that_is_no_channel_is_left_alone_with_a_sentence(tmp_path):
    path = tmp_path / "channel.jsonl"
    path.write_text("holiday notes\n")
    with pytest.raises(DamagedFile, match="damaged in line 1"):
        Channel(time.time, path)
    assert path.read_text() == "holiday notes\n"


def test_faults_that_lose_the_write(client):
    replies = {"zero": (200, "0"), "html": (200, None), "status": (503, None), "redirect": (302, None)}
    for mode, (status, body) in replies.items():
        client.fault(mode=mode, count=1)
        answer = client.write(field1=1)
        assert answer[0] == status, mode
        assert body in (None, answer[1]), mode
    assert client.feeds() == []
    assert client.write(field1=1)[0] == 200, "the count has run out"


def test_reset_and_refuse_end_the_connection(client):
    for mode in ("reset", "refuse"):
        client.fault(mode=mode, count=1)
        with pytest.raises(ConnectionError):
            client.write(field1=1)
    assert client.feeds() == []


def test_reset_can_lose_only_the_reply(client):
    client.fault(mode="reset", count=1, stored=True)
    with pytest.raises(ConnectionError):
        client.write(field1=7)
    assert client.feeds()[0]["field1"] == "7"


def test_silence_lasts_until_the_fault_is_lifted_and_control_paths_still_answer(client):
    client.fault(mode="silent")
    with pytest.raises(socket.timeout):
        client.ask("GET", "/channels/1/feeds.json", timeout_s=0.3)
    assert client.fault(mode="none")[0] == 200
    assert client.feeds() == []


def test_drip_stores_and_answers_a_byte_at_a_time(client):
    client.fault(mode="drip", count=1)
    with socket.create_connection(("127.0.0.1", client.thingspeak.http_port), timeout=60) as connection:
        connection.sendall(("GET /update?api_key=%s&field1=1 HTTP/1.0\r\n\r\n" % KEY).encode())
        assert connection.recv(1) == b"H"
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):  # the rest, and its end, have not come
            while True:
                assert connection.recv(10)
    assert len(client.feeds()) == 1


def test_truncate_and_chunked_replies(client):
    client.fault(mode="truncate", count=1)
    with pytest.raises(http.client.IncompleteRead):
        client.write(field1=1)
    client.wait_s(15)
    client.fault(mode="chunked", count=1)
    assert json.loads(client.write(field1=2)[1])["entry_id"] == 2


def test_a_reply_of_ones_own(client):
    client.fault(mode="reply", status=202, body='{"channel_id": "1"}', count=1)
    status, body = client.ask("GET", "/update?api_key=SIMULATEDKEY0001&field1=1")[:2]
    assert (status, body) == (202, '{"channel_id": "1"}')


def test_an_unknown_fault_is_refused_with_a_sentence(client):
    assert client.ask("POST", "/_faults", '{"mode": "reply", "body": 5}')[0] == 400
    for fault in ({"mode": "maybe"}, {}, {"mode": "status", "status": 700}, {"mode": "zero", "count": 0}):
        assert client.fault(**fault)[0] == 400, fault
    assert client.ask("POST", "/_faults", "{")[0] == 400


def test_requests_lists_what_arrived(client):
    client.write(field1=1)
    requests = json.loads(client.ask("GET", "/_requests")[1])
    assert len(requests) == 1
    assert (requests[0]["method"], requests[0]["path"], requests[0]["time"]) == ("POST", "/update.json", START_S)
    assert json.loads(requests[0]["body"]) == {"field1": 1}
    assert requests[0]["headers"]["X-THINGSPEAKAPIKEY"] == KEY


def test_https_is_verified_with_the_simulated_authority(tmp_path):
    with LocalThingSpeak(0, 0, certificates=tmp_path) as thingspeak:
        trusting = ssl.create_default_context(cafile=thingspeak.ca_pem)
        assert ask_https(thingspeak, trusting, "api.thingspeak.com") == 200
        assert (tmp_path / "ca.der").read_bytes() == ssl.PEM_cert_to_DER_cert((tmp_path / "ca.pem").read_text())
        with pytest.raises(ssl.SSLCertVerificationError):
            ask_https(thingspeak, ssl.create_default_context(), "api.thingspeak.com")
        with pytest.raises(ssl.SSLCertVerificationError):
            ask_https(thingspeak, trusting, "elsewhere.example")
    with LocalThingSpeak(0, 0, certificates=tmp_path, names=("elsewhere.example",)) as thingspeak:
        assert ask_https(thingspeak, trusting, "elsewhere.example") == 200, "the authority is the same, its certificate another"


def test_a_handshake_can_be_made_to_stand_still(tmp_path):
    with LocalThingSpeak(0, 0, certificates=tmp_path) as thingspeak:
        trusting = ssl.create_default_context(cafile=thingspeak.ca_pem)
        thingspeak.faults.set({"mode": "handshake", "count": 1})
        with pytest.raises(TimeoutError):
            ask_https(thingspeak, trusting, "localhost", timeout_s=0.3)
        assert ask_https(thingspeak, trusting, "localhost") == 200, "the count has run out"


def ask_https(thingspeak, context, name, timeout_s=60):
    raw = socket.create_connection(("127.0.0.1", thingspeak.https_port), timeout=timeout_s)
    with context.wrap_socket(raw, server_hostname=name) as connection:
        connection.sendall(b"GET /channels/1/feeds.json HTTP/1.0\r\n\r\n")
        return int(connection.recv(100).split()[1])


def test_stop_closes_ports_and_silent_connections():
    thingspeak = LocalThingSpeak(0, None).start()
    thingspeak.faults.set({"mode": "silent"})
    connection = socket.create_connection(("127.0.0.1", thingspeak.http_port), timeout=60)
    connection.sendall(b"GET /channels/1/feeds.json HTTP/1.0\r\n\r\n")
    thingspeak.stop()
    try:
        assert connection.recv(10) == b""
    except ConnectionResetError:
        pass
    connection.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", thingspeak.http_port), timeout=60)


def test_a_port_in_use_is_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-c", "import local_thingspeak, sys; sys.exit(local_thingspeak.main(sys.argv[1:]))",
                   "--port", str(taken.getsockname()[1])]
        outcome = subprocess.run(command, cwd=TOOLS, capture_output=True, text=True, timeout=120)
    assert outcome.returncode == 1
    assert outcome.stderr.startswith("Cannot listen on ports")
    assert "Traceback" not in outcome.stderr
